"""Values of dashboards in the reader's words, and how they moved."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.dashboards import Asked, Figure
from servicedesk.words import duration

NONE = "–"
_DECIMALS = {"count": 1, "percent": 1, "days": 1, "score": 2, "money": 2}

_MOVED = {
    ("more", "good"): gettext_lazy("%(by)s more: better"),
    ("more", "bad"): gettext_lazy("%(by)s more: worse"),
    ("more", ""): gettext_lazy("%(by)s more"),
    ("less", "good"): gettext_lazy("%(by)s less: better"),
    ("less", "bad"): gettext_lazy("%(by)s less: worse"),
    ("less", ""): gettext_lazy("%(by)s less"),
}
_ARROWS = {"more": "▲", "less": "▼", "same": "="}


class Moved(NamedTuple):
    """How a figure moved: an arrow for the eye, words for everybody, and good, bad or neither."""

    arrow: str
    words: str
    tone: str


def value(it: Any, unit: str) -> str:
    """A value with its unit; a dash where there is none. Minutes are told as people say them."""
    if it is None:
        return NONE
    if isinstance(it, str) or unit == "text":
        return str(it)
    if isinstance(it, date):
        return date_format(it)
    if unit == "minutes":
        return duration(round(it)) if it else _("%(minutes)s min") % {"minutes": 0}
    if unit == "percent":
        return f"{number(it, unit)} %"
    return _("%(days)s d") % {"days": number(it, unit)} if unit == "days" else number(it, unit)


def number(it: Decimal | float, unit: str) -> str:
    """The bare number, thousands grouped, with no more places than it needs; money has two."""
    places = _DECIMALS.get(unit, 1)
    rounded = round(Decimal(it), places)
    whole = rounded == rounded.to_integral_value()
    shown = places if unit in ("money", "score") or not whole else 0
    return str(number_format(rounded, decimal_pos=shown, use_l10n=True, force_grouping=True))


def moved(figure: Figure) -> Moved | None:
    """Against the preceding period; None where one of both has nothing to count it of."""
    if figure.value is None or figure.before is None:
        return None
    by = Decimal(figure.value) - Decimal(figure.before)
    if not by or value(abs(by), figure.unit) == value(0, figure.unit):
        return Moved(_ARROWS["same"], _("as before"), "")
    way = "more" if by > 0 else "less"
    tone = ""
    if figure.better:
        tone = "good" if (figure.better == "up") == (by > 0) else "bad"
    told = {"by": _difference(abs(by), figure.unit)}
    return Moved(_ARROWS[way], str(_MOVED[way, tone]) % told, tone)


def _difference(by: Decimal, unit: str) -> str:
    """Percents differ by points."""
    return _("%(by)s points") % {"by": number(by, unit)} if unit == "percent" else value(by, unit)


def days(asked: Asked) -> str:
    """The days that are asked for, one or a range."""
    if asked.since == asked.last:
        return str(date_format(asked.since))
    told = {"first": date_format(asked.since), "last": date_format(asked.last)}
    return _("%(first)s – %(last)s") % told


def label(of: Any) -> str:
    """A point's: the day without its year, or words."""
    return str(date_format(of, "MONTH_DAY_FORMAT") if isinstance(of, date) else of)
