"""Business time day by day: its days add up to what the clock counted."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tickets.test_clock import EDGES, calendars
from tickets.clock import Calendar, NaiveMoment
from tickets.clock_course import counted_within
from tickets.clock_days import by_day
from tickets.clock_values import Span
from tickets.opening_hours import SECOND

NINE_TO_FIVE = ((time(9), time(17)),)
HOUR = 3600 * SECOND
CHINA = Calendar(
    "Asia/Shanghai",
    (*[NINE_TO_FIVE] * 5, (), ()),
    {date(2026, 10, 1): (), date(2026, 10, 10): NINE_TO_FIVE, date(2026, 9, 30): NINE_TO_FIVE},
    published_until=date(2026, 10, 9),
)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def test_a_holiday_and_a_make_up_day_stand_out_and_what_is_not_published_says_so() -> None:
    spans: list[Span] = [(shanghai("2026-09-30T16:00"), None)]

    days = by_day(spans, CHINA, shanghai("2026-10-10T10:30"))

    assert [day.on.day for day in days] == [30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert {day.on.day: day.counted // HOUR for day in days if day.counted} == {
        30: 1, 2: 8, 5: 8, 6: 8, 7: 8, 8: 8, 9: 8, 10: 1,
    }  # fmt: skip
    assert [day.on.day for day in days if day.is_special] == [1, 10]
    assert [day.on.day for day in days if not day.is_published] == [10]
    assert days[1].ranges == ()


def test_a_day_in_two_spans_is_one_row_and_a_rest_between_counts_nothing() -> None:
    spans: list[Span] = [
        (shanghai("2026-09-28T09:00"), shanghai("2026-09-28T10:00")),
        (shanghai("2026-09-28T15:00"), shanghai("2026-09-28T16:00")),
        (shanghai("2026-10-08T09:00"), None),
    ]

    days = by_day(spans, CHINA, shanghai("2026-10-08T09:30"))

    assert [(day.on.day, day.counted) for day in days] == [(28, 2 * HOUR), (8, HOUR // 2)]


def test_what_has_not_begun_is_no_day_and_a_moment_needs_a_zone() -> None:
    start = shanghai("2026-09-28T09:00")

    assert by_day([(start, None)], CHINA, start) == []
    with pytest.raises(NaiveMoment):
        by_day([(start, None)], CHINA, datetime(2026, 10, 1))  # noqa: DTZ001  that is the point


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Span], Calendar, datetime]:
    """Up to three spans around a change of clock, and a moment somewhere among them."""
    day = draw(st.sampled_from(EDGES)) - timedelta(days=2)
    begin = datetime.combine(day, time(0), UTC)
    steps = sorted(draw(st.lists(st.integers(0, 60 * 24 * 6), min_size=2, max_size=6)))
    moments = [begin + timedelta(minutes=step) for step in steps]
    pairs = [*pairwise(moments)][::2]
    spans: list[Span] = [(since, till) for since, till in pairs]
    if draw(st.booleans()):
        spans[-1] = (spans[-1][0], None)
    until = begin + timedelta(minutes=draw(st.integers(0, 60 * 24 * 7)))
    return spans, draw(calendars(day)), until


@settings(max_examples=80, deadline=None)
@given(cases())
def test_the_days_add_up_to_what_was_counted(
    case: tuple[list[Span], Calendar, datetime],
) -> None:
    spans, calendar, until = case

    days = by_day(spans, calendar, until)

    assert sum(day.counted for day in days) == counted_within(spans, until, calendar)
    assert [day.on for day in days] == sorted({day.on for day in days})
