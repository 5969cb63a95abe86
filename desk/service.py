"""How the service stands today over all customers somebody serves, and the rows of each figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from accounts.models import Team, User
from customers.models import Customer
from desk import places
from desk.asked import key
from desk.figures import (
    Ended,
    InTime,
    KeepRate,
    StepTime,
    decided_at,
    in_time,
    keep_rate,
    keep_rates,
    outcome,
    step_time,
)
from desk.models import ClockItem, QueueItem
from desk.promises import ended_since, items_of
from desk.standing import standing
from desk.words import DueKind, Stands

DAY = timedelta(days=1)
LATELY, MONTH = timedelta(days=7), timedelta(days=30)
CHART_DAYS = 14
STEPS = (DueKind.FIRST_RESPONSE, DueKind.REAL_ANSWER, DueKind.RESOLUTION)
"""Steps of handling that a clock counts; understanding and explaining have none."""

NEWEST = 6_000
"""Clocks a median is taken of at most: the newest."""

NOBODY = 0
"""Stands for nobody in an address."""


class Overdue(NamedTuple):
    """Whose tickets are overdue now: how many, and since when the longest. `pk` 0: nobody's."""

    pk: int
    name: str
    tickets: int
    since: datetime


class DayInTime(NamedTuple):
    """First responses of one day."""

    on: date
    told: InTime


class Rated(NamedTuple):
    """Somebody's, a team's or a customer's promises."""

    name: str
    rate: KeepRate


@dataclass(frozen=True)
class Service:
    """What the page of the service says; each figure's rows are at `rows_of`."""

    first: InTime
    first_open: int
    """First responses that are due later today."""
    days: list[DayInTime]
    debts: int
    promises: KeepRate
    overdue: list[Overdue]
    steps: list[tuple[DueKind, StepTime | None]]
    by_agent: list[Rated]
    by_team: list[Rated]
    by_customer: list[Rated]

    @property
    def overdue_tickets(self) -> int:
        """How many tickets are overdue now."""
        return sum(one.tickets for one in self.overdue)


def service(*, user: User, now: datetime) -> Service:
    """The figures of all customers this person serves; "today" is theirs. Nine statements."""
    today = _midnight(timezone.localtime(now).date())
    first = _first_responses(user, since=today - DAY * (CHART_DAYS - 1))
    promises = ended_since(now - MONTH, user=user)
    known = {"since": now - MONTH, "now": now}
    return Service(
        first=in_time(first, since=today, now=now),
        first_open=sum(_is_left(one, today, now) for one in first),
        days=[_of_day(first, today - DAY * ago, now) for ago in reversed(range(CHART_DAYS))],
        debts=standing(user=user, since=now - LATELY).debts,
        promises=keep_rate(promises, since=now - LATELY, now=now),
        overdue=_overdue(user, now),
        steps=_steps(user, since=now - MONTH),
        by_agent=_named(keep_rates(promises, lambda one: one.staff, **known), User),
        by_team=_named(keep_rates(promises, lambda one: one.team, **known), Team),
        by_customer=_named(keep_rates(promises, lambda one: one.customer, **known), Customer),
    )


class Line(NamedTuple):
    """One row of a figure; `how` is one of in_time, late, open, kept, broken, moved, overdue."""

    ref: str
    subject: str
    href: str
    customer: str
    owner: str
    due_at: datetime | None
    ended_at: datetime | None
    how: str
    seconds: int | None = None


FIGURES = ("first-response", "promises", "overdue", "steps")
"""Figures that have rows of their own; debts are a view of the queue."""


def rows_of(figure: str, *, user: User, now: datetime, chosen: str = "") -> Any:
    """What a figure counts, for a paginator; `chosen` is whose or which step. See `lines`."""
    if figure == "overdue":
        return _overdue_rows(user, now, chosen)
    if figure == "promises":
        return _promise_rows(user, now)
    if figure == "steps":
        return _step_rows(user, now, chosen)
    return _first_rows(user, now)


def lines(figure: str, rows: Iterable[Any], *, now: datetime) -> list[Line]:
    """One page of those rows, with their tickets; one statement more."""
    shown = list(rows)
    if figure == "overdue":
        return [_line(item, item.next_due_at, None, "overdue") for item in shown]
    items = items_of(shown)
    found = ((row, items.get((row.customer_id, row.ticket_id))) for row in shown)
    return [_of_clock(figure, row, item, now) for row, item in found]


# --- The figures ---------------------------------------------------------------------------------


def _clocks(user: User, kind: str) -> QuerySet[ClockItem]:
    return ClockItem.objects.served_by(user).filter(kind=kind)


def _first_responses(user: User, *, since: datetime) -> list[Ended]:
    lately = Q(ended_at__isnull=True, due_at__gte=since) | Q(ended_at__gte=since)
    rows = _clocks(user, DueKind.FIRST_RESPONSE).filter(lately)
    return [Ended(*row) for row in rows.values_list("due_at", "ended_at", "stands")]


def _is_left(one: Ended, today: datetime, now: datetime) -> bool:
    is_open = one.ended_at is None and one.due_at is not None
    return is_open and one.due_at is not None and now <= one.due_at < today + DAY


def _of_day(first: list[Ended], start: datetime, now: datetime) -> DayInTime:
    """Decided on that day: as it was known at its end."""
    until = min(now, start + DAY - timedelta(microseconds=1))
    return DayInTime(timezone.localtime(start).date(), in_time(first, since=start, now=until))


def _overdue(user: User, now: datetime) -> list[Overdue]:
    rows = QueueItem.objects.served_by(user).live().filter(next_due_at__lt=now).order_by()
    told = rows.values_list("owner", "owner__name").annotate(Count("pk"), Min("next_due_at"))
    whose = [Overdue(pk or NOBODY, name or "", many, since) for pk, name, many, since in told]
    return sorted(whose, key=lambda one: (-one.tickets, one.since))


def _steps(user: User, *, since: datetime) -> list[tuple[DueKind, StepTime | None]]:
    rows = ClockItem.objects.served_by(user).filter(
        kind__in=STEPS, stands=Stands.MET, ended_at__gte=since
    )
    newest = rows.order_by("-ended_at").values_list("kind", "stands", "spans")[:NEWEST]
    found: dict[str, list[Ended]] = {}
    for kind, stands, spans in newest:
        found.setdefault(kind, []).append(Ended(None, None, stands, spans=tuple(spans)))
    return [(kind, step_time(found.get(kind, ()))) for kind in STEPS]


def _named(rates: dict[int | None, KeepRate], model: Any) -> list[Rated]:
    known = model.objects.filter(pk__in=[whose for whose in rates if whose])
    names = dict(known.values_list("pk", "name"))
    return [Rated(names.get(whose, ""), rate) for whose, rate in rates.items()]


# --- Their rows ----------------------------------------------------------------------------------


def _first_rows(user: User, now: datetime) -> Any:
    """Decided today, those that were late first."""
    today = _midnight(timezone.localtime(now).date())
    here = Q(ended_at__gte=today, stands=Stands.MET) | Q(due_at__gte=today, due_at__lt=now)
    rows = _clocks(user, DueKind.FIRST_RESPONSE).filter(here).exclude(stands=Stands.CANCELLED)
    found = [
        row
        for row in rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=today)).order_by("due_at")
        if in_time([_ended(row)], since=today, now=now).n
    ]
    return sorted(found, key=lambda row: in_time([_ended(row)], since=today, now=now).met)


def _promise_rows(user: User, now: datetime) -> Any:
    """Kept, broken or moved within 7 days; broken ones first."""
    since, order = now - LATELY, ("broken", "kept", "moved")
    lately = Q(ended_at__isnull=True, due_at__gte=since) | Q(ended_at__gte=since)
    found = []
    for row in _clocks(user, DueKind.PROMISE).filter(lately).order_by("-due_at"):
        at, how = decided_at(_ended(row), now=now), outcome(_ended(row), now=now)
        if how in order and at is not None and since <= at <= now:
            found.append((order.index(how), row))
    return [row for _place, row in sorted(found, key=lambda pair: pair[0])]


def _overdue_rows(user: User, now: datetime, chosen: str) -> Any:
    rows = QueueItem.objects.served_by(user).live().filter(next_due_at__lt=now)
    owner = key(chosen)
    if owner is not None:
        rows = rows.filter(owner=owner) if owner != NOBODY else rows.filter(owner__isnull=True)
    return rows.select_related("customer", "owner").order_by("next_due_at", "pk")


def _step_rows(user: User, now: datetime, chosen: str) -> Any:
    kind = chosen if chosen in STEPS else STEPS[0]
    rows = _clocks(user, kind).filter(stands=Stands.MET, ended_at__gte=now - MONTH)
    return rows.order_by("-ended_at", "pk")


def _of_clock(figure: str, row: ClockItem, item: QueueItem | None, now: datetime) -> Line:
    how = outcome(_ended(row), now=now)
    told = how if figure == "promises" else {"kept": "in_time", "broken": "late"}.get(how, how)
    counted = step_time([_ended(row)]) if figure == "steps" else None
    line = _line(item, row.due_at, row.ended_at, told)
    return line._replace(seconds=counted.seconds if counted else None)


def _line(
    item: QueueItem | None, due_at: datetime | None, ended_at: datetime | None, how: str
) -> Line:
    """A ticket that has left the queue has no name there any more."""
    if item is None:
        return Line("", "", "", "", "", due_at, ended_at, how)
    return Line(
        ref=f"{item.customer.prefix}-{item.number}",
        subject=item.subject,
        href=places.ticket(item.customer.code, item.number),
        customer=item.customer.name,
        owner=item.owner.name if item.owner else "",
        due_at=due_at,
        ended_at=ended_at,
        how=how,
    )


def _ended(row: ClockItem) -> Ended:
    spans = tuple((start, end) for start, end in row.spans)
    return Ended(row.due_at, row.ended_at, row.stands, row.reason, spans=spans)


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))
