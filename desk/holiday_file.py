"""A year of holidays as a file: a table in the form of holiday-cn.

That is JSON: ``{"year": 2026, "papers": ["https://…"], "days": [{"name": "国庆节", "date":
"2026-10-01", "isOffDay": true}, …]}``; a day that is not off is a make-up working day. See
https://github.com/NateScarlet/holiday-cn.
"""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from desk.operations.public_holidays import Holiday

FIRST_YEAR, LAST_YEAR = 1990, 2100
LONGEST_NAME = 60
MOST_BYTES = 200_000
"""A year of holiday-cn has five thousand."""

NEIGHBOURHOOD = timedelta(days=31)
"""How far before and after its year a day may lie: a New Year is made up for in December."""

_NAMED = re.compile(r"\b(\d{4})\.json\b")

Days = dict[date, Holiday]


class BrokenYear(ValueError):
    """No year of holidays; the text names the place and the remedy, in the reader's words."""


def read_year(document: str | bytes, *, source: str = "") -> tuple[int, Days]:
    """The year and its days, by date. Raises BrokenYear.

    A source that is called after a year, such as 2026.json, must be of that year.
    """
    read = _object(document)
    year = _year(read.get("year"), source)
    days: Days = {}
    for number, line in enumerate(_lines(read.get("days"), year), 1):
        try:
            day, holiday = _day(line, year)
            if day in days:
                raise BrokenYear(_("%(day)s stands there twice.") % {"day": day})
        except BrokenYear as wrong:
            said = _("Day %(number)s: %(wrong)s") % {"number": number, "wrong": wrong}
            raise BrokenYear(said) from None
        days[day] = holiday
    if not any(holiday.is_off for holiday in days.values()):
        raise BrokenYear(_("“days”: none of them is a day off; that can't be a whole year."))
    return year, dict(sorted(days.items()))


def _year(year: Any, source: str) -> int:
    if type(year) is not int or not FIRST_YEAR <= year <= LAST_YEAR:
        said = _("“year”: write the year as a number from %(first)s to %(last)s, not %(found)s.")
        raise BrokenYear(said % {"first": FIRST_YEAR, "last": LAST_YEAR, "found": _short(year)})
    named = _NAMED.search(source)
    if named and int(named[1]) != year:
        said = _("“year” is %(year)s, but the file is called %(named)s: which one is right?")
        raise BrokenYear(said % {"year": year, "named": named[0]})
    return year


def _lines(lines: Any, year: int) -> list[Any]:
    if not isinstance(lines, list):
        raise BrokenYear(_("“days”: a list of days is missing."))
    if not lines:
        said = _("“days” is empty: the days of %(year)s are not published yet. Import them later.")
        raise BrokenYear(said % {"year": year})
    return lines


def _object(document: str | bytes) -> dict[str, Any]:
    if len(document) > MOST_BYTES:
        raise BrokenYear(_("The file is too large to be a year of holidays."))
    try:
        text = document.decode("utf-8-sig") if isinstance(document, bytes) else document
        read = json.loads(text.lstrip("\ufeff"))
    except UnicodeDecodeError as wrong:
        said = _("The file is not UTF-8 (byte %(at)s).") % {"at": wrong.start + 1}
        raise BrokenYear(said) from None
    except json.JSONDecodeError as wrong:
        said = _("Line %(line)s, column %(column)s: this is not JSON. Take the file as it is.")
        raise BrokenYear(said % {"line": wrong.lineno, "column": wrong.colno}) from None
    except (ValueError, RecursionError):
        raise BrokenYear(_("This is not JSON. Take the file as it is.")) from None
    if not isinstance(read, dict):
        raise BrokenYear(_("One object with “year” and “days” is needed."))
    return read


def _day(line: Any, year: int) -> tuple[date, Holiday]:
    if not isinstance(line, dict):
        raise BrokenYear(_("an object with “name”, “date” and “isOffDay” is needed."))
    name, is_off = _name(line.get("name")), line.get("isOffDay")
    if not isinstance(is_off, bool):
        raise BrokenYear(_("“isOffDay” must be true or false."))
    day = _date(line.get("date"))
    around = date(year, 1, 1) - NEIGHBOURHOOD, date(year, 12, 31) + NEIGHBOURHOOD
    if not around[0] <= day <= around[1]:
        said = _("%(day)s is not of the year %(year)s: it is the wrong file, or the wrong year.")
        raise BrokenYear(said % {"day": day, "year": year})
    return day, Holiday(name, is_off=is_off)


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise BrokenYear(_("“name” is missing."))
    if len(name) > LONGEST_NAME:
        raise BrokenYear(_("“name” is longer than %(most)s characters.") % {"most": LONGEST_NAME})
    return name.strip()


def _date(text: Any) -> date:
    try:
        if len(text) == len("2026-10-01"):
            return date.fromisoformat(text)
    except (TypeError, ValueError):
        pass
    said = _("“date”: write it as 2026-10-01, not %(found)s.")
    raise BrokenYear(said % {"found": _short(text)})


def _short(found: Any) -> str:
    text = json.dumps(found, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}…"
