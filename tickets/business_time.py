"""Business time: counted and reached by a calendar. No Django, no database, no own clock.

A moment is business time when its wall clock in the calendar's zone lies in one of that day's
ranges. So an hour that daylight saving skips counts for nothing, one that it repeats counts twice,
and every second counted is a second that really passed.

All moments given must be aware (`NaiveMoment` else); all moments returned are in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType

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
    "MICROSECOND",
    "SECOND",
    "BadCalendar",
    "Calendar",
    "ClockError",
    "NaiveMoment",
    "NegativeSeconds",
    "NeverOpens",
    "business_seconds",
    "counted",
    "due_at",
    "reached",
    "utc",
]


MICROSECOND = timedelta(microseconds=1)
"""What everything is counted in."""


class NaiveMoment(ClockError):
    """A moment without a zone: nobody can say when that was."""


class NegativeSeconds(ClockError):
    """A promise can't be due before it starts."""


@dataclass(frozen=True)
class Calendar:
    """When a service works: seven weekdays from Monday, and the days that are different.

    A range ends before its end; an end of `time.max` or `time(0)` is midnight. A day in `days`
    replaces its weekday: an empty tuple is closed, a make-up working day has its hours.
    `published_until` is the last day whose holidays are known; None where that is no question.
    Raises `BadCalendar`. Equal calendars are equal and hash alike; the mapping given is copied.
    """

    zone: str
    weekly: tuple[Ranges, ...]
    days: Mapping[date, Ranges] = field(default_factory=dict, hash=False)
    published_until: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekly", tuple(tuple(ranges) for ranges in self.weekly))
        days = {day: tuple(ranges) for day, ranges in self.days.items()}
        object.__setattr__(self, "days", MappingProxyType(days))
        zone_named(self.zone)
        if len(self.weekly) != 7:
            raise BadCalendar(f"a week has seven days, not {len(self.weekly)}")
        _ = self.hours  # refuse bad ranges where they are written, not where they are used

    def __reduce__(self) -> tuple[object, ...]:
        return Calendar, (self.zone, self.weekly, dict(self.days), self.published_until)

    @cached_property
    def hours(self) -> OpeningHours:
        """The same, prepared for counting."""
        return OpeningHours(self.weekly, self.days)

    def is_published(self, moment: datetime) -> bool:
        """Whether the holidays up to that moment, on the calendar's wall clock, are known.

        Midnight is the end of the day before it: nothing of the next one was counted.
        """
        last = self.published_until
        counted_last = (utc(moment) - MICROSECOND).astimezone(zone_named(self.zone))
        return last is None or counted_last.date() <= last


def business_seconds(*, start: datetime, end: datetime, calendar: Calendar) -> int:
    """Whole seconds of business time from start to end, rounded down; 0 when end is not later."""
    return counted(start, end, calendar) // SECOND


def due_at(*, start: datetime, seconds: int, calendar: Calendar) -> datetime:
    """The earliest moment, in UTC, with so many business seconds between start and it.

    That is closing time, not the next opening, when the seconds are up at closing time; and start
    itself for 0 seconds, even when closed. Raises `NegativeSeconds`, `NeverOpens`.
    """
    if seconds < 0:
        raise NegativeSeconds(f"{seconds} seconds")
    return reached(start, seconds * SECOND, calendar)


def counted(start: datetime, end: datetime, calendar: Calendar) -> int:
    """Microseconds of business time from start to end; 0 when end is not later."""
    first, last, hours = utc(start), utc(end), calendar.hours
    total = 0
    for since, until, offset in stretches(calendar.zone, first):
        if since >= last:
            break
        total += hours.before(min(until, last) + offset) - hours.before(since + offset)
    return total


def reached(start: datetime, left: int, calendar: Calendar) -> datetime:
    """The earliest moment with so many microseconds of business time before it, from start on.

    Start itself when nothing is left. Raises `NeverOpens`.
    """
    first, hours, wanted = utc(start), calendar.hours, left
    if left <= 0:
        return first
    for since, until, offset in stretches(calendar.zone, first):
        if hours.is_over(since + offset):
            break
        before = hours.before(since + offset)
        here = hours.before(until + offset) - before
        if here >= left:
            return hours.reached(before + left) - offset
        left -= here
    raise NeverOpens(
        f"the calendar in {calendar.zone} has no {wanted // SECOND} business seconds left"
    )


def utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises `NaiveMoment`."""
    if moment.utcoffset() is None:
        raise NaiveMoment(f"{moment.isoformat()} has no zone")
    return moment.astimezone(UTC)
