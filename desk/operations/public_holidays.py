"""Public holidays by country and year: what a library knows or guesses, and until when it knows.

The library takes a third of a second of CPU and 26 MB to load (46 MB with China's moon calendar),
so only who asks for a country loads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from holidays import HolidayBase

YEARLY = frozenset({"CN"})
"""Countries whose government publishes each year's days, make-up working days among them.

Of a year that is not published yet the library only guesses the days off.
"""

LANGUAGES = {"zh-hans": "zh_CN", "en": "en_US"}
"""Ours → the library's; a country that lacks one answers in its own way."""

_CODE = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,4}))?")
_SOME = "CN, DE, DE-BY, FR, GB-ENG, JP, SG, US"


class NoSuchCountry(ValueError):
    """No such country or region is known; the text says what to write, in the reader's words."""


@dataclass(frozen=True)
class Holiday:
    """A day on which a country does not do as its weekday says.

    Off, or a make-up working day (`is_off` False); by name, which may be empty.
    """

    name: str
    is_off: bool


def check_country(country: str) -> None:
    """Refuse what is no country, or no region of it. Raises NoSuchCountry."""
    holidays_in(country=country, year=2000)


@lru_cache(maxsize=512)
def holidays_in(*, country: str, year: int, language: str = "en") -> Mapping[date, Holiday]:
    """What the library says of a year, by day. Raises NoSuchCountry.

    Days of the year before may be among them: a New Year is made up for in December.
    """
    said = _library(country, year, language)
    made_up = (day for day in said.weekend_workdays if year - 1 <= day.year <= year)
    days = {day: Holiday("", is_off=False) for day in made_up}
    days |= {day: Holiday(name, is_off=True) for day, name in said.items()}
    return MappingProxyType(dict(sorted(days.items())))


def known_until(*, country: str, imported: Iterable[int], today: date) -> date | None:
    """The last day of the years that are published, without a gap from today's on.

    None where the law says the days for ever; `date.min` where nothing is known. Years are those
    that the library has as published and those imported here.
    """
    if country.partition("-")[0] not in YEARLY:
        return None
    known = {*imported, *_library(country, today.year, "en").special_public_holidays}
    last = max((year for year in known if year <= today.year), default=None)
    if last is None:
        return date.min
    while last + 1 in known:
        last += 1
    return date(last, 12, 31)


def _library(country: str, year: int, language: str) -> HolidayBase:
    from holidays import country_holidays  # slow, see above

    match = _CODE.fullmatch(country)
    if match is None:
        raise NoSuchCountry(_unknown(country))
    try:
        return country_holidays(
            match[1], subdiv=match[2], years=year, language=LANGUAGES.get(language)
        )
    except NotImplementedError as unknown:  # how the library says: no such country or region
        try:
            regions = country_holidays(match[1]).subdivisions
        except NotImplementedError:  # and here: not the country either
            raise NoSuchCountry(_unknown(country)) from unknown
        raise NoSuchCountry(_no_region(match[1], match[2], regions)) from unknown


def _unknown(country: str) -> str:
    said = _(
        "No holidays are known for “%(country)s”. Write a country's code of two letters, with a"
        " region where that matters: %(some)s."
    )
    return said % {"country": country[:20], "some": _SOME}


def _no_region(country: str, region: str, regions: Iterable[str]) -> str:
    codes = [f"{country}-{code}" for code in regions if _CODE.fullmatch(f"{country}-{code}")]
    if not codes:
        said = _("%(country)s has no regions with holidays of their own: write %(country)s.")
        return said % {"country": country}
    said = _("%(country)s has no region %(region)s; write %(country)s, or one of %(codes)s.")
    return said % {"country": country, "region": region, "codes": ", ".join(codes)}
