"""What the clock counts on: opening hours on a wall clock, and when a zone moves its own.

Everything is counted in microseconds, in whole numbers. No Django, no clock of its own.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

Ranges = tuple[tuple[time, time], ...]

SECOND = 1_000_000
DAY = 86_400 * SECOND
_MIDNIGHT = (time.max, time.min)
_LOOK = timedelta(days=3)


class ClockError(ValueError):
    """Something a clock cannot be computed from."""


class BadCalendar(ClockError):
    """An unknown zone, not seven weekdays, or ranges that end before they start or overlap."""


class NeverOpens(ClockError):
    """The calendar has no business time left in which the promise could become due."""


class OpeningHours:
    """Business time of a calendar on its wall clock, as if no zone ever changed.

    A wall clock is written here as a `datetime` in UTC: the moment plus the zone's offset.
    `before(wall)` grows from the first day of the calendar of Python, so a span is a difference and
    a due time an inverse: both cost a bisection or two, however many years lie between.
    """

    def __init__(self, weekly: Sequence[Ranges], days: Mapping[date, Ranges]) -> None:
        self._weekly = [_spans(ranges) for ranges in weekly]
        self._days = {day.toordinal(): _spans(ranges) for day, ranges in days.items()}
        totals = [_length(spans) for spans in self._weekly]
        self._week = list(accumulate(totals, initial=0))
        self._special = sorted(self._days)
        extra = (_length(self._days[day]) - totals[(day - 1) % 7] for day in self._special)
        self._extra = list(accumulate(extra, initial=0))
        self._after = [self._before_day(day + 1) for day in self._special]

    def before(self, wall: datetime) -> int:
        """Microseconds of business time before this wall clock."""
        day = wall.toordinal()
        clock = _clock(wall.time())
        opened = sum(min(clock, end) - start for start, end in self._on(day) if start < clock)
        return self._before_day(day) + opened

    def reached(self, total: int) -> datetime:
        """The earliest wall clock with so much business time (> 0) before it; there must be one."""
        day = self._day_reaching(total)
        left = total - self._before_day(day)
        for start, end in self._on(day):
            if left <= end - start:
                clock = timedelta(microseconds=start + left)
                return datetime.combine(date.fromordinal(day), time.min, UTC) + clock
            left -= end - start
        raise NeverOpens("no such day")  # pragma: no cover - the day was found by its length

    def _day_reaching(self, total: int) -> int:
        """The first day at whose end so much business time is past.

        Before the first special day that reaches it, days are as their weeks say: no search.
        """
        nth = bisect_left(self._after, total)
        special = self._special[nth] if nth < len(self._special) else date.max.toordinal()
        if not self._week[7]:
            return special
        weeks, left = divmod(total - self._extra[nth] - 1, self._week[7])
        return min(special, weeks * 7 + bisect_left(self._week, left + 1))

    def is_over(self, wall: datetime) -> bool:
        """No weekday opens, and the last day that opened is past."""
        return not self._week[7] and (not self._special or wall.toordinal() > self._special[-1])

    def _on(self, day: int) -> list[tuple[int, int]]:
        return self._days.get(day, self._weekly[(day - 1) % 7])  # day 1 was a Monday

    def _before_day(self, day: int) -> int:
        weeks, weekday = divmod(max(day - 1, 0), 7)
        special = self._extra[bisect_left(self._special, day)]
        return weeks * self._week[7] + self._week[weekday] + special


def _spans(ranges: Ranges) -> list[tuple[int, int]]:
    spans = sorted(
        (_clock(start), DAY if end in _MIDNIGHT else _clock(end)) for start, end in ranges
    )
    for start, end in spans:
        if start >= end:
            raise BadCalendar("a range ends before it starts; one over midnight is two ranges")
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise BadCalendar("two ranges of a day overlap")
    return spans


def _clock(clock: time) -> int:
    seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
    return seconds * SECOND + clock.microsecond


def _length(spans: list[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError) as wrong:
        raise BadCalendar(f"there is no zone {name!r}") from wrong


def stretches(name: str, first: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """From first on, the stretches (since, until, offset) in which the zone kept its offset."""
    for year in range(first.year, date.max.year):
        changes = _changes(name, year)
        ends = [*(at for at, _ in changes[1:]), datetime(year + 1, 1, 1, tzinfo=UTC)]
        for (since, offset), until in zip(changes, ends, strict=True):
            if until > first:
                yield max(since, first), until, offset


@lru_cache(maxsize=4096)
def _changes(name: str, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    """The offset at the start of a UTC year, and each moment of it that brought another.

    `zoneinfo` doesn't tell its transitions, so we look every few days and halve: in the whole zone
    database no two since 1850 stand closer than 3.9 days.
    """
    zone, moment = zone_named(name), datetime(year, 1, 1, tzinfo=UTC)
    changes = [(moment, _offset(moment, zone))]
    while moment.year == year:
        later = moment + _LOOK
        if _offset(later, zone) != changes[-1][1]:
            changed_at = _change(moment, later, zone)
            changes.append((changed_at, _offset(changed_at, zone)))
        moment = later
    return tuple(change for change in changes if change[0].year == year)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second after which the offset is the later one."""
    offset = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return after


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)
