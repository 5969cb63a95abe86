"""Opening hours as people write them, and as `Calendar` keeps them.

A day: ``09:00-12:00, 13:00-18:00``; nothing, or *closed*, is closed; ``00:00-24:00`` is all day.
Special days, one a line: ``2026-10-10 09:00-18:00``, ``2026-10-01 closed``, or several days alike:
``2026-10-01 - 2026-10-07 closed``. Chinese signs and words are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from django.utils.translation import gettext as _

Ranges = list[list[str]]
"""Ranges of a day as `Calendar` keeps them: ``[["09:00", "18:00"]]``; empty is closed."""

CLOSED = ("closed", "close", "-", "休息", "关闭", "休", "放假")
_DASH = r"\s*(?:-|–|—|~|～|－|至|到|to)\s*"  # noqa: RUF001  the ones people type
_TIME = r"(\d{1,2})(?:[:：.](\d{2}))?"
_RANGE = re.compile(rf"{_TIME}{_DASH}{_TIME}")
_BETWEEN = re.compile(r"\s*[,，、;；]\s*|\s+(?=\d{1,2}[:：])")
_DATE = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_LINE = re.compile(rf"{_DATE}(?:{_DASH}{_DATE})?\s*[:：]?\s+(.*)|{_DATE}日?\s*()")
_MOST_DAYS = 400
_MINUTES_A_DAY = 24 * 60


class NoHours(ValueError):
    """What was written is no opening hours; the text says what is wrong, in the reader's words."""


def read_day(text: str) -> Ranges:
    """The ranges of one day. Raises NoHours."""
    text = text.strip()
    if not text or text.lower() in CLOSED:
        return []
    ranged = re.sub(_DASH, "-", text)
    spans = sorted(_span(part) for part in _BETWEEN.split(ranged) if part)
    for (_start, end), (start, _end) in pairwise(spans):
        if start < end:
            raise NoHours(_("Two of the ranges overlap."))
    return [[_clock(start), _clock(end)] for start, end in spans]


def write_day(ranges: Sequence[Sequence[str]]) -> str:
    """One day as people write it; closed is the empty text."""
    return ", ".join(f"{start}-{end}" for start, end in ranges)


def read_special_days(text: str) -> dict[str, Ranges]:
    """ISO date → ranges, in the order of the dates. Raises NoHours, which names the line."""
    days: dict[str, Ranges] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found, hours = _line(line.strip())
            twice = next((day for day in found if day in days), None)
            if twice:
                raise NoHours(_("%(day)s stands there twice.") % {"day": twice})
        except NoHours as wrong:
            said = _("Line %(number)s: %(wrong)s") % {"number": number, "wrong": wrong}
            raise NoHours(said) from None
        days |= dict.fromkeys(found, hours)
    return dict(sorted(days.items()))


def write_special_days(
    days: Mapping[str, Sequence[Sequence[str]]], *, closed: str = "closed"
) -> str:
    """One line for each day, by date."""
    return "\n".join(f"{day} {write_day(hours) or closed}" for day, hours in sorted(days.items()))


def _line(line: str) -> tuple[list[str], Ranges]:
    match = _LINE.fullmatch(line)
    if match is None or match[7] is None:
        raise NoHours(_("Write a date and hours: 2026-10-01 closed, or 2026-10-10 09:00-18:00."))
    first = _day(match[1], match[2], match[3])
    last = _day(match[4], match[5], match[6]) if match[4] else first
    if not timedelta(0) <= last - first <= timedelta(days=_MOST_DAYS):
        raise NoHours(_("The last day is before the first, or more than a year after it."))
    count = (last - first).days + 1
    return [(first + timedelta(days=n)).isoformat() for n in range(count)], read_day(match[7])


def _day(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        said = _("There is no day %(day)s.") % {"day": f"{year}-{month}-{day}"}
        raise NoHours(said) from None


def _span(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise NoHours(_("“%(text)s” is no range; write 09:00-12:00, 13:00-18:00.") % {"text": text})
    start, end = _minutes(match[1], match[2]), _minutes(match[3], match[4])
    if start >= end:
        raise NoHours(
            _("%(text)s ends before it starts; hours past midnight belong to the next day.")
            % {"text": text}
        )
    return start, end


def _minutes(hours: str, minutes: str | None) -> int:
    of_day = int(hours) * 60 + int(minutes or 0)
    if of_day > _MINUTES_A_DAY or int(minutes or 0) > 59:
        said = _("There is no time %(time)s.") % {"time": f"{hours}:{minutes or '00'}"}
        raise NoHours(said)
    return of_day


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
