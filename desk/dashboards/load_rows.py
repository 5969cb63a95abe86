"""The rows behind load and cost."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from desk.dashboards.counting import LIVE, at, whose, within
from desk.dashboards.rates import rates_now, unrated
from desk.dashboards.serving import Rows, Scope
from desk.models import ClockItem, QueueItem
from desk.models import TimeItem as Time
from desk.words import DueKind


def times(scope: Scope) -> Any:
    """Time spent in the period."""
    return scope.of(Time).filter(within("spent_at", scope.window))


def _chosen(chosen: str, person: str) -> Q:
    """``owner:3`` and ``staff:3`` are whose a row is, ``role:agent`` whose kind of work."""
    name, _colon, said = chosen.partition(":")
    if name in ("owner", "staff"):
        return whose(person, said)
    return Q(role=said) if name == "role" else at(chosen)


def _time_rows(wanted: Q) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        found = times(scope).filter(wanted, _chosen(chosen, "staff"))
        return found.order_by("-spent_at", "pk")

    return rows


def _unrated(scope: Scope, chosen: str) -> Any:
    return times(scope).filter(unrated(rates_now())).order_by("-spent_at", "pk")


def _open_rows(scope: Scope, chosen: str) -> Any:
    rows = scope.of(QueueItem).filter(LIVE, _chosen(chosen, "owner"))
    return rows.select_related("customer", "owner").order_by("opened_at", "pk")


def opened(scope: Scope) -> Any:
    """Tickets opened in the period."""
    rows = scope.of(ClockItem).filter(within("started_at", scope.window))
    return rows.filter(kind=DueKind.FIRST_RESPONSE)


def _worth(scope: Scope, chosen: str) -> Any:
    rows = scope.customers.filter(at(chosen, "pk") if "customer" in chosen else Q())
    if chosen.startswith("consultant:"):
        rows = rows.filter(whose("consultant", chosen.partition(":")[2]))
    return rows.select_related("consultant").order_by("name", "pk")


ROWS: dict[str, Rows] = {
    "open": _open_rows,
    "opened": lambda scope, chosen: opened(scope).order_by("-started_at", "pk"),
    "minutes": _time_rows(Q()),
    "written": _time_rows(Q(is_suggested=False)),
    "unrated": _unrated,
    "worth": _worth,
}
