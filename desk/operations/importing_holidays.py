"""Taking in a year of holidays as a government published it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.operations.auditing import By, record
from desk.holiday_file import Days, read_year
from desk.models import Calendar, HolidayYear
from desk.operations.calendar_use import retarget_calendars
from desk.operations.calendars import said_of
from desk.operations.public_holidays import Holiday, check_country, holidays_in


@dataclass(frozen=True)
class Difference:
    """A day of which the new year says something else than was counted by before."""

    day: date
    before: str
    now: str


@dataclass(frozen=True)
class Imported:
    """A year that was taken in, what it changes, and whether it took the place of an import."""

    year: HolidayYear
    differences: list[Difference]
    replaced: bool


@transaction.atomic
def import_year(
    *, country: str, document: str | bytes, source: str, by: By, now: datetime
) -> Imported:
    """Take in a year of the country, in place of what was known of it; judge tickets anew by it.

    `source` is where it comes from, for people: a file's name or an address. One event of the audit
    log tells the differences. Raises NoSuchCountry, BrokenYear (`read_year`); then nothing changed.
    """
    check_country(country)
    source = "".join(sign for sign in source if sign.isprintable())[:200]
    year, days = read_year(document, source=source)
    said = {
        day.isoformat(): {"name": holiday.name, "is_off": holiday.is_off}
        for day, holiday in days.items()
    }
    facts = {"days": said, "source": source, "imported_at": now}
    row, is_new = HolidayYear.objects.get_or_create(country=country, year=year, defaults=facts)
    row = HolidayYear.objects.select_for_update().get(pk=row.pk)
    before = dict(holidays_in(country=country, year=year)) if is_new else said_of(row)
    row.days, row.source, row.imported_at = said, source, now
    row.save()
    found = differences(before=before, after=days, of_same_kind=not is_new)
    _retarget_and_record(row, found, by, now)
    return Imported(row, found, replaced=not is_new)


def differences(*, before: Mapping[date, Holiday], after: Days, of_same_kind: bool) -> list[Any]:
    """What the new days say otherwise, by date.

    A library leaves out weekends, which are off anyway: then only what changes a weekday counts.
    """
    found = []
    for day in sorted({*before, *after}):
        old, new = before.get(day), after.get(day)
        if old == new or (not of_same_kind and _is_off(day, old) == _is_off(day, new)):
            continue
        found.append(Difference(day, _told(old), _told(new)))
    return found


def _is_off(day: date, holiday: Holiday | None) -> bool:
    return holiday.is_off if holiday else day.weekday() > 4


def _told(holiday: Holiday | None) -> str:
    if holiday is None:
        return "as its weekday"
    return f"{'off' if holiday.is_off else 'make-up working day'}: {holiday.name}".rstrip(": ")


def _counted(days: Days) -> str:
    off = sum(holiday.is_off for holiday in days.values())
    return f"days off: {off}, make-up working days: {len(days) - off}"


def _retarget_and_record(row: HolidayYear, found: list[Difference], by: By, now: datetime) -> None:
    calendars = Calendar.objects.filter(country=row.country)
    reason = f"holidays: {row.country} {row.year}"
    retarget_calendars(calendars, reason=reason, by=by.user, now=now)
    told: dict[str, list[Any]] = {"days": [None, _counted(said_of(row))]}
    told |= {one.day.isoformat(): [one.before, one.now] for one in found}
    record(action="imported", of=row, changes=told | {"source": [None, row.source]}, by=by, now=now)
