"""Taking over the set-up of a similar customer: looked at first, line by line, old → new.

Taken are what is agreed, when we are there, and what names the customer elsewhere (callback plans,
days without callbacks, policies); never people, never the brand, never hosts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.operations.auditing import By, record, record_added
from customers.models import Customer
from customers.operations.staging import hold, today_of
from desk.models import Blackout, CallbackPlan, CustomerHours, Policy, Step
from desk.operations import keeping_policies
from desk.operations.retargeting import retarget

FIELDS: dict[str, str | Promise] = {
    "plan": _("Plan"),
    "team": _("Team"),
    "consultant": _("Consultant"),
    "product_manager": _("Product manager"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "region": _("Region"),
    "industry": _("Industry"),
}
CALENDAR, CALLBACKS, BLACKOUTS, POLICIES = "calendar", "callback_plans", "blackouts", "policies"
_LISTS = {
    CALENDAR: _("Calendar"),
    CALLBACKS: _("Callback plans that name it"),
    BLACKOUTS: _("Days without callbacks"),
    POLICIES: _("Policies that name it"),
}


@dataclass(frozen=True)
class Difference:
    """One thing that would be taken: what stands there now, and what would."""

    key: str
    label: str | Promise
    old: str
    new: str


def differences(*, customer: Customer, like: Customer, now: datetime) -> list[Difference]:
    """What the other has otherwise, in the order of the page; nothing where it has nothing.

    The plan of a customer whose group is open is changed on its own page, where what follows is
    said: it is not among them.
    """
    found = []
    for name, label in FIELDS.items():
        old, new = getattr(customer, name), getattr(like, name)
        if new and new != old and not (name == "plan" and customer.laid_at is not None):
            found.append(Difference(name, label, _said(name, old), _said(name, new)))
    mine, theirs = _calendar(customer), _calendar(like)
    if theirs and mine != theirs:
        found.append(Difference(CALENDAR, _LISTS[CALENDAR], str(mine or ""), str(theirs)))
    for key, rows in _rows(customer, like, now).items():
        if rows:
            found.append(Difference(key, _LISTS[key], "", ", ".join(map(str, rows))))
    return found


@transaction.atomic
def take_over(
    *, customer: Customer, like: Customer, keys: Collection[str], by: By, now: datetime
) -> list[Difference]:
    """Take those of the differences that are named; returns what was taken.

    Open tickets are judged anew. One event tells it of the customer, one more of each policy, plan
    and row of days that came to be or changed.
    """
    hold(customer)
    customer.refresh_from_db()
    taken = [one for one in differences(customer=customer, like=like, now=now) if one.key in keys]
    rows = _rows(customer, like, now)
    names = [one.key for one in taken if one.key in FIELDS]
    for name in names:
        setattr(customer, name, getattr(like, name))
    customer.save(update_fields=names)
    for one in taken:
        if one.key == CALENDAR:
            kept = {"calendar": _calendar(like)}
            CustomerHours.objects.update_or_create(customer=customer, defaults=kept)
        elif one.key not in FIELDS:
            _TAKE[one.key](customer, rows[one.key], by, now)
    if taken:
        _tell(customer, like, taken, by, now)
    return taken


def _tell(
    customer: Customer, like: Customer, taken: list[Difference], by: By, now: datetime
) -> None:
    if customer.laid_at is not None and by.user is not None:
        reason = f"customer: {customer.name}"
        retarget(reason=reason, by=by.user, now=now, customers=[customer.pk])
    changes: dict[str, list[Any]] = {one.key: [one.old or None, one.new] for one in taken}
    record(
        action="set_up_taken_over",
        of=customer,
        changes={"like": [None, like.name], **changes},
        by=by,
        now=now,
        customer_code=customer.code,
    )


def _rows(customer: Customer, like: Customer, now: datetime) -> dict[str, list[Any]]:
    """What names the other and not this one yet."""
    plans = CallbackPlan.objects.filter(customers=like).exclude(customers=customer)
    off = Blackout.objects.filter(customer=like, last_on__gte=today_of(customer, now))
    mine = set(
        Blackout.objects.filter(customer=customer).values_list("plan", "first_on", "last_on")
    )
    own = Policy.objects.filter(customer=customer).values("name")
    policies = Policy.objects.active().filter(customer=like).order_by("position")
    taken = {row["name"] for row in own}
    return {
        CALLBACKS: list(plans.order_by("position", "pk")),
        BLACKOUTS: [
            one
            for one in off.order_by("first_on", "pk")
            if (one.plan_id, one.first_on, one.last_on) not in mine
        ],
        POLICIES: [one for one in policies if _name_for(one, customer) not in taken],
    }


def _name_for(policy: Policy, customer: Customer) -> str:
    """What the copy is called, so that a second one is not made."""
    ending = f" · {customer.code}"
    return policy.name[: 80 - len(ending)] + ending


def _name(customer: Customer, plans: list[CallbackPlan], by: By, now: datetime) -> None:
    for plan in plans:
        names = sorted(plan.customers.values_list("name", flat=True))
        plan.customers.add(customer)
        changes = {"customers": [names, sorted([*names, customer.name])]}
        record(action="changed", of=plan, changes=changes, by=by, now=now)


def _spare(customer: Customer, rows: list[Blackout], by: By, now: datetime) -> None:
    for row in rows:
        made = Blackout.objects.create(
            plan_id=row.plan_id,
            customer=customer,
            first_on=row.first_on,
            last_on=row.last_on,
            reason=row.reason,
        )
        record_added(of=made, by=by, now=now, customer_code=customer.code)


def _promise(customer: Customer, policies: list[Policy], by: By, now: datetime) -> None:
    """Copies with their ladders, each at the nearest free place before or after its model."""
    keeping_policies.lock()
    taken = set(Policy.objects.values_list("position", flat=True))
    for policy in policies:
        steps = list(policy.steps.order_by("pk"))
        place = _place_beside(policy.position, taken)
        taken.add(place)
        copy = Policy.objects.get(pk=policy.pk)
        copy.pk, copy._state.adding = None, True
        copy.name, copy.customer, copy.position = _name_for(policy, customer), customer, place
        copy.version = 1
        copy.save(force_insert=True)
        Step.objects.bulk_create(
            Step(policy=copy, clock=step.clock, level=step.level, percent=step.percent,
                 delay=step.delay)
            for step in steps
        )  # fmt: skip
        record_added(of=copy, by=by, now=now, customer_code=customer.code)


def _place_beside(place: int, taken: set[int]) -> int:
    """The free place nearest to it; after it only where no other policy comes in between."""
    if place + 1 not in taken:
        return place + 1
    return next(free for free in range(place - 1, -1, -1) if free not in taken)


def _calendar(customer: Customer) -> Any:
    own = CustomerHours.objects.select_related("calendar").filter(customer=customer).first()
    return own.calendar if own else None


def _said(name: str, value: Any) -> str:
    return str(dict(settings.LANGUAGES).get(value, value) if name == "language" else value or "")


_TAKE = {CALLBACKS: _name, BLACKOUTS: _spare, POLICIES: _promise}
