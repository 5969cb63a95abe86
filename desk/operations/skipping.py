"""Not asking somebody, or anybody at a customer, until a day: decided by one of us, with reason."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, changes_between, facts_of, record, record_added
from customers.models import Customer
from desk.models import CallbackPlan, CallbackSkip


@transaction.atomic
def skip(
    *,
    customer: Customer,
    plan: CallbackPlan | None,
    contact_id: int | None,
    until: date,
    reason: str,
    by: User,
    address: str | None,
    now: datetime,
) -> CallbackSkip:
    """Ask that person (None: nobody at the customer) by that plan (None: by none) after `until`.

    What was asked before stays asked. It stands in the audit log, with the `address` it came from.
    """
    made = CallbackSkip.objects.create(
        customer=customer,
        plan=plan,
        contact_id=contact_id,
        until=until,
        reason=reason,
        by=by,
        created_at=now,
    )
    record_added(of=made, by=By(by, address), now=now, customer_code=customer.code)
    return made


@transaction.atomic
def take_back(*, skip: CallbackSkip, by: By, now: datetime) -> None:
    """Ask them as planned; whoever's moment has passed is asked at the next one."""
    gone = changes_between(before=facts_of(skip), after={})
    code = skip.customer.code
    record(action="deleted", of=skip, changes=gone, by=by, now=now, customer_code=code)
    skip.delete()
