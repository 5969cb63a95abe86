"""The days on which a calendar differs from its week: holidays, make-up days, closures, its own."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.models import Calendar, Closure, HolidayYear
from desk.operations.public_holidays import Holiday, NoSuchCountry, holidays_in, known_until

log = logging.getLogger(__name__)

YEARS_BACK, YEARS_AHEAD = 4, 2
"""For which years around today the library is asked; imported years count however old they are."""

Days = dict[str, list[Any]]


class Because(models.TextChoices):
    """Why a day is not like its weekday."""

    HOLIDAY = "holiday", _("public holiday")
    MAKE_UP = "make_up", _("make-up working day")
    CLOSURE = "closure", _("closure")
    OWN = "own", _("special day")


@dataclass(frozen=True)
class SpecialDay:
    """A day with other hours than its weekday's (as in `Calendar.weekly`; empty: closed), and why.

    `is_guess`: the library expects it, its government has not published it yet.
    """

    hours: list[Any]
    because: Because
    name: str = ""
    is_guess: bool = False


def days_of(
    calendar: Calendar, *, today: date, closures: Iterable[Closure] | None = None
) -> tuple[Days, date | None]:
    """ISO date → ranges for every day unlike its weekday, and until when holidays are published.

    No date: nobody publishes them year by year. Takes a calendar that is not saved, too, and
    instead of its own the closures given. Of an unknown country no holidays are counted.
    """
    special = special_days(calendar, today=today, closures=closures)
    days = {day.isoformat(): that.hours for day, that in special.items()}
    return days, published_until(calendar, today=today)


def special_days(
    calendar: Calendar,
    *,
    today: date,
    closures: Iterable[Closure] | None = None,
    language: str = "en",
) -> dict[date, SpecialDay]:
    """The same days by date, each with its reason, named in that language where it is known.

    What stands later wins: holidays of the library, of an imported year, closures, the calendar's
    own days.
    """
    days = _of_country(calendar, today, language) if calendar.country else {}
    if closures is None:
        closures = calendar.closures.order_by("first_on", "pk") if calendar.pk else ()
    for closure in closures:
        days |= dict.fromkeys(_span(closure), SpecialDay([], Because.CLOSURE, closure.reason))
    for day, hours in (calendar.days or {}).items():
        days[date.fromisoformat(day)] = SpecialDay(hours, Because.OWN)
    return {day: days[day] for day in sorted(days) if _differs(days[day], calendar, day)}


def published_until(calendar: Calendar, *, today: date) -> date | None:
    """The last day whose holidays are known, as `known_until`; None without a country."""
    if not calendar.country:
        return None
    imported = HolidayYear.objects.filter(country=calendar.country).values_list("year", flat=True)
    return known_until(country=calendar.country, imported=imported, today=today)


def _of_country(calendar: Calendar, today: date, language: str) -> dict[date, SpecialDay]:
    until = published_until(calendar, today=today)
    make_up: list[Any] = next((hours for hours in calendar.weekly if hours), [])
    try:
        found = holidays_of(calendar.country, today=today, language=language)
    except NoSuchCountry as unknown:  # that another version of the library knew
        log.warning("calendar %s goes without holidays: %s", calendar.pk, unknown)
        return {}
    return {
        day: SpecialDay(
            [] if holiday.is_off else make_up,
            Because.HOLIDAY if holiday.is_off else Because.MAKE_UP,
            holiday.name,
            is_guess=until is not None and day > until,
        )
        for day, holiday in found.items()
    }


def holidays_of(country: str, *, today: date, language: str = "en") -> dict[date, Holiday]:
    """The country's days around today: the library's years, and those imported instead of them.

    Raises NoSuchCountry.
    """
    rows = {row.year: row for row in HolidayYear.objects.filter(country=country)}
    asked = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    found: dict[date, Holiday] = {}
    for year in sorted({*asked, *rows}):
        if row := rows.get(year):
            found |= said_of(row)
        else:
            found |= holidays_in(country=country, year=year, language=language)
    return found


def said_of(row: HolidayYear) -> dict[date, Holiday]:
    """An imported year's days."""
    return {
        date.fromisoformat(day): Holiday(said["name"], is_off=said["is_off"])
        for day, said in row.days.items()
    }


def _differs(special: SpecialDay, calendar: Calendar, day: date) -> bool:
    return bool(special.hours != calendar.weekly[day.weekday()])


def _span(closure: Closure) -> Iterator[date]:
    day = closure.first_on
    while day <= closure.last_on:
        yield day
        day += timedelta(days=1)
