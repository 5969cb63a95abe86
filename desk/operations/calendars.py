"""The days on which a calendar differs from its week: holidays, make-up days, closures, its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import holidays

from desk.models import Calendar, Closure, HolidayYear

NEEDS_TABLE = frozenset({"CN"})
"""Countries whose government publishes each year's days, make-up working days among them.

The library only guesses those of a year not published yet, without make-up days.
"""

YEARS_BACK, YEARS_AHEAD = 1, 2
"""For which years around today the library is asked: longer targets are rare."""

Days = dict[str, list[Any]]


class NoSuchCountry(ValueError):
    """The library knows no such country or region; write DE or DE-BY."""


def days_of(calendar: Calendar, *, today: date) -> tuple[Days, date | None]:
    """ISO date → ranges for every day unlike its weekday, and until when holidays are published.

    What stands later wins: holidays of the library, of a published year, closures, the calendar's
    own days. No date: nobody publishes them year by year. Raises NoSuchCountry.
    """
    days: Days = {}
    published_until = None
    if calendar.country:
        years = {year.year: year for year in HolidayYear.objects.filter(country=calendar.country)}
        days = _holidays(calendar, years, today)
        published_until = published(country=calendar.country, years=years)
    if calendar.pk is not None:
        for closure in calendar.closures.order_by("first_on", "pk"):
            days |= {day.isoformat(): [] for day in _span(closure)}
    return dict(sorted((days | calendar.days).items())), published_until


def published(*, country: str, years: Iterable[int]) -> date | None:
    """The last day whose holidays are known; None for a country whose law says them for ever."""
    if country.split("-")[0] not in NEEDS_TABLE:
        return None
    return date(max(years, default=0), 12, 31) if any(years) else date.min


def _holidays(calendar: Calendar, years: dict[int, HolidayYear], today: date) -> Days:
    guessed = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    found = library_days(country=calendar.country, years=set(guessed) - set(years))
    days: Days = {day.isoformat(): [] for day in found}
    working: list[Any] = next((hours for hours in calendar.weekly if hours), [])
    for _year, row in sorted(years.items()):
        for day, said in row.days.items():
            days[day] = [] if said["is_off"] else working
    return days


def library_days(*, country: str, years: set[int]) -> dict[date, str]:
    """Public holidays of these years by the library, with their names. Raises NoSuchCountry."""
    if not years:
        return {}
    code, _dash, region = country.partition("-")
    try:
        found = holidays.country_holidays(code, subdiv=region or None, years=sorted(years))
    except NotImplementedError as unknown:
        raise NoSuchCountry(country) from unknown
    return dict(found.items())


def _span(closure: Closure) -> Iterator[date]:
    day = closure.first_on
    while day <= closure.last_on:
        yield day
        day += timedelta(days=1)
