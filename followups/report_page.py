"""A service report as its reader sees it: on a page, as a file, and as a PDF.

What is shown is the report's JSON and nothing else; it is put into the reader's language, on the
customer's wall. Every text in it is escaped: a report holds no HTML of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.brand import fit
from customers.models import VisitKind
from desk.pdf import Printed, printed
from desk.words import DueKind, Kind, State
from product.quiet import zone_of
from tickets.models import Promise

Row = dict[str, Any]

STYLES = "css/report.css"
_TIMES = frozenset({"opened_at", "settled_at", "due_at", "kept_at", "moved_to", "told_at",
                    "held_at", "counted_at"})  # fmt: skip
_CLOCKS = (DueKind.FIRST_RESPONSE, DueKind.REAL_ANSWER, DueKind.RESOLUTION)


@dataclass(frozen=True)
class Figure:
    """One figure: its name and value, of how many, what it was the month before, what it counts."""

    name: str
    value: str
    of: str
    was: str
    definition: str
    share: int | None = None


@dataclass(frozen=True)
class Shown:
    """A report in its reader's words."""

    said: Row
    month: date
    title: str
    figures: list[Figure]
    stages: dict[str, str]


def shown(content: Mapping[str, Any]) -> Shown:
    """Put a report's JSON into words; call it in the reader's language, on the customer's wall."""
    said = _timed(dict(content))
    month = parse_date(content["month"]) or date.min
    return Shown(
        said=_named(said),
        month=month,
        title=date_format(month, "YEAR_MONTH_FORMAT"),
        figures=_figures(content["numbers"], content["before"]),
        stages={"received": str(_("received")), "underway": str(_("planned for a release"))},
    )


def body_of(content: Mapping[str, Any], *, language: str, colour: str) -> SafeString:
    """The report as a part of a page, in that language, on the customer's wall.

    `colour` is the customer's: charts on paper have it; on a page its style sheet goes before.
    """
    with translation.override(language), timezone.override(zone_of(content["zone"])):
        brand = fit(colour).light
        context = {"report": shown(content), "vendor": settings.VENDOR_NAME, "brand": brand}
        return render_to_string("report/_report.html", context)


def document_of(content: Mapping[str, Any], *, language: str, colour: str, styles: str) -> str:
    """The report as a file of its own. `styles`: the address of its style sheets, or its text."""
    context = {
        "body": body_of(content, language=language, colour=colour),
        "language": language,
        "content": content,
        "title": title_of(content, language=language),
        "styles": styles,
        "brand": brand_css(colour),
    }
    return render_to_string("report/document.html", context)


def title_of(content: Mapping[str, Any], *, language: str) -> str:
    """What it is called: of whom, of which month."""
    with translation.override(language):
        month = date_format(parse_date(content["month"]) or date.min, "YEAR_MONTH_FORMAT")
        about = {"customer": content["customer"], "month": month}
        return _("%(customer)s: service report, %(month)s") % about


def file_name(content: Mapping[str, Any], *, ending: str) -> str:
    """What its file is called, in letters that every system takes."""
    return f"{content['prefix'].lower()}-service-report-{content['month'][:7]}.{ending}"


def html_file(content: Mapping[str, Any], *, language: str, colour: str) -> str:
    """The report as one HTML file that loads nothing: its styles are inside."""
    return document_of(content, language=language, colour=colour, styles=style_sheet())


def pdf_file(content: Mapping[str, Any], *, language: str, colour: str) -> Printed:
    """The report as a PDF. Raises `desk.pdf.CannotPrint`."""
    html = document_of(content, language=language, colour=colour, styles="")
    files = {"report.css": (style_sheet() + brand_css(colour)).encode()}
    return printed(html, files=files)


def brand_css(colour: str) -> str:
    """The customer's colour as the report's style sheet asks for it, in the light theme."""
    brand = fit(colour)
    return f":root {{ --brand: {brand.light}; --on-brand: {brand.on_light}; }}\n"


@cache
def style_sheet() -> str:
    """The report's own style sheet; it needs no other one."""
    found = finders.find(STYLES)
    if found is None:
        raise FileNotFoundError(STYLES)
    return Path(found).read_text(encoding="utf-8")


def _timed(said: Row) -> Row:
    """The same with times and days in place of their texts."""
    return {name: _value(name, value) for name, value in said.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _timed(dict(value))
    if isinstance(value, list):
        return [_timed(one) if isinstance(one, Mapping) else one for one in value]
    if name in _TIMES:
        return parse_datetime(value) if value else None
    return parse_date(value) if name == "on" else value


def _named(said: Row) -> Row:
    """The same with the reader's words for states, kinds and outcomes beside them."""
    for row in said["tickets"]["rows"]:
        row["kind_name"], row["state_name"] = Kind(row["kind"]).label, State(row["state"]).label
    for row in said["kinds"]:
        row["name"] = Kind(row["key"]).label
    for row in said["promises"]["rows"]:
        row["became"] = _became(row)
    for row in (*said["visits"]["rows"], *filter(None, [said["next"]["visit"]])):
        row["kind_name"] = VisitKind(row["kind"]).label
    for row in said["releases"]["rows"]:
        row["notes"] = _notes(row)
    return said


def _notes(release: Row) -> str:
    """In the reader's language, else in the other one."""
    first, second = release["notes_en"], release["notes_zh"]
    if (translation.get_language() or "").startswith("zh"):
        first, second = second, first
    return str(first or second)


def _became(row: Row) -> str:
    """What became of a time that was not kept, said openly."""
    kept, moved = row["kept_at"], row["moved_to"]
    if row["outcome"] == Promise.Outcome.RENEGOTIATED:
        return _("moved to %(time)s") % {"time": _stamp(moved)} if moved else _("moved")
    if kept:
        return _("not kept, done %(time)s") % {"time": _stamp(kept)}
    if moved:
        return _("not kept, new time %(time)s") % {"time": _stamp(moved)}
    return _("not kept")


def _stamp(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _figures(now: Row, before: Row | None) -> list[Figure]:
    found = [
        Figure(_("Asked"), str(now["opened"]), "", _was(before, "opened"),
               _("Tickets opened in the month, without withdrawn ones, doubles and spam.")),
        Figure(_("Resolved"), str(now["resolved"]), "", _was(before, "resolved"),
               _("Tickets resolved in the month that are resolved still.")),
        *(_clock(kind, now, before) for kind in _CLOCKS),
        _kept(now["promises"], before and before["promises"]),
        _score(now["scores"], before and before["scores"]),
    ]  # fmt: skip
    return [one for one in found if one.value]


def _was(before: Row | None, name: str) -> str:
    return "" if before is None else str(before[name])


def _clock(kind: DueKind, now: Row, before: Row | None) -> Figure:
    names = {
        DueKind.FIRST_RESPONSE: (
            _("First response in time"),
            _("First words of a person of ours, within the time agreed."),
        ),
        DueKind.REAL_ANSWER: (
            _("Real answer in time"),
            _("After “we are looking”: the answer itself, within the time agreed."),
        ),
        DueKind.RESOLUTION: (
            _("Resolved in time"),
            _("From the question to its solution, within the time agreed."),
        ),
    }
    name, definition = names[kind]
    was = before["clocks"][kind.value] if before else None
    return _shared(name, definition, now["clocks"][kind.value], was, "met")


def _kept(now: Row, before: Row | None) -> Figure:
    """Of the times that ended: kept; who gets a new time before is not counted as kept."""
    definition = _("Times we promised that came due in the month; a moved one is not a kept one.")
    ended = _ended(now)
    return _shared(_("Promises kept"), definition, ended, before and _ended(before), "kept")


def _ended(promises: Row) -> Row:
    return promises | {"n": promises["kept"] + promises["broken"] + promises["moved"]}


def _shared(name: str, definition: str, now: Row, before: Row | None, part: str) -> Figure:
    """A share of what there was: empty when there was nothing, rather than a made-up percentage."""
    if not now["n"]:
        return Figure(name, "", "", "", definition)
    of = _("%(part)s of %(all)s") % {"part": now[part], "all": now["n"]}
    was = _percent(before[part], before["n"]) if before and before["n"] else ""
    share = _percent(now[part], now["n"])
    return Figure(name, f"{share} %", of, f"{was} %" if was != "" else "", definition, share)


def _percent(part: int, whole: int) -> int:
    """Rounded down: 100 stands for all of them."""
    return part * 100 // whole


def _score(now: Row, before: Row | None) -> Figure:
    definition = _("Mean of the scores from 1 to 5 that you gave in the month.")
    if not now["n"]:
        return Figure(_("Satisfaction"), "", "", "", definition)
    was = before["mean"] if before and before["n"] else None
    return Figure(
        _("Satisfaction"),
        number_format(now["mean"], 1),
        _("%(count)s scores") % {"count": now["n"]},
        "" if was is None else number_format(was, 1),
        definition,
    )
