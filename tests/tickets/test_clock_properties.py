"""Clocks of drawn trails against a second opinion made another way: 0 seconds off.

A case that differs names its number and seed and prints its trail (`clock_cases.compare`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tests.tickets.clock_cases import (
    ZONES,
    Seen,
    World,
    compare,
    draw,
    worlds_of_days,
    worlds_of_years,
)
from tickets.clock import Happening, Promised, clocks
from tickets.clock_course import Course

SEED = 20261122
TEN_DAYS, THREE_YEARS = timedelta(days=10), timedelta(days=1095)
COUNTED = ("next_response", "real_answer", "resolution", "total_resolution")


@pytest.fixture(scope="module")
def days() -> list[World]:
    return worlds_of_days(SEED)


def assert_all_was_seen(seen: Seen) -> None:
    """Every kind in every state it can be in: what is not drawn is not compared."""
    wanted = {(kind, "paused") for kind in COUNTED}
    for kind in ("first_response", "promise", *COUNTED):
        wanted |= {(kind, state) for state in ("running", "met", "breached", "cancelled")}
    assert wanted <= set(seen)


def test_five_hundred_trails_of_days_are_what_every_minute_says(days: list[World]) -> None:
    assert_all_was_seen(compare(cases=500, seed=SEED, worlds=days, longest=TEN_DAYS))


@pytest.mark.parametrize("zone", ZONES)
def test_two_thousand_trails_of_years_are_what_their_days_add_up_to(zone: str) -> None:
    worlds, seed = worlds_of_years(SEED, zone), f"{SEED} {zone}"

    seen = compare(cases=2000 // len(ZONES), seed=seed, worlds=worlds, longest=THREE_YEARS)

    assert_all_was_seen(seen)


def test_the_comparison_tells_a_second_too_many(
    days: list[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Course.pause
    late = timedelta(seconds=1)
    monkeypatch.setattr(Course, "pause", lambda self, at, seq: rule(self, at + late, seq))

    with pytest.raises(AssertionError, match=rf"^case \d+ of seed {SEED} in Calendar"):
        compare(cases=200, seed=SEED, worlds=days, longest=TEN_DAYS)


def test_the_zone_in_which_a_moment_is_written_changes_nothing(days: list[World]) -> None:
    for number in range(100):
        rng = Random(number)  # noqa: S311 - a case, no secret
        case = draw(rng, days[number % len(days)], TEN_DAYS)
        elsewhere = [_elsewhere(one, ZoneInfo(rng.choice(ZONES))) for one in case.trail]

        assert clocks(elsewhere, case.targets, case.calendar, case.now) == clocks(
            case.trail, case.targets, case.calendar, case.now
        ), f"case {number}"


def _elsewhere(one: Happening, zone: ZoneInfo) -> Happening:
    there: datetime = one.at.astimezone(zone)
    if isinstance(one, Promised):
        return replace(one, at=there, due_at=one.due_at.astimezone(zone))
    return replace(one, at=there)
