"""Handing over all that a colleague looks after: nothing is left without an owner.

What stands in public goes in one transaction; what stands in customers' schemas follows customer by
customer (`followups.operations.taking_over`), each in a transaction of its own, until it is done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from accounts.models import Team, User
from accounts.operations.auditing import By, record
from accounts.policy import Permission, may, may_hand_over
from customers.models import Customer, Stay, ToDo
from desk.kick import SWEEP_DUE, kick
from desk.models import Due, Duty, Succession
from desk.operations import due
from followups.belongings import Belongings, belongings_of, customers_of
from product.models import Problem
from product.operations.problems import change_problem


class NotYours(Exception):
    """Somebody hands over their own; managers and operators also what a colleague looks after."""


class OwnSuccessor(ValueError):
    """Nobody takes over from themselves; choose a colleague."""


class CannotTakeOver(ValueError):
    """That person is switched off, away, or answers no tickets; choose another colleague."""


class ServesNot(ValueError):
    """That person does not serve these customers; choose another, or put them into the team."""

    def __init__(self, customers: Sequence[Customer]) -> None:
        super().__init__(", ".join(customer.code for customer in customers))
        self.customers = list(customers)


class NothingToHandOver(Exception):
    """They look after nothing; nothing was done."""


class Moved(Exception):
    """What they look after is not what was previewed any more: look again, then hand over."""

    def __init__(self, belongings: Belongings) -> None:
        super().__init__(belongings.seen)
        self.belongings = belongings


@transaction.atomic
def hand_over_customers(
    *,
    from_user: User,
    to_user: User,
    by: User,
    now: datetime,
    seen: str = "",
    address: str | None = None,
) -> Succession:
    """Give everything that one of us looks after to a colleague; `from_user` may be switched off.

    Customers, to-dos, stages, problems, departments, duty, teams and deputies are the colleague's
    at once; tickets, rescues, visits and asks within seconds, by workers. Asked for again it goes
    on with what is left, and the colleague named last holds. `seen`: `Belongings.seen` of the
    preview; with "" none was looked at. Raises NotYours, OwnSuccessor, CannotTakeOver, ServesNot,
    NothingToHandOver, Moved.
    """
    if not may_hand_over(by, of=from_user):
        raise NotYours(from_user.pk)
    if from_user.pk == to_user.pk:
        raise OwnSuccessor(to_user.pk)
    people = User.objects.select_for_update(of=("self",), no_key=True)
    held = {row.pk: row for row in people.filter(pk__in=[from_user.pk, to_user.pk]).order_by("pk")}
    giver, taker = held[from_user.pk], held[to_user.pk]
    found = belongings_of(giver, now=now)
    if found.is_empty:
        raise NothingToHandOver(giver.pk)
    if seen and seen != found.seen:
        raise Moved(found)
    at = customers_of(giver)
    _refuse(taker, at, now)
    succession = Succession.objects.create(
        from_user=giver, to_user=taker, by=by, at=now, belongings=found.counts()
    )
    due.ask_all(customer_ids=at, kind=Due.Kind.HANDOVER, row_id=giver.pk)
    _give(giver, taker, by, address, now)
    kick(SWEEP_DUE)
    return succession


def _refuse(taker: User, at: Sequence[int], now: datetime) -> None:
    """Refuse who could not take over at these customers."""
    if not may(taker, Permission.ANSWER_TICKETS) or taker.is_away(now):
        raise CannotTakeOver(taker.pk)
    served = Customer.objects.served_by(taker).values("pk")
    others = Customer.objects.filter(pk__in=at).exclude(pk__in=served)
    if unserved := list(others.order_by("name", "pk")):
        raise ServesNot(unserved)


def _give(giver: User, taker: User, by: User, address: str | None, now: datetime) -> None:
    """Give what stands in public; the audit log last, for everybody waits for it from then on."""
    who, problems = By(by, address), Problem.objects.standing().filter(owner=giver)
    for problem in problems.order_by("pk"):
        change_problem(problem=problem, by=by, now=now, owner=taker)
    at_customers = _give_customers(giver, taker)
    told = [*_departments(giver, taker), *_duty(giver, taker), *_teams(giver, taker)]
    told += _deputies(giver, taker)
    codes = Customer.objects.in_bulk(list(at_customers))
    for pk, changes in sorted(at_customers.items()):
        row = codes[pk]
        record(action="changed", of=row, changes=changes, by=who, now=now, customer_code=row.code)
    for of, changes in told:
        record(action="changed", of=of, changes=changes, by=who, now=now)
    record(action="handed_over", of=giver, changes={"to": ["", taker.name]}, by=who, now=now)


Told = tuple[Model, dict[str, list[Any]]]
"""A row that was changed, and what of it: field → [old, new]."""


def _give_customers(giver: User, taker: User) -> dict[int, dict[str, list[Any]]]:
    """Customers, stages and to-dos; by customer what changed."""
    changes: dict[int, dict[str, list[Any]]] = defaultdict(dict)
    rows: list[tuple[str, str, QuerySet[Any]]] = [
        ("consultant", "pk", Customer.objects.filter(consultant=giver)),
        ("product_manager", "pk", Customer.objects.filter(product_manager=giver)),
        ("owner", "customer_id", Stay.objects.now().filter(owner=giver)),
        ("owner", "customer_id", ToDo.objects.open().filter(owner=giver)),
    ]
    for field, key, found in rows:
        told = field if key == "pk" else found.model._meta.model_name or ""
        held = found.select_for_update(of=("self",), no_key=True).order_by("pk")
        ids = dict(held.values_list("pk", key))
        found.model._default_manager.filter(pk__in=list(ids)).update(**{field: taker})
        for customer_id in ids.values():
            changes[customer_id][told] = [giver.name, taker.name]
    return changes


def _departments(giver: User, taker: User) -> Iterator[Told]:
    for department in giver.departments.order_by("pk"):
        department.people.remove(giver)
        department.people.add(taker)
        yield department, {"people": [giver.name, taker.name]}


def _duty(giver: User, taker: User) -> Iterator[Told]:
    """On duty as long as both were together."""
    duty = Duty.objects.filter(user=giver).first()
    if duty is None:
        return
    there = Duty.objects.filter(user=taker).first()
    if there is None:
        duty.user = taker
        duty.save(update_fields=["user"])
        yield duty, {"user": [giver.name, taker.name]}
        return
    there.since = _wider(min, there.since, duty.since)
    there.until = _wider(max, there.until, duty.until)
    duty.delete()
    there.save(update_fields=["since", "until"])
    yield there, {"with": ["", giver.name]}


def _wider(pick: Callable[[date, date], date], one: date | None, other: date | None) -> date | None:
    """The end that leaves more time; without one it has none."""
    return None if one is None or other is None else pick(one, other)


def _teams(giver: User, taker: User) -> Iterator[Told]:
    for team in Team.objects.filter(lead=giver).order_by("pk"):
        team.lead = taker
        team.save(update_fields=["lead"])
        yield team, {"lead": [giver.name, taker.name]}


def _deputies(giver: User, taker: User) -> Iterator[Told]:
    """Colleagues whose deputy they are; nobody is their own."""
    for person in User.objects.filter(deputy=giver).order_by("pk"):
        person.deputy = None if person.pk == taker.pk else taker
        person.save(update_fields=["deputy"])
        yield person, {"deputy": [giver.name, str(person.deputy or "")]}
