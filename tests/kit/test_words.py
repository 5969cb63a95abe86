from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from desk.words import DueKind
from servicedesk import words

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("name", "signs"),
    [
        ("Ada Byron", "AB"),
        ("Uma", "U"),
        ("王敏", "王敏"),
        ("欧阳修文", "修文"),
        ("ed@acme.test", "ET"),
        ("", ""),
    ],
)
def test_a_name_becomes_two_signs(name: str, signs: str) -> None:
    assert words.initials(name) == signs


def test_a_person_keeps_their_colour() -> None:
    assert words.hue("Ada Byron") == words.hue("Ada Byron")
    assert {words.hue(name) for name in "abcdefghijklmnopqrstuvwxyz"} <= set(range(8))


def test_a_clock_says_what_it_counts_and_how_long() -> None:
    clock = words.sla("first_response", NINE + minutes(72), NINE, NINE + minutes(12))

    assert (clock.text, clock.state, clock.ring) == ("First reply in 1 h", "ok", "83 100")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "under 1 min"),
        (-59, "under 1 min"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (-7800, "2 h 10 min"),
        (86_400, "1 d"),
        (100_000, "1 d 3 h"),
    ],
)
def test_a_span_is_said_in_two_units_at_most_and_none_of_them_is_nothing(
    seconds: int, said: str
) -> None:
    assert words.span(seconds) == said


def test_a_clock_is_due_soon_when_its_policy_says_so() -> None:
    due, soon = NINE + minutes(100), NINE + minutes(80)

    def state(at: float) -> str:
        return words.sla("promise", due, NINE, NINE + minutes(at), soon=soon).state

    assert [state(at) for at in (79, 80, 100, 101)] == ["ok", "soon", "soon", "late"]


def test_what_was_never_answered_says_so() -> None:
    clock = words.sla("first_response", NINE, None, NINE + minutes(130), is_over=True)

    assert clock.text == "Never answered: 2 h 10 min late"


def test_every_kind_of_clock_has_words() -> None:
    for kind in DueKind.values:
        assert "5 min" in words.sla(kind, NINE + minutes(5), NINE, NINE).text
        assert "5 min" in words.sla(kind, NINE, NINE, NINE + minutes(5)).text


def test_the_last_half_hour_is_soon() -> None:
    clock = words.sla("next_response", NINE + minutes(60), NINE, NINE + minutes(30))

    assert (clock.text, clock.state) == ("Next reply in 30 min", "soon")


def test_a_late_clock_has_words_and_a_full_ring() -> None:
    clock = words.sla("real_answer", NINE, None, NINE + minutes(64))

    assert (clock.text, clock.state, clock.ring) == ("Answer 1 h 4 min late", "late", "100 100")


@pytest.mark.parametrize(
    ("passed", "said"), [(0.5, "now"), (18, "18 min"), (61, "1 h"), (60 * 50, "2 d"), (-5, "now")]
)
def test_age_is_said_in_its_largest_unit(passed: float, said: str) -> None:
    assert words.since(NINE, NINE + minutes(passed)) == said


def test_a_stamp_shows_only_what_is_needed() -> None:
    with timezone.override("UTC"), translation.override("en"):
        assert words.stamp(NINE, NINE + minutes(5)) == "09:00"
        assert words.stamp(NINE, NINE + timedelta(days=2)) == "23 Nov, 09:00"
        assert words.stamp(NINE, NINE + timedelta(days=200)) == "23 Nov 2026, 09:00"


def test_the_whole_time_is_the_readers() -> None:
    with timezone.override("Asia/Shanghai"):
        there = words.absolute(NINE)
    with timezone.override("UTC"):
        here = words.absolute(NINE)

    assert there != here
