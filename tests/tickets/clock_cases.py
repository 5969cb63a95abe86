"""Trails and calendars for the clocks, drawn by a seed: the same number is the same case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Literal

from tests.tickets.clock_oracles import (
    Case,
    Days,
    Expected,
    Measure,
    Minutes,
    expected,
    found,
)
from tickets.clock import (
    Calendar,
    Dismissed,
    Happening,
    Kept,
    Merged,
    Moved,
    Opened,
    Promised,
    Retargeted,
    Said,
    State,
    Targets,
    clocks,
)
from tickets.opening_hours import Ranges

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
ISLAND, SANTIAGO = "Australia/Lord_Howe", "America/Santiago"
ZONES = (BERLIN, NEW_YORK, ISLAND, SANTIAGO)
"""Two of the north; in the south one that moves by half an hour and one that moves at midnight."""

# Days shortly before these zones change their clocks, leap days, a turn of the year.
EDGES = (
    (BERLIN, date(2025, 3, 26)), (BERLIN, date(2025, 10, 22)), (BERLIN, date(2024, 2, 25)),
    (NEW_YORK, date(2025, 3, 5)), (NEW_YORK, date(2025, 10, 29)), (NEW_YORK, date(2028, 2, 25)),
    (ISLAND, date(2025, 4, 2)), (ISLAND, date(2025, 10, 1)), (ISLAND, date(2024, 12, 27)),
    (SANTIAGO, date(2025, 4, 1)), (SANTIAGO, date(2025, 9, 3)),
)  # fmt: skip
HOUR = 3600
SHORT = (5, 1800, HOUR, 2 * HOUR, 14_405, 8 * HOUR, 16 * HOUR, 40 * HOUR)
LONG = (HOUR, 40 * HOUR, 200 * HOUR, 500 * HOUR, 1000 * HOUR, 3000 * HOUR)
"""Targets in business seconds, for trails of days and of years."""


@dataclass(frozen=True)
class World:
    """A window of time, two calendars in it, and the measure of each."""

    begin: datetime
    end: datetime
    measures: tuple[tuple[Calendar, Measure], ...]
    durations: tuple[int, ...]

    def measure(self, calendar: Calendar) -> Measure:
        return next(measure for one, measure in self.measures if one is calendar)


def worlds_of_days(seed: int) -> list[World]:
    """Twelve days around each edge, looked at minute by minute."""
    return [
        _world(Random(f"{seed} {edge} {zone}"), zone, edge, timedelta(days=14), Minutes)  # noqa: S311 - cases, no secrets
        for zone, edge in EDGES
    ]


def worlds_of_years(seed: int, *zones: str) -> list[World]:
    """Four years and a half in each zone, twice, laid out in days."""
    return [
        _world(Random(f"{seed} {year} {zone}"), zone, date(year, 1, 1), timedelta(days=1650), Days)  # noqa: S311 - as above
        for year in (2023, 2026)
        for zone in zones
    ]


def _world(
    rng: Random,
    zone: str,
    first: date,
    span: timedelta,
    make: Callable[[Calendar, datetime, datetime], Measure],
) -> World:
    begin = datetime.combine(first, time(0), UTC)
    calendars = [_calendar(rng, zone, first, span.days) for _ in range(2)]
    measures = tuple((one, make(one, begin, begin + span)) for one in calendars)
    return World(begin, begin + span, measures, SHORT if make is Minutes else LONG)


def _calendar(rng: Random, zone: str, first: date, days: int) -> Calendar:
    """A week with holes, days of its own, and a closure of some days."""
    weekly = [_ranges(rng) for _ in range(7)]
    weekly[rng.randrange(7)] = ((time(9), time(17, 30)),)
    special: dict[date, Ranges] = {}
    for _ in range(max(2, days // 25)):
        special[first + timedelta(days=rng.randrange(days))] = _ranges(rng)
    hole = first + timedelta(days=rng.randrange(days))
    special |= {hole + timedelta(days=n): () for n in range(rng.randrange(1, 3 + days // 100))}
    return Calendar(zone, tuple(weekly), special)


def _ranges(rng: Random) -> Ranges:
    kind = rng.randrange(8)
    if kind < 2:
        return ()
    if kind == 2:
        return ((time(0), time(0)),)
    if kind == 3:
        return ((time(9), time(12)), (time(13, 30), time(18)))
    edges = sorted(rng.sample(range(24 * 12 + 1), 2 * rng.randrange(1, 4)))
    moments = [time.max if one == 288 else time(one // 12, one % 12 * 5) for one in edges]
    return tuple(zip(moments[::2], moments[1::2], strict=True))


def _targets(rng: Random, durations: tuple[int, ...]) -> Targets:
    def either() -> int | None:
        return rng.choice((None, *durations))

    first, following, real = (rng.choice(durations) for _ in range(3))
    return Targets(first, following, real, either(), either(), soon=rng.choice((60, 80)))


@dataclass
class Drawing:
    """A trail that is being drawn: what the product could have written."""

    rng: Random
    world: World
    at: datetime
    longest: timedelta
    trail: list[Happening]
    state: State = "new"
    is_dismissed: bool = False

    def go_on(self) -> None:
        """To a later time, or stay: the same second, the edge of an hour, a target later."""
        way = self.rng.randrange(8)
        if way == 0:
            return
        if way == 1:
            later = self.at + timedelta(seconds=self.rng.choice(self.world.durations))
        elif way == 2:
            hour = self.at.replace(minute=0, second=0)
            later = hour + timedelta(hours=self.rng.randrange(1, 48), minutes=30 * way)
        else:
            later = self.at + timedelta(seconds=self.rng.randrange(self.longest // ONE))
        self.at = min(later, self.world.end - timedelta(days=2))

    def move(self, state: State, *, by_us: bool = True) -> None:
        self.trail.append(Moved(self.at, state, by_us, self.seq))
        self.state = state
        self.is_dismissed = self.is_dismissed and state == "closed"

    @property
    def seq(self) -> int:
        return len(self.trail)

    @property
    def is_settled(self) -> bool:
        return self.state in ("resolved", "closed")

    def happen(self) -> None:
        """One step; while it is dismissed nobody says a word: it can only be taken up again."""
        step = STEPS[self.rng.randrange(len(STEPS))]
        (Drawing.settle if self.is_dismissed else step)(self)

    def says(
        self, side: Literal["customer", "us"], *, is_automatic: bool = False, **how: bool
    ) -> None:
        is_holding = how.get("is_holding", False)
        is_promise = how.get("is_promise", False)
        self.trail.append(Said(self.at, side, is_holding, is_automatic, is_promise, self.seq))

    def customer(self) -> None:
        if self.state == "closed":
            return
        self.says("customer")
        if self.state == "resolved" or (self.state == "waiting" and self.rng.random() < 0.5):
            self.move("open", by_us=False)
        elif self.state == "waiting":
            self.state = "open"

    def answer(self) -> None:
        self.says("us")
        if not self.is_settled and self.rng.random() < 0.5:
            self.move("waiting")

    def hold(self) -> None:
        self.says("us", is_holding=True)

    def automatic(self) -> None:
        self.says(self.rng.choice(("customer", "us")), is_automatic=True)

    def promise(self) -> None:
        if self.is_settled:
            return
        self.says("us", is_promise=True)
        due_at = self.at + timedelta(
            seconds=self.rng.choice(self.world.durations) * self.rng.randrange(1, 4)
        )
        self.trail.append(Promised(self.at, due_at, self.seq))

    def keep(self) -> None:
        self.trail.append(Kept(self.at, self.seq))

    def shift(self) -> None:
        if not self.is_settled:
            self.move(self.rng.choice(("waiting", "waiting", "open", "on_hold")))

    def settle(self) -> None:
        if self.is_settled:
            self.move(self.rng.choice(("open", "open", "closed", "waiting")))
        else:
            self.move(self.rng.choice(("resolved", "closed")))

    def dismiss(self) -> None:
        if self.state != "closed":
            self.trail.append(Dismissed(self.at, self.rng.choice(("spam", "duplicate")), self.seq))
            self.is_dismissed = True
            self.move("closed")

    def merge(self) -> None:
        if self.state == "closed":
            return
        since = self.at - timedelta(seconds=self.rng.randrange(86_400))
        since = max(since, self.world.begin)
        self.trail.append(Merged(self.at, self.rng.choice((None, since)), self.seq))
        if self.state in ("waiting", "resolved"):
            self.move("open", by_us=False)

    def retarget(self) -> None:
        if not self.is_settled:
            calendar, _measure = self.rng.choice(self.world.measures)
            targets = _targets(self.rng, self.world.durations)
            self.trail.append(Retargeted(self.at, targets, calendar, self.seq))


STEPS: tuple[Callable[[Drawing], None], ...] = (
    Drawing.customer, Drawing.customer, Drawing.customer, Drawing.answer, Drawing.answer,
    Drawing.hold, Drawing.automatic, Drawing.promise, Drawing.keep, Drawing.shift, Drawing.shift,
    Drawing.settle, Drawing.settle, Drawing.retarget, Drawing.retarget, Drawing.dismiss,
    Drawing.merge,
)  # fmt: skip
ONE = timedelta(seconds=1)


def draw(rng: Random, world: World, span: timedelta) -> Case:
    """A trail of up to ten steps over up to so long a time."""
    room = world.end - timedelta(days=3) - span - world.begin
    start = world.begin + timedelta(days=1, seconds=rng.randrange(max(1, room // ONE)))
    steps = rng.randrange(1, 11)
    drawing = Drawing(rng, world, start, max(span / steps, ONE * 2), [Opened(start)])
    for _ in range(steps):
        drawing.go_on()
        drawing.happen()
    now = drawing.at
    drawing.go_on()
    calendar = world.measures[0][0]
    targets = _targets(rng, world.durations)
    return Case(tuple(drawing.trail), targets, calendar, max(now, drawing.at))


Seen = Counter[tuple[str, str]]


def compare(*, cases: int, seed: int | str, worlds: list[World], longest: timedelta) -> Seen:
    """Draw so many cases and compare each clock to the second opinion, to the second.

    Raises AssertionError with the first case that differs; else says what was compared: how many
    clocks of which kind in which state.
    """
    seen: Seen = Counter()
    for number in range(cases):
        world = worlds[number % len(worlds)]
        rng = Random(f"{seed} {number}")  # noqa: S311 - a case, no secret
        case = draw(rng, world, rng.random() * longest)
        got = clocks(case.trail, case.targets, case.calendar, case.now)
        _compare(f"case {number} of seed {seed}", case, found(got, case.now, world.end), world)
        seen.update((one.kind, one.state) for one in got)
    return seen


def _compare(name: str, case: Case, got: list[Expected], world: World) -> None:
    wanted = expected(case, world.measure)
    if got == wanted:
        return
    trail = "\n".join(f"  {one}" for one in case.trail)
    wrong = [one for one in got if one not in wanted]
    right = [one for one in wanted if one not in got]
    raise AssertionError(
        f"{name} in {case.calendar}, by {case.targets}, at {case.now}:\n{trail}\n"
        f"is {wrong}\nnot {right}"
    )
