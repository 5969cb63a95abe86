"""Business time, against an oracle that walks minute by minute and knows no shortcut."""

import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.clock import (
    BadCalendar,
    Calendar,
    NaiveMoment,
    NegativeSeconds,
    NeverOpens,
    business_seconds,
    due_at,
)

Ranges = tuple[tuple[time, time], ...]

CLOSED: Ranges = ()
NINE_TO_FIVE: Ranges = ((time(9), time(17)),)
WITH_LUNCH: Ranges = ((time(9), time(12)), (time(13, 30), time(18)))
ALL_DAY: Ranges = ((time(0), time(0)),)
WORKWEEK = (*[NINE_TO_FIVE] * 5, CLOSED, CLOSED)
NEVER = (CLOSED,) * 7
BERLIN = Calendar("Europe/Berlin", WORKWEEK, {})
ALWAYS = Calendar("Europe/Berlin", (ALL_DAY,) * 7, {})
HOUR = 3600
# Two with ordinary changes of clock, one with none, and the one that moves by half an hour.
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def seconds(start: datetime, end: datetime, calendar: Calendar) -> int:
    return business_seconds(start=start, end=end, calendar=calendar)


# --- The oracles ---------------------------------------------------------------------------------


def is_open(wall: datetime, calendar: Calendar) -> bool:
    ranges = calendar.days.get(wall.date(), calendar.weekly[wall.weekday()])
    clock = wall.time().replace(fold=0)
    return any(
        start <= clock and (end in (time.max, time(0)) or clock < end) for start, end in ranges
    )


def by_steps(start: datetime, end: datetime, calendar: Calendar, step: timedelta) -> int:
    """Look at the wall clock of every step; right when all edges stand on steps."""
    zone, moment, counted = ZoneInfo(calendar.zone), start.astimezone(UTC), 0
    while moment < end:
        counted += is_open(moment.astimezone(zone), calendar)
        moment += step
    return counted * (step // timedelta(seconds=1))


def by_ranges(start: datetime, end: datetime, calendar: Calendar) -> int:
    """Convert each day's ranges and cut them; right when no range touches a change of clock."""
    zone, counted = ZoneInfo(calendar.zone), timedelta(0)
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        for opens, closes in calendar.days.get(day, calendar.weekly[day.weekday()]):
            since = max(datetime.combine(day, opens, zone).astimezone(UTC), start)
            until = min(datetime.combine(day, closes, zone).astimezone(UTC), end)
            counted += max(until - since, timedelta(0))
        day += timedelta(days=1)
    return counted // timedelta(seconds=1)


@st.composite
def ranges_of_a_day(draw: st.DrawFn) -> Ranges:
    """Up to three ranges on quarter hours, holes between them, often up to midnight."""
    quarters = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    clocks = [time.max if q == 96 else time(q // 4, q % 4 * 15) for q in quarters]
    return tuple(pair for n, pair in enumerate(pairwise(clocks)) if n % 2 == 0)


@st.composite
def calendars(draw: st.DrawFn, around: date) -> Calendar:
    near = st.integers(-3, 12).map(lambda n: around + timedelta(days=n))
    return Calendar(
        zone=draw(st.sampled_from(ZONES)),
        weekly=draw(st.tuples(*[ranges_of_a_day()] * 7)),
        days=draw(st.dictionaries(near, ranges_of_a_day(), max_size=4)),
    )


# Days around which the zones above change their clocks, a leap day and a turn of the year.
EDGES = [
    date(2024, 2, 28), date(2024, 12, 30),
    date(2025, 3, 9), date(2025, 3, 30), date(2025, 4, 6),
    date(2025, 10, 5), date(2025, 10, 26), date(2025, 11, 2),
]  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[datetime, datetime, Calendar]:
    day = draw(st.sampled_from(EDGES)) - timedelta(days=draw(st.integers(0, 3)))
    start = datetime.combine(day, time(0), UTC) + draw(st.integers(0, 95)) * timedelta(minutes=15)
    end = start + draw(st.integers(0, 96 * 8)) * timedelta(minutes=15)
    return start, end, draw(calendars(day))


@settings(max_examples=400, deadline=None)
@given(case=cases())
def test_every_quarter_of_an_hour_is_counted_as_the_wall_clock_shows_it(
    case: tuple[datetime, datetime, Calendar],
) -> None:
    start, end, calendar = case

    assert seconds(start, end, calendar) == by_steps(start, end, calendar, timedelta(minutes=15))


@settings(max_examples=40, deadline=None)
@given(case=cases(), early=st.integers(0, 59), late=st.integers(0, 59))
def test_every_minute_is_counted_as_the_wall_clock_shows_it(
    case: tuple[datetime, datetime, Calendar], early: int, late: int
) -> None:
    start, end = case[0] + timedelta(minutes=early), case[1] + timedelta(minutes=late)

    assert seconds(start, end, case[2]) == by_steps(start, end, case[2], timedelta(minutes=1))


@settings(max_examples=100, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants them naive
    span=st.timedeltas(timedelta(0), timedelta(days=1100)),
    holidays=st.sets(st.integers(0, 1100), max_size=30),
)
def test_years_are_counted_as_their_days_add_up(
    zone: str, start: datetime, span: timedelta, holidays: set[int]
) -> None:
    days = {start.date() + timedelta(days=n): WITH_LUNCH if n % 3 else CLOSED for n in holidays}
    calendar = Calendar(zone, WORKWEEK, days)

    assert seconds(start, start + span, calendar) == by_ranges(start, start + span, calendar)


@settings(max_examples=200, deadline=None)
@given(case=cases(), wanted=st.integers(1, 400_000))
def test_a_due_time_is_the_earliest_with_its_seconds(
    case: tuple[datetime, datetime, Calendar], wanted: int
) -> None:
    start, _, calendar = case
    try:
        due = due_at(start=start, seconds=wanted, calendar=calendar)
    except NeverOpens:
        assert not any(calendar.weekly)
        return

    assert seconds(start, due, calendar) == wanted
    assert seconds(start, due - timedelta(microseconds=1), calendar) == wanted - 1


# --- What people would say of it -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        ("2026-03-02 09:00", "2026-03-02 17:00", 8 * HOUR),
        ("2026-03-02 08:00", "2026-03-02 09:00:30", 30),
        ("2026-03-06 16:00", "2026-03-09 10:00", 2 * HOUR),  # over a weekend
        ("2026-03-07 00:00", "2026-03-08 23:59", 0),  # inside it
        ("2026-03-02 12:00", "2026-03-02 11:00", 0),  # the end is before the start
    ],
)
def test_only_opening_hours_count(start: str, end: str, counted: int) -> None:
    assert seconds(at(start), at(end), BERLIN) == counted


def test_a_day_of_its_own_replaces_its_weekday() -> None:
    monday, saturday = date(2026, 2, 16), date(2026, 2, 14)
    calendar = Calendar("Asia/Shanghai", WORKWEEK, {monday: CLOSED, saturday: WITH_LUNCH})

    assert seconds(at("2026-02-13 18:00"), at("2026-02-16 23:00"), calendar) == int(7.5 * HOUR)


@pytest.mark.parametrize("midnight", [time(0), time.max])
def test_a_range_may_end_at_midnight(midnight: time) -> None:
    calendar = Calendar("Europe/Berlin", (((time(22), midnight),),) * 7, {})

    assert seconds(at("2026-03-02 12:00"), at("2026-03-03 12:00"), calendar) == 2 * HOUR
    assert due_at(start=at("2026-03-02 12:00"), seconds=2 * HOUR, calendar=calendar) == at(
        "2026-03-03 00:00"
    )


def test_the_night_that_loses_an_hour_is_shorter_and_the_other_longer() -> None:
    assert seconds(at("2026-03-29 00:00"), at("2026-03-30 00:00"), ALWAYS) == 23 * HOUR
    assert seconds(at("2026-10-25 00:00"), at("2026-10-26 00:00"), ALWAYS) == 25 * HOUR


def test_a_range_inside_the_lost_hour_never_opens_that_night_and_twice_in_the_other() -> None:
    calendar = Calendar("Europe/Berlin", (((time(2), time(3)),),) * 7, {})

    assert seconds(at("2026-03-29 00:00"), at("2026-03-30 00:00"), calendar) == 0
    assert seconds(at("2026-10-25 00:00"), at("2026-10-26 00:00"), calendar) == 2 * HOUR


def test_a_day_that_a_country_skipped_counts_for_nothing() -> None:
    apia = Calendar("Pacific/Apia", (ALL_DAY,) * 7, {})
    start, end = at("2011-12-29 00:00", "Pacific/Apia"), at("2012-01-01 00:00", "Pacific/Apia")

    assert seconds(start, end, apia) == 2 * 24 * HOUR


def test_a_promise_is_due_at_closing_time_not_at_the_next_opening() -> None:
    friday = at("2026-03-06 16:00")

    assert due_at(start=friday, seconds=HOUR, calendar=BERLIN) == at("2026-03-06 17:00")
    assert due_at(start=friday, seconds=HOUR + 1, calendar=BERLIN) == at("2026-03-09 09:00:01")


def test_a_promise_of_nothing_is_due_at_once_even_on_a_sunday() -> None:
    sunday = at("2026-03-08 12:00")

    assert due_at(start=sunday, seconds=0, calendar=BERLIN) == sunday
    assert due_at(start=sunday, seconds=0, calendar=Calendar("UTC", NEVER, {})) == sunday


def test_due_times_come_in_utc() -> None:
    assert due_at(start=at("2026-03-06 16:00"), seconds=HOUR, calendar=BERLIN).tzinfo is UTC


def test_the_zone_of_the_question_changes_nothing() -> None:
    in_berlin = at("2026-03-06 16:00")
    in_new_york = in_berlin.astimezone(ZoneInfo("America/New_York"))

    due = due_at(start=in_new_york, seconds=5 * HOUR, calendar=BERLIN)

    assert due == due_at(start=in_berlin, seconds=5 * HOUR, calendar=BERLIN)


def impossible() -> Iterator[tuple[Calendar, int]]:
    yield Calendar("Europe/Berlin", NEVER, {}), 1
    yield Calendar("Europe/Berlin", NEVER, {date(2026, 3, 1): NINE_TO_FIVE}), 1
    yield Calendar("Europe/Berlin", NEVER, {date(2026, 3, 3): CLOSED}), 1
    yield Calendar("Europe/Berlin", NEVER, {date(2026, 3, 4): NINE_TO_FIVE}), 8 * HOUR + 1


@pytest.mark.parametrize(("calendar", "wanted"), list(impossible()))
def test_a_calendar_that_has_no_more_hours_says_so(calendar: Calendar, wanted: int) -> None:
    with pytest.raises(NeverOpens):
        due_at(start=at("2026-03-02 12:00"), seconds=wanted, calendar=calendar)


def test_a_calendar_of_single_days_opens_on_them() -> None:
    calendar = Calendar("Europe/Berlin", NEVER, {date(2026, 3, 4): NINE_TO_FIVE})

    due = due_at(start=at("2026-03-02 12:00"), seconds=8 * HOUR, calendar=calendar)

    assert due == at("2026-03-04 17:00")


def test_a_moment_without_zone_is_refused() -> None:
    naive, aware = datetime(2026, 3, 2), at("2026-03-02 12:00")  # noqa: DTZ001 - that is the point

    with pytest.raises(NaiveMoment):
        seconds(naive, aware, BERLIN)
    with pytest.raises(NaiveMoment):
        seconds(aware, naive, BERLIN)
    with pytest.raises(NaiveMoment):
        due_at(start=naive, seconds=1, calendar=BERLIN)


def test_a_promise_in_the_past_is_refused() -> None:
    with pytest.raises(NegativeSeconds):
        due_at(start=at("2026-03-02 12:00"), seconds=-1, calendar=BERLIN)


@pytest.mark.parametrize(
    "ranges",
    [
        ((time(17), time(9)),),
        ((time(9), time(9)),),
        ((time(22), time(6)),),
        ((time(9), time(13)), (time(12), time(17))),
        ((time(0), time(0)), (time(9), time(10))),
    ],
)
def test_ranges_that_make_no_sense_are_refused(ranges: Ranges) -> None:
    with pytest.raises(BadCalendar):
        Calendar("Europe/Berlin", (ranges, *[CLOSED] * 6), {})
    with pytest.raises(BadCalendar):
        Calendar("Europe/Berlin", NEVER, {date(2026, 3, 2): ranges})


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(BadCalendar):
        Calendar(zone, WORKWEEK, {})


def test_a_week_of_six_days_is_refused() -> None:
    with pytest.raises(BadCalendar):
        Calendar("Europe/Berlin", WORKWEEK[:6], {})


def test_a_calendar_can_be_compared_hashed_and_pickled() -> None:
    days = {date(2026, 3, 4): NINE_TO_FIVE}
    calendar = Calendar("Europe/Berlin", WORKWEEK, days)
    days.clear()

    assert calendar.days == {date(2026, 3, 4): NINE_TO_FIVE}
    assert calendar == Calendar("Europe/Berlin", WORKWEEK, {date(2026, 3, 4): NINE_TO_FIVE})
    assert calendar != BERLIN
    assert len({calendar, BERLIN, Calendar("Europe/Berlin", WORKWEEK, {})}) == 2
    assert pickle.loads(pickle.dumps(calendar)) == calendar  # noqa: S301 - our own bytes


def test_ten_years_are_as_quick_as_a_day() -> None:
    start = at("2026-03-02 12:00")
    due_at(start=start, seconds=1, calendar=BERLIN)

    began = process_time()
    due_at(start=start, seconds=3 * 365 * 8 * HOUR, calendar=BERLIN)
    seconds(start, at("2036-03-02 12:00"), BERLIN)

    assert process_time() - began < 0.05  # measured: under 5 ms
