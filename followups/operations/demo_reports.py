"""The demo's service reports: last month's published, this month's as a draft."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By
from customers.inside import schema_of
from customers.models import Customer
from desk.models import OutboxItem
from followups.models import Story
from followups.operations.demo import HERE, staff_of
from followups.operations.reporting import MAIL, StoryText, draft, publish, review, write
from followups.report_months import last_month, month_of, this_month
from tickets.demo.story import Demo

AT = timedelta(hours=10)
"""So long after the month's end a report is published, if that is over."""


@transaction.atomic
def build_reports(*, demo: Demo, now: datetime) -> None:
    """Draft and publish the reports of a demo just built; what was mailed counts as sent then."""
    table = tomllib.loads((HERE / "reports.toml").read_text(encoding="utf-8"))
    staff = staff_of(demo)
    for row in table["reports"]:
        customer = Customer.objects.filter(code=row["customer"], laid_at__isnull=False).first()
        if customer is not None:
            with schema_of(customer):
                _publish(customer, row, staff[row["by"]], now)
                running = this_month(zone=customer.time_zone, now=now)
                draft(customer=customer, month=running, now=now)


def _publish(customer: Customer, row: Mapping[str, Any], by: User, now: datetime) -> None:
    month = last_month(zone=customer.time_zone, now=now)
    then = min(now, month_of(customer, month).until + AT)
    facts: dict[str, Any] = {"customer": customer, "month": month, "by": By(by), "now": then}
    held = draft(customer=customer, month=month, now=then)
    rows = Story.objects.filter(month=month, ticket__isnull=False)
    drafted = dict(rows.values_list("ticket__subject", "pk"))
    texts = [
        StoryText(
            one["who"], one["what"], one["value"], is_picked=True, position=at,
            id=drafted.get(one["subject"]),
        )
        for at, one in enumerate(row["stories"], start=1)
    ]  # fmt: skip
    words, outlook = row["words"].strip(), row["outlook"].strip()
    held = write(version=held.version, words=words, outlook=outlook, stories=texts, **facts)
    held = review(version=held.version, **facts)
    publish(version=held.version, **facts)
    mails = OutboxItem.objects.filter(kind=MAIL, customer=customer)
    mails.update(state=OutboxItem.State.SENT, sent_at=then, attempts=1)
