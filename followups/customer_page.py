"""One customer with everything we know of it, a part at a time; its schema is open.

Each part takes the same few statements, whatever there is of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Case, Count, Max, Q, When

from customers.models import Customer, ToDo
from customers.onboarding import Place, way_of
from desk import places
from desk.dashboards.health import Health, health_of
from desk.models import (
    CallbackItem,
    ClockItem,
    QueueItem,
    RescueItem,
    ServiceReportItem,
)
from desk.my_customers import Standing, standing_of
from followups.models import Visit
from followups.visits import Shown, last_visits
from product.models import NoticeItem, Problem, Release, ReportItem
from tickets.models import Contact

MOST = 12
"""Lines of one part that stand on the overview."""

PEOPLE = 6
"""People that stand on the overview; the others have a part of their own."""

MANY = 100
"""Lines of one part on its own page."""


class DueHere(NamedTuple):
    """A clock of ours that runs at the customer."""

    clock: ClockItem
    ref: str
    subject: str
    href: str
    is_late: bool


@dataclass(frozen=True)
class Portrait:
    """Who they are to us: what is agreed, how far they are, who looks after them."""

    customer: Customer
    way: list[Place]
    done: int
    of: int
    """Lines of the present stage's checklist that are settled, of so many."""

    @property
    def since(self) -> datetime | None:
        """When the present stage began; None where no stages were kept."""
        return next((one.stay.began_at for one in self.way if one.is_now and one.stay), None)


@dataclass(frozen=True)
class Overview:
    """How they stand now."""

    portrait: Portrait
    standing: Standing
    health: Health
    due: list[DueHere]
    more_due: int
    rescue: RescueItem | None
    visits: list[Shown]


@dataclass(frozen=True)
class Work:
    """What is to be done for them, and what was."""

    portrait: Portrait
    to_dos: list[ToDo]
    reports: list[tuple[ServiceReportItem, str]]
    rescues: list[tuple[RescueItem, str]]
    callbacks: list[tuple[CallbackItem, str]]


@dataclass(frozen=True)
class Asked:
    """A problem or request that tickets or visits of theirs speak for."""

    problem: Problem
    tickets: int
    is_of_visit: bool


@dataclass(frozen=True)
class Wanted:
    """What they asked of the product, and what went live for them."""

    asked: list[Asked]
    releases: list[Release]


def overview(*, customer: Customer, now: datetime, today: date) -> Overview:
    """How they stand now."""
    clocks = ClockItem.objects.filter(
        customer=customer, ended_at__isnull=True, due_at__isnull=False
    )
    first = list(clocks.order_by("due_at", "pk")[: MOST + 1])
    subjects = _subjects(customer, [one.ticket_id for one in first])
    rescues = RescueItem.objects.open().filter(customer=customer).select_related("consultant")
    return Overview(
        portrait=portrait(customer=customer),
        standing=standing_of([customer.pk], now=now, today=today)[customer.pk],
        health=health_of([customer], now=now)[customer.pk],
        due=[_due(customer, one, subjects, now) for one in first[:MOST]],
        more_due=clocks.count() - MOST if len(first) > MOST else 0,
        rescue=rescues.order_by("opened_at").first(),
        visits=last_visits(customer=customer, most=3, today=today),
    )


def portrait(*, customer: Customer) -> Portrait:
    """Who they are to us."""
    known = Customer.objects.select_related("plan", "consultant", "team", "product_manager")
    way = way_of(customer)
    stay = next((one.stay for one in way if one.is_now), None)
    lines = ToDo.objects.filter(customer=customer, stage=customer.stage)
    lines = lines.filter(since=stay.began_at) if stay else lines.none()
    settled = Q(done_at__isnull=False) | Q(skipped_at__isnull=False)
    counted = lines.aggregate(of=Count("pk"), done=Count("pk", filter=settled))
    return Portrait(known.get(pk=customer.pk), way, counted["done"], counted["of"])


def key_people() -> list[Contact]:
    """The first of their people, those with a say before the others."""
    say = Case(
        *(When(role=role, then=place) for place, role in enumerate(Contact.Role)), default=99
    )
    return list(Contact.objects.active().order_by(say, "name", "pk")[:PEOPLE])


def work(*, customer: Customer, now: datetime) -> Work:
    """What is to be done for them; of the past what was asked of them and their low scores."""
    code = customer.code
    to_dos = ToDo.objects.open().filter(customer=customer).select_related("owner")
    reports = ServiceReportItem.objects.filter(customer=customer).order_by("-month")[:MOST]
    rescues = RescueItem.objects.filter(customer=customer).select_related("consultant", "cause")
    callbacks = CallbackItem.objects.open(now).filter(customer=customer).select_related("plan")
    return Work(
        portrait=portrait(customer=customer),
        to_dos=list(to_dos.order_by("due_on", "position", "pk")[:MANY]),
        reports=[(one, places.report(code, int(f"{one.month:%Y%m}"))) for one in reports],
        rescues=[
            (one, places.rescue(code, one.rescue_id))
            for one in rescues.order_by("-opened_at")[:MOST]
        ],
        callbacks=[
            (one, places.callback(code, one.callback_id))
            for one in callbacks.order_by("call_at", "asked_at")[:MANY]
        ],
    )


def wanted(*, customer: Customer) -> Wanted:
    """Problems and requests that their tickets and visits belong to; releases told to them."""
    reports = ReportItem.objects.filter(customer=customer).order_by()
    tickets = dict(reports.values_list("problem").annotate(tickets=Count("pk")))
    visits = Visit.objects.filter(problem__isnull=False).values_list("problem_id", flat=True)
    of_visits = set(visits)
    problems = Problem.objects.select_related("target", "merged_into", "owner")
    found = problems.filter(pk__in={*tickets, *of_visits}).order_by("-state_at", "-pk")[:MANY]
    notices = NoticeItem.objects.filter(customer=customer).order_by()
    told = dict(notices.values_list("release").annotate(at=Max("told_at")))
    releases = Release.objects.filter(pk__in=told).order_by("-live_at", "-pk")[:MANY]
    return Wanted(
        asked=[Asked(one, tickets.get(one.pk, 0), one.pk in of_visits) for one in found],
        releases=list(releases),
    )


def _subjects(customer: Customer, tickets: Sequence[int]) -> dict[int, Any]:
    rows = QueueItem.objects.filter(customer=customer, ticket_id__in=tickets)
    return {one.ticket_id: one for one in rows.only("ticket_id", "number", "subject")}


def _due(customer: Customer, clock: ClockItem, subjects: dict[int, Any], now: datetime) -> DueHere:
    item = subjects.get(clock.ticket_id)
    return DueHere(
        clock=clock,
        ref=f"{customer.prefix}-{item.number}" if item else "",
        subject=item.subject if item else "",
        href=places.ticket(customer.code, item.number) if item else "",
        is_late=clock.due_at is not None and clock.due_at < now,
    )
