"""Sending the mail of a release to oneself, before anybody else gets it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from customers.models import Customer
from desk.operations import outbox
from product.models import Release
from product.operations.audience import asked_for, hearers
from product.operations.events import log

KIND = "notice_test"
"""The kind of its outbox rows; each names the release, the user and the language."""


class NobodyAsked(Exception):
    """Nobody whom they serve asked for what is in it: there is no mail that could be tried."""


@transaction.atomic
def try_notice(*, release: Release, languages: Iterable[str], by: User, now: datetime) -> None:
    """Put out the mail of a release to `by`, once in each language. Raises NobodyAsked.

    It looks as at the first customer it reaches, of those they serve. Tried again it is sent again.
    """
    first = _first(release, by)
    if first is None:
        raise NobodyAsked(release.key)
    wanted = list(languages)
    for language in wanted:
        row = f"{release.pk}:{by.pk}:{language}"
        outbox.put(
            customer_id=first,
            key=f"{KIND}:{row}:{now.timestamp():.3f}",
            kind=KIND,
            row=row,
            now=now,
        )
    log(field="tested", by=by, now=now, release=release, new=", ".join(wanted))


def _first(release: Release, by: User) -> int | None:
    served = Customer.objects.live().served_by(by)
    for people in (hearers(release), asked_for(release)):
        rows = people.filter(customer__in=served)
        found = rows.order_by("customer_id").values_list("customer_id", flat=True).first()
        if found is not None:
            return found
    return None
