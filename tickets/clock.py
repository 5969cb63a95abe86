"""Business time: a pure function of calendar and trail. No Django, no database, no own clock.

A moment is business time when its wall clock in the calendar's zone lies in one of that day's
ranges. So an hour that daylight saving skips counts for nothing, one that it repeats counts twice,
and every second counted is a second that really passed.

All moments given must be aware (`NaiveMoment` else); all moments returned are in UTC.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from tickets.opening_hours import (
    SECOND,
    BadCalendar,
    ClockError,
    NeverOpens,
    OpeningHours,
    Ranges,
    stretches,
    zone_named,
)

__all__ = [
    "BadCalendar",
    "Calendar",
    "ClockError",
    "Due",
    "NaiveMoment",
    "NegativeSeconds",
    "NeverOpens",
    "Said",
    "Targets",
    "business_seconds",
    "due_at",
    "first_responded_at",
    "first_response_seconds",
    "next_due",
]

State = Literal["new", "open", "waiting", "on_hold", "resolved", "closed"]
Kind = Literal["first_response", "next_response", "real_answer"]


class NaiveMoment(ClockError):
    """A moment without a zone: nobody can say when that was."""


class NegativeSeconds(ClockError):
    """A promise can't be due before it starts."""


@dataclass(frozen=True)
class Calendar:
    """When a service works: seven weekdays from Monday, and the days that are different.

    A range ends before its end; an end of `time.max` or `time(0)` is midnight. A day in `days`
    replaces its weekday: an empty tuple is closed, a make-up working day has its hours. Raises
    `BadCalendar`. Equal calendars are equal and hash alike; the mapping given is copied.
    """

    zone: str
    weekly: tuple[Ranges, ...]
    days: Mapping[date, Ranges] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekly", tuple(tuple(ranges) for ranges in self.weekly))
        days = {day: tuple(ranges) for day, ranges in self.days.items()}
        object.__setattr__(self, "days", MappingProxyType(days))
        zone_named(self.zone)
        if len(self.weekly) != 7:
            raise BadCalendar(f"a week has seven days, not {len(self.weekly)}")
        _ = self.hours  # refuse bad ranges where they are written, not where they are used

    def __reduce__(self) -> tuple[object, ...]:
        return Calendar, (self.zone, self.weekly, dict(self.days))

    @cached_property
    def hours(self) -> OpeningHours:
        """The same, prepared for counting."""
        return OpeningHours(self.weekly, self.days)


def business_seconds(*, start: datetime, end: datetime, calendar: Calendar) -> int:
    """Whole seconds of business time from start to end, rounded down; 0 when end is not later."""
    first, last, hours = _utc(start), _utc(end), calendar.hours
    counted = 0
    for since, until, offset in stretches(calendar.zone, first):
        if since >= last:
            break
        counted += hours.before(min(until, last) + offset) - hours.before(since + offset)
    return counted // SECOND


def due_at(*, start: datetime, seconds: int, calendar: Calendar) -> datetime:
    """The earliest moment, in UTC, with so many business seconds between start and it.

    That is closing time, not the next opening, when the seconds are up at closing time; and start
    itself for 0 seconds, even when closed. Raises `NegativeSeconds`, `NeverOpens`.
    """
    first, hours, left = _utc(start), calendar.hours, seconds * SECOND
    if seconds <= 0:
        if seconds < 0:
            raise NegativeSeconds(f"{seconds} seconds")
        return first
    for since, until, offset in stretches(calendar.zone, first):
        if hours.is_over(since + offset):
            break
        counted = hours.before(since + offset)
        here = hours.before(until + offset) - counted
        if here >= left:
            return hours.reached(counted + left) - offset
        left -= here
    raise NeverOpens(f"the calendar in {calendar.zone} has no {seconds} business seconds left")


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise NaiveMoment(f"{moment.isoformat()} has no zone")
    return moment.astimezone(UTC)


# --- Which clock is next -----------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A public message of the trail. Automatic ones (receipts, out of office) count for nobody.

    Moving a state is no message: leave it out unless words went with it. A customer's "no, it
    doesn't work" is one.
    """

    at: datetime
    side: Literal["customer", "us"]
    is_holding: bool
    is_automatic: bool = False


@dataclass(frozen=True)
class Targets:
    """What the policy promises, in business seconds."""

    first_response: int
    next_response: int
    real_answer: int


@dataclass(frozen=True)
class Due:
    """What we owe next, by when (UTC), and the moment that set the clock running."""

    kind: Kind
    at: datetime
    since: datetime


def first_responded_at(trail: Sequence[Said]) -> datetime | None:
    """When a person on staff first said something, a holding reply included."""
    return next((said.at for said in _people(trail) if said.side == "us"), None)


def first_response_seconds(
    *, opened_at: datetime, trail: Sequence[Said], calendar: Calendar
) -> int | None:
    """Business seconds the customer waited for the first response; None while still waiting."""
    responded_at = first_responded_at(trail)
    if responded_at is None:
        return None
    return business_seconds(start=opened_at, end=responded_at, calendar=calendar)


def next_due(
    *,
    opened_at: datetime,
    trail: Sequence[Said],
    state: State,
    targets: Targets,
    calendar: Calendar,
    waits: Sequence[tuple[datetime, datetime]] = (),
) -> Due | None:
    """The running clock that is due first; None when we owe nothing. The trail is in its order.

    While the customer is waited for only the first response runs: a state alone meets nothing. None
    runs when the ticket is over; on hold keeps counting: we wait for ourselves. `waits` are the
    spans, in their order, in which the customer was waited for: what was left of a clock then is
    left after. Raises `NeverOpens`.
    """
    if state in ("resolved", "closed"):
        return None
    running = _running(opened_at, trail)
    if state == "waiting":
        running = {kind: since for kind, since in running.items() if kind == "first_response"}
    dues = []
    for kind, since in running.items():
        pauses = () if kind == "first_response" else waits
        at = _due_with_pauses(since, getattr(targets, kind), pauses, calendar)
        dues.append(Due(kind=kind, at=at, since=since))
    return min(dues, key=lambda due: due.at, default=None)


def _due_with_pauses(
    since: datetime, seconds: int, pauses: Sequence[tuple[datetime, datetime]], calendar: Calendar
) -> datetime:
    """The due time when business time within a pause does not count; pauses in their order."""
    at = due_at(start=since, seconds=seconds, calendar=calendar)
    for start, end in pauses:
        if end > since and start < at:
            seconds += business_seconds(start=max(start, since), end=end, calendar=calendar)
            at = due_at(start=since, seconds=seconds, calendar=calendar)
    return at


def _running(opened_at: datetime, trail: Sequence[Said]) -> dict[Kind, datetime]:
    """The clocks that run after this trail, and since when.

    Neither a bump by the customer nor a second holding reply starts a running clock again.
    """
    running: dict[Kind, datetime] = {"first_response": opened_at}
    for said in _people(trail):
        if said.side == "customer":
            if "first_response" not in running:
                running.setdefault("next_response", said.at)
            continue
        running.pop("first_response", None)
        running.pop("next_response", None)
        if said.is_holding:
            running.setdefault("real_answer", said.at)
        else:
            running.pop("real_answer", None)
    return running


def _people(trail: Sequence[Said]) -> Iterator[Said]:
    return (said for said in trail if not said.is_automatic)
