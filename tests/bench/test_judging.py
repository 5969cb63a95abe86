"""The budget can be missed: each way of missing it ends the bench with 1."""

from __future__ import annotations

import pytest

from tests.bench.judging import (
    LARGE,
    SMALL,
    Figure,
    Memory,
    Tick,
    Verdict,
    budget,
    exit_status,
    judge,
    judge_dashboards,
    judge_preview,
    judge_satisfaction,
    judge_ticks,
)

FITTING = Memory(10_000, 150.0)


def figure(
    *, customers: int = SMALL, kind: str = "read", floors: float = 2.0, statements: int = 12
) -> Figure:
    """A page of so many floors; the floor takes ten milliseconds."""
    return Figure("queue page", kind, customers, [floors * 10] * 9, [10.0] * 9, statements)


def test_what_is_within_the_budget_passes() -> None:
    figures = [figure(), figure(customers=LARGE, floors=2.5), figure(kind="write", floors=3.0)]

    verdicts = judge(figures[:2], FITTING, budget()) + judge(figures[2:], None, budget())

    assert [str(verdict) for verdict in verdicts if not verdict.has_passed] == []
    assert exit_status(verdicts) == 0


@pytest.mark.parametrize(
    ("figures", "memory", "missed"),
    [
        ([figure(floors=2.51)], FITTING, "queue page at 10 customers, floors"),
        ([figure(kind="write", floors=3.01)], FITTING, "queue page at 10 customers, floors"),
        ([figure(kind="password", floors=3.01)], FITTING, "queue page at 10 customers, floors"),
        ([figure(statements=13)], FITTING, "queue page at 10 customers, statements"),
        (
            [figure(floors=1.0), figure(customers=LARGE, floors=1.31)],
            FITTING,
            "queue page, growth to 1,000 customers",
        ),
        ([figure()], Memory(10_000, 200.1), "MiB of a web process after 10,000 requests"),
    ],
)
def test_each_budget_can_be_missed(figures: list[Figure], memory: Memory, missed: str) -> None:
    verdicts = judge(figures, memory, budget())

    assert [verdict.what for verdict in verdicts if not verdict.has_passed] == [missed]
    assert exit_status(verdicts) == 1


def test_a_slow_machine_misses_nothing_since_its_floor_is_slow_too() -> None:
    slow = Figure("queue page", "read", SMALL, [200.0] * 9, [100.0] * 9, 12)

    assert exit_status(judge([slow], FITTING, budget())) == 0


def test_a_run_that_judged_nothing_has_not_passed() -> None:
    assert exit_status([]) == 1


def test_a_verdict_says_what_was_measured_and_what_is_allowed() -> None:
    assert str(Verdict("queue page, floors", 2.6, 2.5)) == (
        "FAIL  queue page, floors: 2.60, at most 2.5"
    )


@pytest.mark.parametrize(
    ("small", "large", "missed"),
    [
        (Tick(SMALL, [9.0], True), Tick(LARGE, [9.0], True), []),
        (
            Tick(SMALL, [50.0], True),
            Tick(LARGE, [50.1], True),
            ["tick at 1,000 customers, ms"],
        ),
        (
            Tick(SMALL, [9.0], True),
            Tick(LARGE, [12.0], True),
            ["tick, growth to 1,000 customers"],
        ),
        (
            Tick(SMALL, [9.0], True),
            Tick(LARGE, [9.0], False),
            ["tick at 1,000 customers, reads past the index"],
        ),
    ],
)
def test_a_tick_that_is_slow_grows_or_reads_everything_is_over(
    small: Tick, large: Tick, missed: list[str]
) -> None:
    verdicts = judge_ticks(small, large, budget())

    assert [verdict.what for verdict in verdicts if not verdict.has_passed] == missed
    assert exit_status(verdicts) == (1 if missed else 0)


def test_the_page_of_satisfaction_may_take_three_seconds() -> None:
    assert judge_satisfaction([400.0, 2900.0, 9000.0], budget()).has_passed
    assert not judge_satisfaction([3001.0, 3002.0, 3.0], budget()).has_passed


def test_a_dashboard_may_take_300_milliseconds_and_25_statements() -> None:
    pages = {"customers": [90.0, 299.0, 900.0], "satisfaction": [90.0, 301.0, 900.0]}
    told = judge_dashboards(pages, {"customers": 25, "satisfaction": 9}, budget())
    assert [one.has_passed for one in told] == [True, False, True]
    assert not judge_dashboards(pages, {"customers": 26}, budget())[-1].has_passed


def test_the_page_of_a_release_may_take_a_second() -> None:
    assert judge_preview([400.0, 900.0, 5000.0], budget()).has_passed
    assert not judge_preview([1001.0, 1002.0, 3.0], budget()).has_passed
