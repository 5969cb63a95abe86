"""What would be due when by a calendar that is being written: the real clock on unsaved hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk.models import Policy
from desk.operations.policies import ranges
from tickets.clock import Calendar, NeverOpens, due_at

_FRIDAY = 4
_LATE = time(17, 50)
_TEN_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True)
class Promise:
    """Something that may be owed: whose policy, what of it, and its business seconds."""

    who: str
    what: str
    seconds: int


@dataclass(frozen=True)
class Answer:
    """A promise for a ticket of some moment: due when, on the calendar's wall clock."""

    promise: Promise
    due: str


@dataclass(frozen=True)
class Case:
    """A ticket of some moment, and what would be due."""

    when: str
    why: str
    answers: list[Answer]


def calendar_of(*, zone: str, weekly: list[Any], days: dict[str, Any]) -> Calendar:
    """The clock's calendar of hours as `desk.Calendar` keeps them. Raises BadCalendar."""
    return Calendar(
        zone=zone,
        weekly=tuple(ranges(day) for day in weekly),
        days={date.fromisoformat(day): ranges(hours) for day, hours in days.items()},
    )


def promises(policies: Iterable[Policy]) -> list[Promise]:
    """The three targets of each policy."""
    return [
        Promise(policy.name, what, seconds)
        for policy in policies
        for what, seconds in (
            (_("First response"), policy.first_response),
            (_("Next response"), policy.next_response),
            (_("Real answer"), policy.real_answer),
        )
    ]


def cases(
    *, calendar: Calendar, promised: list[Promise], now: datetime, asked_at: datetime | None
) -> list[Case]:
    """The moment asked for, if any; the next Friday late; the evening before the next special day.

    `asked_at` is a wall clock in the calendar's zone, without a zone of its own.
    """
    return [
        Case(_moment(at), why, [_answer(calendar, at, promise) for promise in promised])
        for at, why in _moments(calendar, now, asked_at)
    ]


def _moments(
    calendar: Calendar, now: datetime, asked_at: datetime | None
) -> Iterator[tuple[datetime, str]]:
    zone = ZoneInfo(calendar.zone)
    if asked_at is not None:
        yield asked_at.replace(tzinfo=zone), _("as you asked")
    today = now.astimezone(zone).date()
    friday = today + timedelta(days=(_FRIDAY - today.weekday()) % 7)
    yield datetime.combine(friday, _LATE, zone), _("late on a Friday")
    special = min((day for day in calendar.days if day > today), default=None)
    if special is not None:
        yield _evening_before(calendar, special, zone), _("just before the next special day")


def _evening_before(calendar: Calendar, special: date, zone: ZoneInfo) -> datetime:
    """Ten minutes before we close on the last day we open before the special one."""
    for back in range(1, 15):
        day = special - timedelta(days=back)
        hours = calendar.days.get(day, calendar.weekly[day.weekday()])
        if hours:
            end = max(end if end != time.min else time.max for _start, end in hours)
            return datetime.combine(day, end, zone) - _TEN_MINUTES
    return datetime.combine(special - timedelta(days=1), _LATE, zone)


def _answer(calendar: Calendar, at: datetime, promise: Promise) -> Answer:
    try:
        due = due_at(start=at.astimezone(UTC), seconds=promise.seconds, calendar=calendar)
        there = due.astimezone(ZoneInfo(calendar.zone))
    except (NeverOpens, OverflowError):  # or not in the years that a date can be of
        return Answer(promise, _("never: there are not enough hours"))
    return Answer(promise, _moment(there))


def _moment(at: datetime) -> str:
    """Weekday, date and time on the calendar's own wall clock."""
    return date_format(at, "D") + " " + date_format(at.replace(tzinfo=None), "DATETIME_FORMAT")
