"""Business time of a clock, day by day: what a reader adds up to see why it is red. No Django."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tickets.business_time import Calendar, counted, utc
from tickets.clock_values import Span
from tickets.opening_hours import Ranges, zone_named

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """A day of the calendar's zone within a clock's spans.

    `counted` is in microseconds, `ranges` are the hours of that day. It `is_special` when its hours
    are not those of its weekday, and is not `is_published` past the last year whose holidays are
    known.
    """

    on: date
    ranges: Ranges
    counted: int
    is_special: bool
    is_published: bool


def by_day(spans: Sequence[Span], calendar: Calendar, until: datetime) -> list[Day]:
    """Every day the spans touch up to a moment, once, in order; its sum is `counted_within`.

    A span that begins later counts for nothing. Raises `NaiveMoment`.
    """
    last = utc(until)
    found: dict[date, int] = {}
    for start, end in spans:
        for on, micro in _days(utc(start), last if end is None else min(utc(end), last), calendar):
            found[on] = found.get(on, 0) + micro
    return [_day(on, micro, calendar) for on, micro in sorted(found.items())]


def _days(start: datetime, end: datetime, calendar: Calendar) -> Iterator[tuple[date, int]]:
    zone, since = zone_named(calendar.zone), start
    while since < end:
        on = since.astimezone(zone).date()
        midnight = utc(datetime.combine(on + DAY, time.min, zone))
        yield on, counted(since, min(midnight, end), calendar)
        since = midnight


def _day(on: date, micro: int, calendar: Calendar) -> Day:
    usual = calendar.weekly[on.weekday()]
    ranges = calendar.days.get(on, usual)
    last = calendar.published_until
    return Day(
        on=on,
        ranges=ranges,
        counted=micro,
        is_special=on in calendar.days and ranges != usual,
        is_published=last is None or on <= last,
    )
