"""A dashboard as a page or a file draws it: figures, series and tables in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.hosts import desk_origin
from desk.charts import MOST_LABELS, SIDE, columns, lines, rungs
from desk.dashboards import Asked, Board, Cell, Column, Figure, Row, Series, Table, rows_path
from servicedesk.dashboards import picker
from servicedesk.dashboards.words import NONE, label, moved, value

FIRST_ROWS = 10
"""Rows of a table that the dashboard itself shows; the others are a page of their own."""

ENOUGH_POINTS = 2
"""With fewer days than that a chart says nothing that its table does not."""

_LINED = ("percent", "score")


def tile(figure: Figure, asked: Asked, name: str) -> dict[str, Any]:
    """A figure at a glance: value, n, how it moved, what it counts, where its rows are."""
    counts_rows = figure.unit == "count" and figure.value == figure.n
    return {
        "name": figure.name,
        "label": figure.label,
        "value": value(figure.value, figure.unit),
        "is_none": figure.value is None or (figure.unit != "count" and not figure.n),
        "n": "" if counts_rows else _("n = %(n)s") % {"n": value(figure.n, "count")},
        "meant": figure.definition,
        "href": rows_path(name, figure.rows, asked=asked) if figure.rows else "",
        "moved": moved(figure) if asked.compare else None,
        "before": _before(figure) if asked.compare else "",
    }


def _before(figure: Figure) -> str:
    if figure.before is None or (figure.unit != "count" and not figure.before_n):
        return ""
    told = {"value": value(figure.before, figure.unit), "n": value(figure.before_n, "count")}
    if figure.unit == "count" and figure.before == figure.before_n:
        return _("before: %(value)s") % told
    return _("before: %(value)s, n = %(n)s") % told


def chart(series: Series) -> dict[str, Any]:
    """A series as a picture and as a table: columns for counts, a line for shares and scores.

    Places that are words are drawn as bars beside their names, in the table itself.
    """
    most = max((Decimal(one.value or 0) for one in series.points), default=Decimal(0)) or 1
    labels = [label(one.label) for one in series.points]
    points = [
        {"label": said, "value": value(one.value, series.unit), "n": one.n,
         "share": round(100 * Decimal(one.value or 0) / most, 1)}
        for said, one in zip(labels, series.points, strict=True)
    ]  # fmt: skip
    is_dated = any(isinstance(one.label, date) for one in series.points)
    counted = sum(1 for one in series.points if one.value is not None)
    made: dict[str, Any] = {
        "name": series.name,
        "label": series.label,
        "meant": series.definition,
        "points": points,
        "counts": series.unit == "count",
        "n": sum(one.n for one in series.points),
        "is_empty": not any(one.value or one.n for one in series.points),
        "is_dated": is_dated,
    }
    if is_dated and counted >= ENOUGH_POINTS:
        made |= _lines(series, labels) if series.unit in _LINED else _columns(series, labels)
    return made


def _columns(series: Series, labels: list[str]) -> dict[str, Any]:
    values = [Decimal(one.value or 0) for one in series.points]
    every = -(-len(values) // MOST_LABELS)
    drawn = [
        (labels[at] if not at % every else "", "", [("good", float(one.value or 0))])
        for at, one in enumerate(series.points)
    ]
    steps = rungs(float(max(values)))
    return {"columns": columns(drawn, most=steps.most, side=SIDE), "rungs": steps.rungs}


def _lines(series: Series, labels: list[str]) -> dict[str, Any]:
    values = [None if one.value is None else float(one.value) for one in series.points]
    top = 100.0 if series.unit == "percent" else None
    return {"lines": lines(labels, [("now", values)], most=top)}


def table(
    of: Table,
    asked: Asked,
    name: str,
    *,
    sort: str = "",
    address: str = "",
    most: int | None = None,
) -> dict[str, Any]:
    """A table in words; `sort` is a column's name, with a dash before it from the most down.

    `most`: how many of its rows are drawn; `many` says how many there are.
    """
    rows = _sorted(of, sort)
    desk = desk_origin()
    return {
        "name": of.name,
        "label": of.label,
        "first": of.first,
        "meant": of.definition,
        "columns": [_head(one, sort, address) for one in of.columns],
        "rows": [
            {
                "name": row.name,
                "href": f"{desk}{row.href}" if row.href else "",
                "cells": [
                    _cell(cell, column, asked, name)
                    for cell, column in zip(row.cells, of.columns, strict=True)
                ],
            }
            for row in rows[:most]
        ],
        "many": len(rows),
        "address": address,
        "more": ngettext("All %(n)s row", "All %(n)s rows", len(rows)) % {"n": len(rows)},
    }


def _head(column: Column, sort: str, address: str) -> dict[str, Any]:
    """The heading of a column, and the address that sorts by it: first from the most down."""
    way = {column.name: "ascending", f"-{column.name}": "descending"}.get(sort, "")
    by = column.name if way == "descending" else f"-{column.name}"
    return {
        "label": column.label,
        "is_number": column.unit != "text",
        "way": way,
        "href": f"{address}&sort={by}" if address else "",
    }


def _cell(cell: Cell, column: Column, asked: Asked, name: str) -> dict[str, Any]:
    shown = value(cell.value, column.unit)
    return {
        "value": shown,
        "label": column.label,
        "is_number": column.unit != "text",
        "n": cell.n if column.unit == "percent" and cell.n else "",
        "href": rows_path(name, cell.rows, asked=asked, of=cell.of)
        if cell.rows and shown != NONE
        else "",
    }


def _sorted(of: Table, sort: str) -> Sequence[Row]:
    """As it comes unless a column is asked for; what has no value comes last either way."""
    names = [column.name for column in of.columns]
    wanted = sort.removeprefix("-")
    if wanted not in names:
        return of.rows
    at = names.index(wanted)
    known = [row for row in of.rows if row.cells[at].value is not None]
    without = [row for row in of.rows if row.cells[at].value is None]
    is_text = any(isinstance(row.cells[at].value, str) for row in known)

    def key(row: Row) -> Any:
        return str(row.cells[at].value).casefold() if is_text else row.cells[at].value

    return [*sorted(known, key=key, reverse=sort.startswith("-")), *without]


def drawn(board: Board, asked: Asked, *, most: int | None = None) -> dict[str, Any]:
    """All of a dashboard, of each table `most` rows."""
    return {
        "tiles": [tile(one, asked, board.name) for one in board.figures],
        "charts": [chart(one) for one in board.series],
        "tables": [
            table(
                one, asked, board.name, address=address_of(board.name, one.name, asked), most=most
            )
            for one in board.tables
        ],
    }


def address_of(name: str, table: str, asked: Asked) -> str:
    """Of a table with all its rows."""
    return f"/dashboards/{name}/tables/{table}/?{picker.query(asked)}"


def first_rows(context: Mapping[str, Any]) -> None:
    """Leave so many rows of each table as the dashboard shows."""
    for one in context["tables"]:
        one["is_cut"] = one["many"] > FIRST_ROWS
        one["rows"] = one["rows"][:FIRST_ROWS]
