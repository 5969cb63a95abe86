"""Twenty thousand drawn trails against a second opinion, other ones every day."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.tickets.clock_cases import ZONES, Seen, compare, worlds_of_days, worlds_of_years

pytestmark = [pytest.mark.drill, pytest.mark.timeout(600)]

CASES = 10_000


def test_ten_thousand_of_ten_days_and_as_many_of_three_years_are_right_to_the_second() -> None:
    seed = datetime.now(UTC).toordinal()
    began = time.process_time()

    seen: Seen = compare(
        cases=CASES, seed=seed, worlds=worlds_of_days(seed), longest=timedelta(days=10)
    )
    seen += compare(
        cases=CASES, seed=seed, worlds=worlds_of_years(seed, *ZONES), longest=timedelta(days=1095)
    )

    print(
        f"\n{2 * CASES} trails of seed {seed}: {seen.total()} clocks, 0 s off;"
        f" {time.process_time() - began:.0f} s of CPU"
    )
    assert seen.total() > CASES
