"""A second opinion on clocks, made another way.

*When* a clock runs is read off the whole trail here, declared kind by kind; the product tells it
happening by happening. *How much* business time that is comes from minutes that were each looked at
(`Minutes`), or from the days' ranges laid out one by one in UTC (`Days`); the product counts with
offsets and sums. The two share no code but the values.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

from tickets.clock import (
    Calendar,
    Clock,
    Dismissed,
    Happening,
    Kept,
    Kind,
    Merged,
    Moved,
    Promised,
    Retargeted,
    Said,
    State,
    Targets,
    late_by,
)

SECOND = timedelta(seconds=1)
Span = tuple[datetime, datetime | None]

# --- How much business time: two ways -------------------------------------------------------------


class Measure(Protocol):
    """Business seconds of one calendar, within some window of time."""

    def before(self, moment: datetime) -> int:
        """Since the window's begin."""

    def reached(self, total: int) -> datetime | None:
        """The earliest moment with so many before it; None: beyond the window."""


def is_open(wall: datetime, calendar: Calendar) -> bool:
    """Whether a wall clock lies in one of its day's ranges."""
    clock = wall.time().replace(fold=0)
    return any(
        start <= clock and (end in (time.max, time(0)) or clock < end)
        for start, end in calendar.days.get(wall.date(), calendar.weekly[wall.weekday()])
    )


class Minutes:
    """Every minute of the window looked at; ranges and changes of clock stand on minutes."""

    def __init__(self, calendar: Calendar, begin: datetime, end: datetime) -> None:
        self._begin = begin
        self._open = [is_open(wall, calendar) for wall in _walls(calendar.zone, begin, end)]
        self._sums = list(accumulate((60 * one for one in self._open), initial=0))

    def before(self, moment: datetime) -> int:
        minute, second = divmod((moment - self._begin) // SECOND, 60)
        return self._sums[minute] + (second if second and self._open[minute] else 0)

    def reached(self, total: int) -> datetime | None:
        minute = bisect_left(self._sums, total)
        if minute == len(self._sums):
            return None
        short = self._sums[minute] - total
        return self._begin + timedelta(minutes=minute) - short * SECOND


@lru_cache(maxsize=2)
def _walls(name: str, begin: datetime, end: datetime) -> list[datetime]:
    zone, count = ZoneInfo(name), (end - begin) // timedelta(minutes=1)
    return [(begin + timedelta(minutes=n)).astimezone(zone) for n in range(count)]


class Days:
    """Every day's ranges as spans of UTC; days on which the clock is changed minute by minute."""

    def __init__(self, calendar: Calendar, begin: datetime, end: datetime) -> None:
        zone = ZoneInfo(calendar.zone)
        spans = [
            span
            for n in range(-2, (end - begin).days + 3)
            for span in _spans_of(begin.date() + timedelta(days=n), calendar, zone)
        ]
        spans = [(max(s, begin), min(e, end)) for s, e in spans if s < end and e > begin]
        self._starts = [start for start, _end in spans]
        self._spans = spans
        lengths = ((end - start) // SECOND for start, end in spans)
        self._sums = list(accumulate(lengths, initial=0))

    def before(self, moment: datetime) -> int:
        place = bisect_right(self._starts, moment)
        if not place:
            return 0
        start, end = self._spans[place - 1]
        return self._sums[place - 1] + (min(moment, end) - start) // SECOND

    def reached(self, total: int) -> datetime | None:
        place = bisect_left(self._sums, total)
        if place == len(self._sums):
            return None
        if not place:
            return self._starts[0] if self._starts else None
        return self._spans[place - 1][1] - (self._sums[place] - total) * SECOND


def _spans_of(day: date, calendar: Calendar, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    midnight = datetime.combine(day, time(0), UTC)
    around = (midnight + timedelta(hours=hours) for hours in range(-15, 40, 9))
    if len({one.astimezone(zone).utcoffset() for one in around}) > 1:
        yield from _by_minutes(day, calendar, zone)
        return
    for opens, closes in sorted(calendar.days.get(day, calendar.weekly[day.weekday()])):
        last = day + timedelta(days=1) if closes in (time.max, time(0)) else day
        until = time(0) if closes == time.max else closes
        yield (
            datetime.combine(day, opens, zone).astimezone(UTC),
            datetime.combine(last, until, zone).astimezone(UTC),
        )


def _by_minutes(
    day: date, calendar: Calendar, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    moment = datetime.combine(day, time(0), UTC) - timedelta(hours=15)
    since = None
    for _minute in range(54 * 60):
        wall = moment.astimezone(zone)
        counts = wall.date() == day and is_open(wall, calendar)
        if counts and since is None:
            since = moment
        elif not counts and since is not None:
            yield since, moment
            since = None
        moment += timedelta(minutes=1)


# --- When a clock runs: declared ------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """A clock as the second opinion has it."""

    kind: str
    started_at: datetime
    due_at: datetime | None
    stands: str
    state: str
    ended_at: datetime | None
    late: int


@dataclass(frozen=True)
class Case:
    """A ticket's trail and the terms it began with, as they are asked about at `now`."""

    trail: tuple[Happening, ...]
    targets: Targets
    calendar: Calendar
    now: datetime


Measures = Callable[[Calendar], Measure]


class Opinion:
    """What the clocks of a trail are, from declarations about the whole of it."""

    def __init__(self, case: Case, measures: Measures) -> None:
        self._case, self._trail, self._measures = case, case.trail, measures
        self._states = list(self._told_states())
        self._rests = list(self._told_rests())

    def clocks(self) -> list[Expected]:
        """All, in no order."""
        return [
            *self._first(), *self._next(), *self._real(), *self._promises(), *self._resolutions()
        ]  # fmt: skip

    def _told_states(self) -> Iterator[State]:
        """The state after each happening."""
        state: State = "new"
        for one in self._trail:
            if isinstance(one, Moved):
                state = one.state
            elif isinstance(one, Dismissed):
                state = "closed"
            elif self._asks(one) and state == "waiting":
                state = "open"
            yield state

    def _told_rests(self) -> Iterator[bool]:
        """Whether the customer is waited for after each happening; a dismissal changes nothing."""
        rests = was_dismissed = False
        for one, state in zip(self._trail, self._states, strict=True):
            was_dismissed = isinstance(one, Dismissed) or (was_dismissed and state == "closed")
            rests = rests if was_dismissed else state == "waiting"
            yield rests

    @staticmethod
    def _asks(one: Happening) -> bool:
        if isinstance(one, Merged):
            return one.waiting_since is not None
        return isinstance(one, Said) and one.side == "customer" and not one.is_automatic

    @staticmethod
    def _tells(one: Happening) -> bool:
        return isinstance(one, Said) and one.side == "us" and not one.is_automatic

    @classmethod
    def _answers(cls, one: Happening) -> bool:
        return cls._tells(one) and isinstance(one, Said) and not (one.is_holding or one.is_promise)

    def _is_settled(self, place: int) -> bool:
        return self._states[place] in ("resolved", "closed")

    def _places(self, holds: Callable[[Happening], bool]) -> list[int]:
        return [place for place, one in enumerate(self._trail) if holds(one)]

    def _first(self) -> Iterator[Expected]:
        end = next(iter(self._places(self._tells)), None)
        yield from self._counted("first_response", 0, end, rests=False)

    def _next(self) -> Iterator[Expected]:
        told = self._places(self._tells)
        for place, after in zip(told, [*told[1:], None], strict=False):
            asked = [n for n in self._places(self._asks) if place < n < (after or len(self._trail))]
            if asked:
                yield from self._counted("next_response", asked[0], after)

    def _real(self) -> Iterator[Expected]:
        answers = self._places(self._answers)
        for begin, end in zip([-1, *answers], [*answers, None], strict=True):
            debts = [n for n in self._debts() if begin < n < (end or len(self._trail))]
            if debts:
                yield from self._counted("real_answer", debts[0], end)

    def _debts(self) -> Iterator[int]:
        for place, one in enumerate(self._trail):
            if isinstance(one, Said) and self._tells(one) and one.is_holding:
                yield place
            elif isinstance(one, Moved) and one.by_us and self._is_reopened(place):
                told = [n for n in self._places(self._tells) if n < place]
                asked = [n for n in self._places(self._asks) if n < place]
                if told and not (asked and asked[-1] > told[-1]):
                    yield place

    def _is_reopened(self, place: int) -> bool:
        return self._is_settled(place - 1) and not self._is_settled(place)

    def _settlings(self) -> list[int]:
        """Where it was settled by a state, not by a dismissal."""
        return [
            n
            for n, one in enumerate(self._trail)
            if isinstance(one, Moved) and self._is_settled(n) and not self._is_settled(n - 1)
        ]

    def _dismissed(self) -> int | None:
        """Where it was dismissed, unless it was taken up again since."""
        places = self._places(lambda one: isinstance(one, Dismissed))
        ends = [n for n in range(1, len(self._trail)) if self._is_reopened(n)]
        return places[-1] if places and not (ends and ends[-1] > places[-1]) else None

    def _promises(self) -> Iterator[Expected]:
        for place, one in enumerate(self._trail):
            if isinstance(one, Promised):
                yield self._promise(place, one)

    def _promise(self, place: int, one: Promised) -> Expected:
        kinds = (Promised, Kept, Dismissed)
        ends = {*self._places(lambda one: isinstance(one, kinds)), *self._settlings()}
        end = min((n for n in ends if n > place), default=None)
        ended_at = self._trail[end].at if end is not None else None
        late = max(0, ((ended_at or self._case.now) - one.due_at) // SECOND)
        if end is None:
            stands = "running"
        elif isinstance(self._trail[end], Promised):
            stands = "broken" if late else "cancelled"
        elif isinstance(self._trail[end], Dismissed):
            stands = "cancelled"
        else:
            stands = "met"
        soon = one.at + (one.due_at - one.at) * self._targets_at(place).soon / 100
        state = self._state(stands, bool(late), self._case.now >= soon)
        return Expected("promise", one.at, one.due_at, stands, state, ended_at, late)

    def _resolutions(self) -> Iterator[Expected]:
        settled = self._settlings()
        yield from self._counted("resolution", 0, settled[0] if settled else None)
        gaps = self._gaps()
        is_over = bool(settled) and (not gaps or gaps[-1][0] < settled[-1])
        yield from self._counted("total_resolution", 0, settled[-1] if is_over else None, gaps=gaps)

    def _gaps(self) -> list[tuple[int, int]]:
        """From being settled to being taken up again."""
        reopened = [n for n in range(1, len(self._trail)) if self._is_reopened(n)]
        pairs = ((n, min((r for r in reopened if r > n), default=None)) for n in self._settlings())
        return [(n, r) for n, r in pairs if r is not None]

    # --- Of terms and time

    def _targets_at(self, place: int) -> Targets:
        told = [one for one in self._trail[: place + 1] if isinstance(one, Retargeted)]
        return told[-1].targets if told else self._case.targets

    def _terms(self, kind: Kind, start: int, end: int | None) -> Iterator[tuple[int, Retargeted]]:
        """Every terms that held while it ran, with the place they began at."""
        first = Retargeted(self._trail[0].at, self._case.targets, self._case.calendar)
        told = [(n, one) for n, one in enumerate(self._trail) if isinstance(one, Retargeted)]
        before = [one for n, one in told if n < start]
        yield start, before[-1] if before else first
        yield from ((n, one) for n, one in told if start < n < (end or len(self._trail)))

    def _counted(
        self,
        kind: Kind,
        start: int,
        end: int | None,
        *,
        rests: bool = True,
        gaps: Sequence[tuple[int, int]] = (),
    ) -> Iterator[Expected]:
        was_dismissed = end is None and (self._dismissed() or 0) > start
        end = self._dismissed() if was_dismissed else end
        terms = list(self._terms(kind, start, end))
        held = [(n, one) for n, one in terms if one.targets.of(kind) is not None]
        if not held:
            return
        last = terms.index(held[-1])
        lost = terms[last + 1][0] if last + 1 < len(terms) else None
        stands = "met" if end is not None else "running"
        stands = "cancelled" if was_dismissed or lost is not None else stands
        over = lost if lost is not None else end
        yield self._measured(kind, (start, over), stands, held[-1][1], rests, gaps)

    def _measured(
        self,
        kind: Kind,
        run: tuple[int, int | None],
        stands: str,
        terms: Retargeted,
        rests: bool,
        gaps: Sequence[tuple[int, int]],
    ) -> Expected:
        start, end = run
        measure, target = self._measures(terms.calendar), terms.targets.of(kind) or 0
        started_at = self._started(kind, start, end)
        spans = list(self._running(start, end, rests, gaps))
        if started_at < self._trail[start].at:
            spans[0] = (started_at, spans[0][1])
        due_at = _reached(spans, target, measure)
        ended_at = self._trail[end].at if end is not None else None
        until = ended_at or self._case.now
        counted = sum(
            max(0, measure.before(min(e or until, until)) - measure.before(s)) for s, e in spans
        )
        if stands == "running" and spans[-1][1] is not None:
            stands = "paused"
        is_late = due_at is not None and until > due_at
        soon_at = _reached(spans, target * terms.targets.soon / 100, measure)
        is_soon = soon_at is not None and self._case.now >= soon_at
        state = self._state(stands, is_late, is_soon)
        late = max(0, counted - target)
        return Expected(kind, started_at, due_at, stands, state, ended_at, late)

    def _started(self, kind: Kind, start: int, end: int | None) -> datetime:
        """When it began, or a question that was merged into it."""
        until = len(self._trail) if end is None else end
        merged = [one for one in self._trail[start:until] if isinstance(one, Merged)]
        since = [one.waiting_since for one in merged if one.waiting_since is not None]
        is_asked = kind in ("first_response", "next_response")
        begun = [] if isinstance(self._trail[start], Merged) else [self._trail[start].at]
        return min([*begun, *since]) if is_asked else self._trail[start].at

    @staticmethod
    def _state(stands: str, is_late: bool, is_soon: bool) -> str:
        if is_late or stands == "broken":
            return "breached"
        return "due_soon" if stands == "running" and is_soon else stands

    def _running(
        self, start: int, end: int | None, rests: bool, gaps: Sequence[tuple[int, int]]
    ) -> Iterator[Span]:
        """From happening to happening, what counts; the last of what ended is left open."""
        last = len(self._trail) if end is None else end
        for place in range(start, last):
            since = self._trail[place].at
            is_last = place == last - 1
            until = None if is_last else self._trail[place + 1].at
            if any(a <= place < b for a, b in gaps):
                counts = False
            else:
                counts = not (rests and self._rests[place])
            if counts:
                yield since, until
            elif is_last:
                yield self._at_rest(since, end)

    def _at_rest(self, since: datetime, end: int | None) -> Span:
        """Nothing counted; at its end it is told as if it had gone on just then."""
        return (since, since) if end is None else (self._trail[end].at, None)


def _reached(spans: Sequence[Span], target: float, measure: Measure) -> datetime | None:
    left = int(target)
    for start, end in spans:
        before = measure.before(start)
        if left <= 0:
            return start
        if end is None:
            return measure.reached(before + left)
        here = measure.before(end) - before
        if here >= left:
            return measure.reached(before + left)
        left -= here
    return None


def found(clocks: Sequence[Clock], now: datetime, end: datetime) -> list[Expected]:
    """What the product counted, in the same words; due times after the window's end are None."""
    rows = [
        Expected(
            one.kind,
            one.started_at,
            one.due_at if one.due_at and (one.kind == "promise" or one.due_at <= end) else None,
            one.stands,
            one.state,
            one.ended_at,
            late_by(one, now),
        )
        for one in clocks
    ]
    return sorted(rows, key=_order)


def expected(case: Case, measures: Measures) -> list[Expected]:
    """The second opinion, sorted alike."""
    return sorted(Opinion(case, measures).clocks(), key=_order)


def _order(one: Expected) -> tuple[str, datetime, str]:
    return one.kind, one.started_at, str(one)
