"""Closing a customer's portal and opening it again: by the row, at once; its login follows."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.operations.auditing import COMMAND_LINE, By, record
from customers.models import Customer


class ReasonMissing(ValueError):
    """Say why; the colleagues will ask."""


@transaction.atomic
def close_portal(
    *, customer: Customer, reason: str, now: datetime, by: By = COMMAND_LINE
) -> Customer:
    """Suspend a customer: hosts answer 404 and staff find it no more, from the next request on.

    Any login of ours may; the customer's own login is shut out by the provision worker, some
    seconds later (`suspend` does both). Raises ReasonMissing. One suspended before stays so.
    """
    if not reason.strip():
        raise ReasonMissing
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    if row.suspended_at is None:
        customer.suspended_at, customer.suspended_reason = now, reason.strip()
        customer.save(update_fields=["suspended_at", "suspended_reason"])
        _record("suspended", customer, {"suspended_reason": ["", reason.strip()]}, by, now)
    return customer


@transaction.atomic
def open_portal(*, customer: Customer, now: datetime, by: By = COMMAND_LINE) -> Customer:
    """Open a suspended customer again; its login is let in as `close_portal` shut it out."""
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    if row.suspended_at is not None:
        customer.suspended_at, customer.suspended_reason = None, ""
        customer.save(update_fields=["suspended_at", "suspended_reason"])
        _record("resumed", customer, {"suspended_reason": [row.suspended_reason, ""]}, by, now)
    return customer


def _record(
    action: str, customer: Customer, changes: dict[str, list[str]], by: By, now: datetime
) -> None:
    changed = {name: list(pair) for name, pair in changes.items()}
    code = customer.code
    record(action=action, of=customer, changes=changed, by=by, now=now, customer_code=code)
