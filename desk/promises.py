"""Promised times over all customers, as their calendar shows them; and how many we kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.models import User
from desk import places
from desk.asked import key
from desk.figures import Ended, KeepRate, keep_rate, outcome
from desk.models import ClockItem, QueueItem
from desk.words import SETTLED, DueKind, Stands

DAY, WEEK = timedelta(days=1), timedelta(days=7)
PERIOD = timedelta(days=30)
"""The period of the keep rate on the page."""

EARLIEST = timedelta(days=90)
"""A promise kept sooner than that before its time is not looked for."""

SHOWN = 12
"""Promises of one day in a week; the day itself shows them all, up to MOST."""
MOST = 300
NOBODY = "nobody"

_PROMISES = ClockItem.objects.filter(kind=DueKind.PROMISE)


class Promised(NamedTuple):
    """One promise of the calendar. `key` names its ticket in an address."""

    due_at: datetime
    ended_at: datetime | None
    how: str
    """open, kept, broken (nobody has made it good) or late (made good, or replaced, afterwards)."""
    key: str
    ref: str
    subject: str
    href: str
    customer: str
    code: str
    number: int
    is_vip: bool
    owner: User | None
    may_move: bool


@dataclass
class Day:
    """A day of the reader's zone with its promises, the earliest first."""

    on: date
    is_today: bool
    promises: list[Promised] = field(default_factory=list)

    @property
    def shown(self) -> list[Promised]:
        """As many as a week has room for."""
        return self.promises[:SHOWN]

    @property
    def more(self) -> int:
        """How many more there are."""
        return max(0, len(self.promises) - SHOWN)


class Person(NamedTuple):
    """Somebody whose tickets have promises here; without a key those that nobody owns."""

    key: str
    name: str
    promises: int


@dataclass(frozen=True)
class Asked:
    """What an address asks for: which days, whose promises."""

    first: date
    is_week: bool
    person: str
    move: str

    @property
    def span(self) -> timedelta:
        """How long that is."""
        return WEEK if self.is_week else DAY

    @property
    def starts_at(self) -> datetime:
        """Midnight of the first day, in the reader's zone."""
        return _midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """Midnight after the last day."""
        return _midnight(self.first + self.span)


@dataclass(frozen=True)
class Promises:
    """A page of the calendar: what is broken now whenever it was due, then each day's."""

    broken: list[Promised]
    days: list[Day]
    people: list[Person]
    rate: KeepRate
    moving: Promised | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is due on these days."""
        return not any(day.promises for day in self.days)


def asked_for(query: Mapping[str, str], *, now: datetime) -> Asked:
    """Read an address: `on` is any day of what is to be shown, today unless it says so."""
    today = timezone.localtime(now).date()
    on = _date(query.get("on", "")) or today
    is_week = query.get("view") != "day"
    first = on - DAY * on.weekday() if is_week else on
    return Asked(first, is_week, query.get("person", "")[:20], query.get("move", "")[:60])


def promises(*, user: User, asked: Asked, now: datetime) -> Promises:
    """What was promised for these days to customers this person serves; four statements."""
    found = list(_found(user, asked, now)[:MOST])
    items = items_of(found)
    told = [
        _told(row, items[row.customer_id, row.ticket_id], now)
        for row in found
        if (row.customer_id, row.ticket_id) in items
    ]
    people = _people(told, asked)
    mine = [one for one in told if not asked.person or _key(one.owner) == asked.person]
    return Promises(
        broken=[one for one in mine if one.how == "broken"],
        days=_days(mine, asked, now),
        people=people,
        rate=_rate(user, asked, now),
        moving=next((one for one in told if one.key == asked.move and one.may_move), None),
    )


def ended_since(since: datetime, *, user: User) -> list[Ended]:
    """Promises that a keep rate since then is made of: decided since, or open; one statement."""
    lately = Q(ended_at__isnull=True, due_at__gte=since) | Q(ended_at__gte=since)
    rows = _PROMISES.served_by(user).filter(lately)
    names = ("due_at", "ended_at", "stands", "reason", "staff", "customer", "customer__team")
    return [Ended(*row) for row in rows.values_list(*names)]


def items_of(rows: Iterable[Any]) -> dict[tuple[int, int], QueueItem]:
    """The tickets of clocks or asks in the queue, with customer and owner; one statement."""
    wanted = Q(pk__in=[])
    for customer, ticket in {(row.customer_id, row.ticket_id) for row in rows}:
        wanted |= Q(customer=customer, ticket_id=ticket)
    found = QueueItem.objects.filter(wanted).select_related("customer", "owner")
    return {(one.customer_id, one.ticket_id): one for one in found}


def _found(user: User, asked: Asked, now: datetime) -> QuerySet[ClockItem]:
    """Of those days, and broken ones of any day."""
    on_days = Q(due_at__gte=asked.starts_at, due_at__lt=asked.ends_at) & (
        Q(ended_at__isnull=True) | Q(ended_at__gte=asked.starts_at - EARLIEST)
    )
    broken = Q(ended_at__isnull=True, due_at__lt=now)
    is_gone = Q(stands=Stands.CANCELLED)
    rows = _PROMISES.served_by(user).filter(on_days | broken).exclude(is_gone)
    return rows.order_by("due_at", "pk")


def _rate(user: User, asked: Asked, now: datetime) -> KeepRate:
    """Of whoever is asked about, those they gave."""
    rows = ended_since(now - PERIOD, user=user)
    given = [row for row in rows if not asked.person or row.staff == key(asked.person)]
    return keep_rate(given, since=now - PERIOD, now=now)


def _told(row: ClockItem, item: QueueItem, now: datetime) -> Promised:
    code = item.customer.code
    how = outcome(_ended(row), now=now)
    is_left = row.stands == Stands.RUNNING
    return Promised(
        due_at=row.due_at or now,
        ended_at=row.ended_at,
        how="late" if how == "broken" and not is_left else how,
        key=f"{code}-{item.number}",
        ref=f"{item.customer.prefix}-{item.number}",
        subject=item.subject,
        href=places.ticket(code, item.number),
        customer=item.customer.name,
        code=code,
        number=item.number,
        is_vip=item.is_vip,
        owner=item.owner,
        may_move=is_left and item.state not in SETTLED,
    )


def _days(told: Iterable[Promised], asked: Asked, now: datetime) -> list[Day]:
    """Each day with what was promised for it; what got a new time stands at that."""
    today = timezone.localtime(now).date()
    days = {
        on: Day(on, is_today=on == today)
        for on in (asked.first + DAY * place for place in range(asked.span.days))
    }
    for one in told:
        on = timezone.localtime(one.due_at).date()
        if on in days:
            days[on].promises.append(one)
    return list(days.values())


def _people(told: Iterable[Promised], asked: Asked) -> list[Person]:
    """Whose tickets have promises on the page: by name, those without an owner last."""
    counted: dict[str, tuple[str, int]] = {}
    for one in told:
        is_there = asked.starts_at <= one.due_at < asked.ends_at
        if one.how == "broken" or is_there:
            name = one.owner.name if one.owner else ""
            counted[_key(one.owner)] = (name, counted.get(_key(one.owner), ("", 0))[1] + 1)
    rows = [Person(who, name, count) for who, (name, count) in counted.items()]
    return sorted(rows, key=lambda person: (person.key == NOBODY, person.name))


def _ended(row: ClockItem) -> Ended:
    return Ended(row.due_at, row.ended_at, row.stands, row.reason, staff=row.staff_id)


def _key(owner: User | None) -> str:
    return str(owner.pk) if owner else NOBODY


def _date(text: str) -> date | None:
    try:
        on = parse_date(text)
    except ValueError:
        return None
    return on if on and 2000 <= on.year <= 2100 else None


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))
