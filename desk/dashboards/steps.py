"""How long each step of handling takes: where the bottleneck is."""

from __future__ import annotations

from typing import Any

from django.db.models import FloatField, Func
from django.utils.translation import gettext_lazy as _

from desk.dashboards.counting import within
from desk.dashboards.serving import Scope
from desk.dashboards.shapes import Cell, Column, Row, Table
from desk.figures import middle_of
from desk.models import ClockItem
from desk.words import DueKind, Stands

STEPS = {
    DueKind.FIRST_RESPONSE: _("Respond: to the first response"),
    DueKind.REAL_ANSWER: _("Answer: from a holding reply to the real answer"),
    DueKind.RESOLUTION: _("Resolve: to the first resolution"),
}
"""Steps of handling that a clock counts; understanding and explaining have none."""

NEWEST = 1_000
"""Clocks of each step that a median is taken of at most: the newest."""


class Seconds(Func):
    """What was counted of a clock, as `desk.figures.step_time` adds it: spans that have ended."""

    template = (
        "(SELECT COALESCE(SUM(EXTRACT(EPOCH FROM (one.span ->> 1)::timestamptz"
        " - (one.span ->> 0)::timestamptz)), 0)::float8"
        " FROM jsonb_array_elements(%(expressions)s) one (span) WHERE one.span ->> 1 <> '')"
    )
    output_field = FloatField()


def steps(scope: Scope) -> Table:
    """The median of each step; one statement."""
    found: dict[str, list[float]] = {}
    first, *others = (
        _met(scope, kind).order_by("-ended_at").values_list("kind", Seconds("spans"))[:NEWEST]
        for kind in STEPS
    )
    for kind, seconds in first.union(*others, all=True):
        found.setdefault(kind, []).append(seconds)
    columns = [Column("median", _("Median"), "minutes"), Column("ended", _("Counted"), "count")]
    words = _(
        "Of the clocks that were met in the period, the newest 1000 of each step at most: time by"
        " the wall, nights and weekends included, without the time it waited for the customer."
        " Clarifying and explaining have no clock, so they are left out."
    )
    rows = [_row(kind, label, found.get(kind, [])) for kind, label in STEPS.items()]
    return Table("steps", _("Time per step of handling"), _("Step"), columns, rows, words)


def _row(kind: DueKind, label: Any, counted: list[float]) -> Row:
    time = middle_of(counted)
    took = Cell(time.seconds // 60 if time else None, len(counted), "steps", kind.value)
    return Row(kind.value, label, [took, Cell(len(counted), len(counted), "steps", kind.value)])


def step_rows(scope: Scope, chosen: str) -> Any:
    """The clocks of a step, or of all of them."""
    return _met(scope, chosen).order_by("-ended_at", "pk")


def _met(scope: Scope, chosen: str) -> Any:
    kinds = [chosen] if chosen in set(STEPS) else list(STEPS)
    met = scope.of(ClockItem).filter(kind__in=kinds, stands=Stands.MET)
    return met.filter(within("ended_at", scope.window))
