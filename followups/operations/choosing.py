"""Whose a rescue becomes: the consultant's, a deputy's, else of who is on duty the freest one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count

from accounts.models import User
from accounts.policy import Permission, Role, may, serves
from customers.models import Customer
from desk.models import Duty, RescueItem

_LOCK = 7_301_122  # of who chooses by load: one after the other, each sees what the last one chose


def can_take(*, person: User, customer: Customer) -> bool:
    """Whether the person may work at this customer's rescues."""
    return may(person, Permission.WORK_CALLBACKS) and serves(person, team_id=customer.team_id)


def choose(*, customer: Customer, holder: User | None, now: datetime) -> User | None:
    """Who takes it: the first of those who are here and may.

    Whoever has it, then the customer's consultant, each with their deputies; then of those on duty
    the one with the fewest open rescues at all customers; then of the managers. None: nobody is
    here. Holds the turn of choosing by load until the transaction ends.
    """
    for first in (holder, customer.consultant):
        for person in chain(first=first):
            if is_here(person=person, customer=customer, now=now):
                return person
    _take_turn()
    managers = User.objects.filter(role=Role.MANAGER, is_active=True)
    return _freest(_on_duty(now), customer, now) or _freest(managers, customer, now)


def is_here(*, person: User, customer: Customer, now: datetime) -> bool:
    """Whether the person may take it and is not away."""
    return can_take(person=person, customer=customer) and not person.is_away(now)


def chain(*, first: User | None) -> Iterator[User]:
    """Somebody and their deputies, each once."""
    seen: set[int] = set()
    person = first
    while person is not None and person.pk not in seen:
        seen.add(person.pk)
        yield person
        person = person.deputy


def _on_duty(now: datetime) -> list[User]:
    """Who is on the list today, by the calendar of where they are."""
    return [
        duty.user
        for duty in Duty.objects.select_related("user")
        if _holds(duty, now.astimezone(ZoneInfo(duty.user.time_zone)))
    ]


def _holds(duty: Duty, there: datetime) -> bool:
    today = there.date()
    return (duty.since is None or duty.since <= today) and (
        duty.until is None or today <= duty.until
    )


def _freest(people: Iterable[User], customer: Customer, now: datetime) -> User | None:
    here = [one for one in people if is_here(person=one, customer=customer, now=now)]
    held = RescueItem.objects.open().filter(consultant__in=[one.pk for one in here])
    load = dict(held.values_list("consultant").annotate(rescues=Count("pk")))
    return min(here, key=lambda one: (load.get(one.pk, 0), one.pk), default=None)


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
