"""Until when the holidays that calendars in use count by are published, and whom to warn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from desk.models import HolidayYear
from desk.operations.calendar_use import in_use
from desk.operations.public_holidays import known_until

WARN_AHEAD = timedelta(days=60)
"""So long before its end the operator is warned: most countries publish in autumn."""


@dataclass(frozen=True)
class Horizon:
    """A country whose holidays are known until a day, with the calendars that count by it.

    `date.min`: none is known at all.
    """

    country: str
    until: date
    calendars: tuple[str, ...]

    def days_left(self, today: date) -> int:
        """Days until the holidays end; negative when they have."""
        return (self.until - today).days

    @property
    def next_year(self) -> int:
        """The first year that is to be imported."""
        return self.until.year + 1


def horizons(*, today: date) -> list[Horizon]:
    """One for each country of a calendar in use that publishes year by year, the nearest first."""
    names: dict[str, list[str]] = {}
    for calendar in in_use().exclude(country=""):
        names.setdefault(calendar.country, []).append(calendar.name)
    found = [
        Horizon(country, until, tuple(calendars))
        for country, calendars in names.items()
        for until in [_until(country, today)]
        if until is not None
    ]
    return sorted(found, key=lambda horizon: (horizon.until, horizon.country))


def ending(*, today: date) -> list[Horizon]:
    """Those that end within WARN_AHEAD, or have ended."""
    return [one for one in horizons(today=today) if one.until - WARN_AHEAD <= today]


def _until(country: str, today: date) -> date | None:
    imported = HolidayYear.objects.filter(country=country).values_list("year", flat=True)
    return known_until(country=country, imported=imported, today=today)
