"""Figures on few clocks, so that each can be counted on one's fingers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desk.figures import (
    Ended,
    KeepRate,
    StepTime,
    decided_at,
    keep_rate,
    outcome,
    step_time,
)
from tests.cast import NINE, days, hours, minutes


def clock(due: float | None, ended: float | None = None, stands: str = "met", **more: Any) -> Ended:
    """Due and ended so many hours after nine."""

    def at(after: float | None) -> datetime | None:
        return None if after is None else NINE + hours(after)

    return Ended(at(due), at(ended), stands, **more)


KEPT = clock(4, 2)
KEPT_TO_THE_SECOND = clock(4, 4)
LATE = clock(4, 5)
BROKEN = clock(4, 6, "broken")
OVERDUE = clock(4, None, "running")
OPEN = clock(40, None, "running")
MOVED = clock(4, 3, "cancelled", reason="renegotiated")
SPAM = clock(4, 3, "cancelled", reason="spam")
ALL = [KEPT, KEPT_TO_THE_SECOND, LATE, BROKEN, OVERDUE, OPEN, MOVED, SPAM]
NOW = NINE + hours(8)


def test_a_promise_is_kept_by_its_time_and_broken_after_it() -> None:
    told = [outcome(one, now=NOW) for one in ALL]

    assert told == ["kept", "kept", "broken", "broken", "broken", "open", "moved", "void"]
    assert decided_at(KEPT, now=NOW) == NINE + hours(2)
    assert decided_at(LATE, now=NOW) == decided_at(OVERDUE, now=NOW) == NINE + hours(4)
    assert decided_at(OPEN, now=NOW) is None


def test_a_keep_rate_is_of_those_kept_and_broken_in_its_period() -> None:
    rate = keep_rate(ALL, since=NINE, now=NOW)
    later = keep_rate(ALL, since=NINE + hours(2.5), now=NOW)
    before = keep_rate(ALL, since=NINE - days(7), now=NINE + hours(1))

    assert rate == KeepRate(kept=2, broken=3, moved=1)
    assert (rate.n, rate.percent) == (5, 40)
    assert later == KeepRate(kept=1, broken=3, moved=1)
    assert (before, before.percent) == (KeepRate(), None)


def test_hundred_percent_is_said_of_every_one_only() -> None:
    assert KeepRate(kept=999, broken=1).percent == 99
    assert KeepRate(kept=3).percent == 100


def test_a_step_takes_what_was_counted_of_it() -> None:
    def counted(*spans: tuple[float, float]) -> Ended:
        told = tuple(
            ((NINE + minutes(start)).isoformat(), (NINE + minutes(end)).isoformat())
            for start, end in spans
        )
        return KEPT._replace(spans=told)

    paused = counted((0, 10), (60, 65))

    assert step_time([paused]) == StepTime(15 * 60, 1)
    assert step_time([paused, counted((0, 1)), counted((0, 99))]) == StepTime(15 * 60, 3)
    assert step_time([paused, counted((0, 1))]) == StepTime(8 * 60, 2)
    assert step_time([OPEN, SPAM]) is None
