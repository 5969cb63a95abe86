"""Dashboards to take along: as CSV for a spreadsheet, as PDF for a meeting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.csv_rows import Value
from accounts.csv_rows import lines as as_lines
from accounts.models import User
from desk.charts import HEIGHT, WIDTH
from desk.dashboards import Asked, Board, Series, Table, board, lines, rows_of
from desk.pdf import pdf_of
from servicedesk.dashboards import page, picker
from servicedesk.dashboards.words import days

AT_ONCE = 500
"""Rows of a figure that are looked up together."""

MOST_PRINTED = 60
"""Rows of a table that are printed; the CSV has them all."""


def filename(name: str, asked: Asked, ending: str) -> str:
    """``service-today-2026-11-01-2026-11-30.pdf``."""
    return f"{name}-{asked.since.isoformat()}-{asked.last.isoformat()}.{ending}"


def as_csv(name: str, *, user: User, asked: Asked, now: datetime) -> str:
    """Everything of a dashboard: figures, series and tables below each other, with definitions."""
    told = board(name, user=user, asked=asked, now=now)
    rows = _all(told, asked, picker.narrowed(asked, picker.choices(user)))
    return "".join(as_lines(rows, is_for_excel=True))


def _all(told: Board, asked: Asked, whose: list[str]) -> Iterator[list[Value]]:
    yield [str(told.label)]
    yield [_("Period"), asked.since, asked.last, timezone.get_current_timezone_name()]
    if asked.compare:
        before = asked.before()
        yield [_("Compared with"), before.since, before.last]
    yield [_("Narrowed to"), ", ".join(whose) or _("all customers you serve")]
    yield []
    head = [_("Figure"), _("Value"), _("Unit"), "n"]
    yield [*head, *([_("Before"), _("n before")] if asked.compare else []), _("What it counts")]
    for one in told.figures:
        compared = [one.before, one.before_n] if asked.compare else []
        told_of: list[Value] = [str(one.label), one.value, one.unit, one.n, *compared]
        yield [*told_of, str(one.definition)]
    for series in told.series:
        yield from _series(series)
    for table in told.tables:
        yield from _table(table)


def _series(series: Series) -> Iterator[list[Value]]:
    yield []
    yield [str(series.label), str(series.definition)]
    yield ["", f"{series.label} ({series.unit})", "n"]
    for point in series.points:
        whose = point.label if isinstance(point.label, date) else str(point.label)
        yield [whose, point.value, point.n]


def _table(table: Table) -> Iterator[list[Value]]:
    yield []
    yield [str(table.label), str(table.definition)]
    head: list[Value] = [str(table.first)]
    for column in table.columns:
        head += [f"{column.label} ({column.unit})" if column.unit != "text" else str(column.label)]
        head += ["n"] if column.unit not in ("text", "count") else []
    yield head
    for row in table.rows:
        cells: list[Value] = [str(row.name)]
        for cell, column in zip(row.cells, table.columns, strict=True):
            cells += [str(cell.value) if column.unit == "text" else cell.value]
            cells += [cell.n] if column.unit not in ("text", "count") else []
        yield cells


def rows_as_csv(
    name: str, figure: str, *, user: User, asked: Asked, now: datetime, chosen: str
) -> Iterator[str]:
    """The rows that a figure counts, all of them. Raises NoSuchFigure, before the first."""
    found = rows_of(name, figure, user=user, asked=asked, now=now, chosen=chosen)
    known: dict[str, Any] = {"user": user, "asked": asked, "now": now}
    return as_lines(_rows(name, figure, found, known), is_for_excel=True)


def _rows(name: str, figure: str, found: Any, known: dict[str, Any]) -> Iterator[list[Value]]:
    yield [_("Reference"), _("Subject"), _("Customer"), _("Who"), _("From"), _("Due"),
           _("Ended"), _("State"), _("Value"), _("Unit")]  # fmt: skip
    for batch in _batches(found):
        for line in lines(name, figure, batch, **known):
            moments = [_here(at) for at in (line.at, line.due_at, line.ended_at)]
            yield [line.ref, line.subject, line.customer, line.who, *moments, str(line.how),
                   line.value, line.unit if line.value is not None else ""]  # fmt: skip


def _here(at: datetime | None) -> datetime | None:
    return timezone.localtime(at).replace(microsecond=0) if at else None


def _batches(found: Any) -> Iterator[list[Any]]:
    batch: list[Any] = []
    every: Iterable[Any] = found.iterator(AT_ONCE) if hasattr(found, "iterator") else found
    for row in every:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def as_pdf(name: str, *, user: User, asked: Asked, now: datetime) -> bytes:
    """A dashboard on paper: A4, with its filters and what each figure counts.

    Raises CannotPrint, with the reason in words.
    """
    sheet = settings.BASE_DIR / "static/css/print_dashboard.css"
    return pdf_of(
        printed(name, user=user, asked=asked, now=now), files={"print.css": sheet.read_bytes()}
    )


def printed(name: str, *, user: User, asked: Asked, now: datetime) -> str:
    """The page that is printed."""
    told, choices = board(name, user=user, asked=asked, now=now), picker.choices(user)
    context = page.drawn(told, asked)
    for one in context["tables"]:
        one["left_out"] = max(len(one["rows"]) - MOST_PRINTED, 0)
        one["rows"] = one["rows"][:MOST_PRINTED]
    context |= {
        "title": told.label,
        "days": days(asked),
        "header": picker.header(asked, choices),
        "reader": user.name,
        "now": now,
        "zone": timezone.get_current_timezone_name(),
        "language": get_language(),
        "chart": {"width": WIDTH, "height": HEIGHT},
        "meanings": [*context["tiles"], *context["charts"], *context["tables"]],
    }
    return render_to_string("admin/dashboard_print.html", context)
