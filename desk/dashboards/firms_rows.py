"""The rows behind figures of customers."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from desk.dashboards.asking import Window
from desk.dashboards.counting import LIVE, at, bad, decided, within
from desk.dashboards.health import health_at
from desk.dashboards.serving import Rows, Scope
from desk.models import ClockItem, QueueItem
from desk.words import DueKind

REPLY, PROMISE = DueKind.FIRST_RESPONSE, DueKind.PROMISE


def _of(chosen: str) -> Q:
    """Rows of a customer, or of a head office and its branches: ``family:12``."""
    name, _colon, said = chosen.partition(":")
    if name == "family" and said.isdecimal():
        return Q(customer=int(said[:18])) | Q(customer__parent=int(said[:18]))
    return at(chosen)


def opened(scope: Scope, window: Window) -> Any:
    """First replies of tickets opened in the window, one of each."""
    return scope.of(ClockItem).filter(within("started_at", window), kind=REPLY)


def _opened_rows(scope: Scope, chosen: str) -> Any:
    return opened(scope, scope.window).filter(_of(chosen)).order_by("-started_at", "pk")


def _live(wanted: Any) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        found = scope.of(QueueItem).filter(LIVE, wanted(scope), _of(chosen))
        return found.select_related("customer", "owner").order_by("opened_at", "pk")

    return rows


def _broken(scope: Scope, chosen: str) -> Any:
    rows = scope.of(ClockItem).filter(decided(scope.window), bad(scope.window), _of(chosen))
    return rows.filter(kind=PROMISE).order_by("-due_at", "pk")


def _customers(scope: Scope, chosen: str) -> Any:
    name, _colon, said = chosen.partition(":")
    wanted = Q(stage=said) if name == "stage" else Q()
    return scope.customers.filter(wanted).select_related("consultant").order_by("name", "pk")


def _with(wanted: Any) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        every = health_at(scope.customers, scope.of, now=scope.now)
        found = [pk for pk, one in every.items() if wanted(one)]
        return _customers(scope, chosen).filter(pk__in=found)

    return rows


ROWS: dict[str, Rows] = {
    "customers": _customers,
    "at-risk": _with(lambda one: one.is_at_risk),
    "silent": _with(lambda one: one.facts.silence > 0),
    "opened": _opened_rows,
    "opened-before": lambda scope, chosen: _opened_rows(scope.before, chosen),
    "open": _live(lambda scope: Q()),
    "overdue": _live(lambda scope: Q(next_due_at__lt=scope.now)),
    "broken": _broken,
}
