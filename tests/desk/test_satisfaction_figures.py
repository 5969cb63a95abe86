"""Figures of satisfaction, checked by hand and against published examples."""

from collections import Counter
from statistics import mean

import pytest

from desk.satisfaction_figures import (
    ENOUGH,
    Scores,
    Told,
    moved,
    share_moved,
    share_told,
    told,
    wilson,
)


def csat(*values: int) -> Scores:
    return Scores("csat", Counter(values))


def test_wilson_is_as_published() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 857-872, table I: 81 of 263, and 0 of 20."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0, 1)


def test_the_difference_of_shares_is_as_published() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10: 56/70 - 48/80."""
    assert share_moved(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_each_kind_has_its_figure() -> None:
    assert csat(5, 4, 4, 2).figure == 75
    assert csat(5, 4, 4, 2).mean == mean([5, 4, 4, 2])
    assert Scores("nps", {10: 3, 9: 1, 8: 2, 6: 1, 0: 1}).figure == 25
    assert Scores("ces", {7: 1, 4: 1}).figure == 5.5
    assert csat().figure is None
    assert csat().interval is None
    assert csat().mean is None


def test_an_nps_and_a_mean_may_be_off_by_their_spread() -> None:
    """Of ten +100, five 0, five -100: the mean is 25, s = 85.07, so ± 1.96 · 85.07 / √20."""
    low, high = Scores("nps", {10: 10, 7: 5, 0: 5}).interval or (0, 0)
    assert (low, high) == pytest.approx((25 - 37.28, 25 + 37.28), abs=0.02)
    low, high = Scores("ces", {7: 10, 5: 10}).interval or (0, 0)
    assert (low, high) == pytest.approx((6 - 0.4497, 6 + 0.4497), abs=0.001)
    assert Scores("ces", {7: 1}).interval is None


def test_three_answers_make_no_trend() -> None:
    assert told(csat(1, 1, 1), csat(*[5] * 100)) is Told.FEW
    few = [1] * (ENOUGH - 1)
    assert told(csat(*few), csat(*[5] * 100)) is Told.FEW
    assert told(csat(*few, 1), csat(*[5] * 100)) is Told.WORSE


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        ({5: 80, 1: 20}, {5: 60, 1: 40}, Told.BETTER),
        ({5: 60, 1: 40}, {5: 80, 1: 20}, Told.WORSE),
        ({5: 70, 1: 30}, {5: 65, 1: 35}, Told.SAME),
    ],
)
def test_a_change_is_one_only_where_its_interval_leaves_out_nought(
    now: dict[int, int], before: dict[int, int], said: Told
) -> None:
    assert told(Scores("csat", now), Scores("csat", before)) is said
    by = moved(Scores("csat", now), Scores("csat", before))
    assert by is not None
    assert (by.low <= 0 <= by.high) == (said is Told.SAME)


def test_fewer_complaints_are_better() -> None:
    assert share_told(5, 100, 40, 100, less=True) is Told.BETTER
    assert share_told(5, 100, 40, 100) is Told.WORSE
    assert share_told(40, 100, 39, 100, less=True) is Told.SAME
