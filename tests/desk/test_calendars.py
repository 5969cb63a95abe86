"""The days on which a calendar is unlike its week, with where they come from and until when."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from customers.models import Customer
from desk.models import (
    Calendar,
    Closure,
    CustomerHours,
    Department,
    Due,
    HolidayYear,
    Policy,
    Terms,
)
from desk.operations.calendars import Because, SpecialDay, days_of, published_until, special_days
from desk.operations.horizon import Horizon, ending, horizons
from desk.operations.policies import terms_for
from desk.operations.public_holidays import NoSuchCountry, check_country, holidays_in
from desk.operations.renewing import renew_terms
from servicedesk import zones
from tests.cast import NINE, days, make_ticket
from tests.doors import Inside
from tickets.operations import judge

NINE_TO_SIX = [["09:00", "18:00"]]
TODAY = date(2026, 3, 2)


def make_calendar(*, country: str = "", **facts: Any) -> Calendar:
    week = {"zone": "Asia/Shanghai", "weekly": [NINE_TO_SIX] * 5 + [[], []]}
    return Calendar(**{"name": country or "Ours", "country": country} | week | facts)


def hours_on(calendar: Calendar, day: str, **how: Any) -> Any:
    """What is special about that day, None when nothing is."""
    return special_days(calendar, today=TODAY, **how).get(date.fromisoformat(day))


def test_china_works_from_the_first_day_with_its_make_up_days(db: None) -> None:
    """Nothing was imported: the library has what the State Council published."""
    china = make_calendar(country="CN")

    assert hours_on(china, "2026-10-01") == SpecialDay([], Because.HOLIDAY, "National Day")
    assert hours_on(china, "2026-10-01", language="zh-hans").name == "国庆节"
    assert hours_on(china, "2026-10-10") == SpecialDay(NINE_TO_SIX, Because.MAKE_UP)
    assert hours_on(china, "2026-10-03") is None, "a Saturday is closed anyway"
    assert published_until(china, today=TODAY) == date(2026, 12, 31)


def test_past_its_horizon_china_goes_on_by_a_guess_and_never_raises(db: None) -> None:
    china = make_calendar(country="CN")
    first_of_may = hours_on(china, "2028-05-01")

    assert (first_of_may.hours, first_of_may.is_guess) == ([], True)
    for year in (2026, 2027, 2035, 2060, 2099):
        found, until = days_of(china, today=date(year, 7, 1))
        assert until == date(2026, 12, 31)
        assert f"{year}-05-01" in found or date(year, 5, 1).weekday() > 4


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [("DE", "2026-06-04", True), ("DE-BY", "2026-06-04", False), ("US", "2026-07-03", False)],
)
def test_a_region_has_days_of_its_own(db: None, country: str, day: str, works: bool) -> None:
    """Corpus Christi is one in Bavaria; Independence Day was observed on a Friday."""
    calendar = make_calendar(country=country)
    assert (hours_on(calendar, day) is None) is works
    assert published_until(calendar, today=TODAY) is None, "the law says them for ever"


def test_what_is_said_nearer_wins(db: None) -> None:
    """A library's day < an imported year < a closure < the calendar's own day."""
    china = make_calendar(country="CN", days={"2026-10-02": [["10:00", "12:00"]]})
    china.save()
    HolidayYear.objects.create(
        country="CN",
        year=2026,
        days={
            "2026-10-01": {"name": "国庆节", "is_off": True},
            "2026-10-02": {"name": "国庆节", "is_off": True},
            "2026-10-11": {"name": "国庆节", "is_off": False},
        },
        imported_at=NINE,
    )
    moving = {"first_on": date(2026, 10, 11), "last_on": date(2026, 10, 13), "reason": "Moving"}
    Closure.objects.create(calendar=china, **moving)

    assert hours_on(china, "2026-10-01").name == "国庆节"
    assert hours_on(china, "2026-10-02") == SpecialDay([["10:00", "12:00"]], Because.OWN)
    assert hours_on(china, "2026-10-10") is None, "the import has no such make-up day"
    assert hours_on(china, "2026-10-11") is None, "closed on a make-up Sunday, as on any"
    assert hours_on(china, "2026-10-12") == SpecialDay([], Because.CLOSURE, "Moving")
    assert hours_on(china, "2026-10-12", closures=[]) is None, "as a form has it, unsaved"


def test_the_horizon_is_the_end_of_the_last_year_without_a_gap(db: None) -> None:
    china = make_calendar(country="CN")
    for year, until in ((2028, 2026), (2027, 2028)):
        HolidayYear.objects.create(country="CN", year=year, days={}, imported_at=NINE)
        assert published_until(china, today=TODAY) == date(until, 12, 31)
    assert published_until(china, today=date(2031, 1, 1)) == date(2028, 12, 31)


@pytest.mark.parametrize(
    ("country", "remedy"),
    [("XX", "CN, DE, DE-BY"), ("China", "code of two letters"), ("DE-ZZ", "DE-BW, DE-BY"),
     ("CN-BJ", "write CN"), ("", "two letters"), ("cn", "two letters")],
)  # fmt: skip
def test_an_unknown_country_is_refused_with_what_to_write(country: str, remedy: str) -> None:
    with pytest.raises(NoSuchCountry, match=remedy):
        check_country(country)


def test_a_country_that_the_library_forgot_goes_by_its_week(db: None, caplog: Any) -> None:
    assert days_of(make_calendar(country="XX"), today=TODAY) == ({}, None)
    assert "goes without holidays" in caplog.text


def test_a_new_year_is_made_up_for_in_december() -> None:
    assert holidays_in(country="CN", year=2012)[date(2011, 12, 31)].is_off is False


def test_the_operator_is_warned_sixty_days_ahead(db: None) -> None:
    """Of calendars in use alone."""
    china, _unused = make_calendar(country="CN"), make_calendar(country="DE", name="Unused")
    china.save()
    assert horizons(today=TODAY) == []

    Department.objects.create(name="Engineering", calendar=china, answers_within=3600)

    expected = Horizon("CN", date(2026, 12, 31), ("CN",))
    assert horizons(today=TODAY) == [expected]
    assert ending(today=date(2026, 10, 31)) == []
    assert ending(today=date(2026, 11, 1)) == [expected]
    assert expected.days_left(date(2026, 11, 1)) == 60
    assert [one.next_year for one in ending(today=date(2027, 3, 1))] == [2027]


def test_terms_are_renewed_when_a_year_begins_and_their_tickets_judged_anew(
    inside_acme: Inside, acme: Customer, globex: Customer, ada: User
) -> None:
    zones.use(zones.OWNER)
    china = make_calendar(country="CN")
    china.save()
    CustomerHours.objects.create(customer=acme, calendar=china)
    with inside_acme():
        ticket = make_ticket(now=NINE)
        judge(customer=acme, ticket_id=ticket.pk, now=NINE, quiet=True)
    zones.use(zones.DESK)
    terms = terms_for(customer=acme, now=NINE)
    terms_for(customer=globex, now=NINE)
    assert "2029-05-01" not in terms.days
    assert renew_terms(now=NINE + days(300)) == 0, "the year is the same"
    Due.objects.all().delete()

    assert renew_terms(now=NINE + days(365)) == 1

    renewed = Terms.objects.get(is_current=True, calendar=china)
    assert "2029-05-01" in renewed.days
    assert all(day < "2023" for day in terms.days if day not in renewed.days)
    asked = Due.objects.filter(kind=Due.Kind.RETARGET).values_list("customer__code", "row_id")
    assert list(asked) == [("acme", ticket.pk)]
    assert renew_terms(now=NINE + days(365)) == 0, "once"
    assert Policy.objects.get(name="Everybody").version == 1
