"""What would be due when by a calendar that is being written: the real clock on unsaved hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk import hours_text
from desk.models import Policy
from desk.operations.calendars import SpecialDay
from desk.operations.policies import ranges
from tickets.clock import Calendar, NeverOpens, due_at

_FRIDAY = 4
_LATE = time(17, 50)
_A_WEEKEND = timedelta(days=3)
_TEN_MINUTES = timedelta(minutes=10)


Specials = Mapping[date, SpecialDay]


@dataclass(frozen=True)
class Promise:
    """Something that may be owed: whose policy, what of it, and its business seconds."""

    who: str
    what: str
    seconds: int


@dataclass(frozen=True)
class Answer:
    """A promise for a ticket of some moment: due when, on the calendar's wall clock.

    `passed` names the days on the way that are unlike their weekday; `is_provisional`: the holidays
    of that day are not published yet.
    """

    promise: Promise
    due: str
    passed: tuple[str, ...] = ()
    is_provisional: bool = False


@dataclass(frozen=True)
class Case:
    """A ticket of some moment, and what would be due."""

    when: str
    why: str
    answers: list[Answer]


def calendar_of(
    *, zone: str, weekly: list[Any], special: Specials, published_until: date | None
) -> Calendar:
    """The clock's calendar of hours as `desk.Calendar` keeps them. Raises BadCalendar."""
    return Calendar(
        zone=zone,
        weekly=tuple(ranges(day) for day in weekly),
        days={day: ranges(that.hours) for day, that in special.items()},
        published_until=published_until,
    )


def promises(policies: Iterable[Policy]) -> list[Promise]:
    """The targets of each policy."""
    return [
        Promise(policy.name, what, seconds)
        for policy in policies
        for what, seconds in (
            (_("First response"), policy.first_response),
            (_("Next response"), policy.next_response),
            (_("Real answer"), policy.real_answer),
            (_("Resolution"), policy.resolution),
        )
        if seconds
    ]


def cases(
    *,
    calendar: Calendar,
    special: Specials,
    promised: list[Promise],
    now: datetime,
    asked_at: datetime | None,
) -> list[Case]:
    """The moment asked for, if any; the next Friday late; the evening before the next special day.

    `asked_at` is a wall clock in the calendar's zone, without a zone of its own. `special` says why
    the calendar's days are unlike their weekdays.
    """
    return [
        Case(_moment(at), why, [_answer(calendar, special, at, promise) for promise in promised])
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


def _answer(calendar: Calendar, special: Specials, at: datetime, promise: Promise) -> Answer:
    try:
        due = due_at(start=at.astimezone(UTC), seconds=promise.seconds, calendar=calendar)
        there = due.astimezone(ZoneInfo(calendar.zone))
    except (NeverOpens, OverflowError):  # or not in the years that a date can be of
        return Answer(promise, _("never: there are not enough hours"))
    on_the_way = [day for day in sorted(special) if at.date() <= day <= there.date()]
    return Answer(
        promise,
        _moment(there),
        tuple(_told(run) for run in _runs(on_the_way, special)),
        is_provisional=not calendar.is_published(due),
    )


Run = list[tuple[date, SpecialDay]]


def _runs(days: list[date], special: Specials) -> Iterator[Run]:
    """Days one after the other that are alike; weekends and such may lie between them."""
    run: Run = []
    for day in days:
        if run and not _goes_on(run[-1], day, special[day]):
            yield run
            run = []
        run.append((day, special[day]))
    if run:
        yield run


def _goes_on(last: tuple[date, SpecialDay], day: date, special: SpecialDay) -> bool:
    return day - last[0] <= _A_WEEKEND and _likeness(last[1]) == _likeness(special)


def _likeness(day: SpecialDay) -> tuple[str, str, str]:
    return day.because, day.name, hours_text.write_day(day.hours)


def _told(run: Run) -> str:
    """Such as "1 Oct 2026 – 3 Oct 2026: National Day, closed"."""
    (first, day), (last, _same) = run[0], run[-1]
    when = date_format(first) if first == last else f"{date_format(first)} – {date_format(last)}"
    why = day.name or str(day.because.label)
    how = hours_text.write_day(day.hours) or _("closed")
    said = {"when": when, "why": why, "how": how}
    if day.is_guess:
        return _("%(when)s: %(why)s, %(how)s (a guess)") % said
    return _("%(when)s: %(why)s, %(how)s") % said


def _moment(at: datetime) -> str:
    """Weekday, date and time on the calendar's own wall clock."""
    return date_format(at, "D") + " " + date_format(at.replace(tzinfo=None), "DATETIME_FORMAT")
