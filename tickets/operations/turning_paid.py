"""From a free plan to a paid one: an event that the customer feels, once.

Its owners and decision makers are written to, its portal welcomes everybody for two weeks, its
consultant gets two things to do, and the first service report is due when the month is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.operations.auditing import By, record
from customers.inside import schema_of
from customers.models import Customer, Plan
from customers.operations.paying import is_turn
from customers.operations.staging import hold, today_of
from customers.operations.ticking import add_to_do
from desk.operations import outbox
from desk.operations.first_report import lay_first_report
from desk.operations.retargeting import retarget
from tickets.models import Contact

WRITTEN_TO = (Contact.Role.OWNER, Contact.Role.DECISION_MAKER)

CALL = ("Welcome call: what is new for them", "欢迎电话：讲清付费后的变化")
REPORT = ("Send the first service report", "发出首份服务报告")
CALLED_WITHIN, REPORTED_WITHIN = timedelta(days=2), timedelta(days=5)


class NoTurn(Exception):
    """The customer does not come from a free plan, or the new one is free, too."""


class ConsultantMissing(Exception):
    """Who pays is looked after by somebody whose name they know: name the consultant first."""


class GroupNotOpen(Exception):
    """Nobody is there to feel it: before its group is open a customer just has its plan."""


@transaction.atomic
def turn_paid(*, customer: Customer, plan: Plan, by: By, now: datetime) -> list[Contact]:
    """Give a customer with a free plan a paid one; returns the people who are written to.

    Raises NoTurn (also when it was done before), ConsultantMissing and GroupNotOpen; then nothing
    has changed.
    """
    hold(customer)
    customer.refresh_from_db(fields=["plan", "consultant"])
    old = customer.plan
    if not is_turn(old=old, new=plan):
        raise NoTurn(customer.code)
    if customer.laid_at is None:
        raise GroupNotOpen(customer.code)
    customer.plan = plan
    customer.save(update_fields=["plan"])
    people = welcome_paid(customer=customer, by=by, now=now)
    if by.user is not None:
        reason = f"customer: {customer.name}"
        retarget(reason=reason, by=by.user, now=now, customers=[customer.pk])
    changes = {"plan": [str(old), str(plan)]}
    code = customer.code
    record(action="changed", of=customer, changes=changes, by=by, now=now, customer_code=code)
    return people


@transaction.atomic
def welcome_paid(*, customer: Customer, by: By, now: datetime) -> list[Contact]:
    """What follows when the customer's plan, changed by the caller, is its first paid one.

    Raises ConsultantMissing. Put out twice on a day of the customer's, its letters leave once.
    """
    consultant = customer.consultant
    if consultant is None:
        raise ConsultantMissing(customer.code)
    hold(customer)
    today, first = today_of(customer, now), lay_first_report(customer=customer, now=now)
    customer.paying_since = now
    customer.save(update_fields=["paying_since"])
    for (name, name_zh), due_on in (
        (CALL, today + CALLED_WITHIN),
        (REPORT, first + REPORTED_WITHIN),
    ):
        add_to_do(
            customer=customer, name=name, name_zh=name_zh, owner=consultant, due_on=due_on, by=by,
            now=now,
        )  # fmt: skip
    people = people_told(customer)
    for person in people:
        outbox.put(
            customer_id=customer.pk,
            key=f"c{customer.pk}:paid:{today.isoformat()}:contact:{person.pk}",
            kind="paid",
            row=str(person.pk),
            contact_id=person.pk,
            now=now,
        )
    told = {"paying_since": [None, now.isoformat()], "people": [None, len(people)]}
    code = customer.code
    record(action="turned_paid", of=customer, changes=told, by=by, now=now, customer_code=code)
    return people


def people_told(customer: Customer) -> list[Contact]:
    """The owners and decision makers of a customer whose group is open."""
    with schema_of(customer):
        people = Contact.objects.active().filter(role__in=WRITTEN_TO)
        return list(people.order_by("pk"))
