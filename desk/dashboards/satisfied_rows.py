"""The rows behind satisfaction."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from desk.dashboards.counting import ANSWERED, at, within
from desk.dashboards.serving import Rows, Scope
from desk.models import CallbackItem, RescueItem, ScoreItem
from desk.satisfaction import KINDS
from desk.satisfaction_figures import Kind


def scores(scope: Scope) -> Any:
    """Scores of the period."""
    return scope.of(ScoreItem).filter(within("answered_at", scope.window), kind__in=KINDS)


def was_asked(scope: Scope) -> Q:
    """People asked in the period whose question was not taken back."""
    return within("asked_at", scope.window) & Q(voided_at__isnull=True)


def answered(scope: Scope) -> Q:
    """Answers given in the period."""
    return within("answered_at", scope.window) & ANSWERED


def _of_kind(kind: str) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        return scores(scope).filter(at(chosen), kind=kind).order_by("value", "-answered_at", "pk")

    return rows


def _people(scope: Scope, chosen: str, wanted: Q) -> Any:
    rows = scope.of(CallbackItem).filter(wanted, at(chosen))
    return rows.select_related("customer", "agent").order_by("-asked_at", "pk")


def _lowscores(column: str) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        found = scope.of(RescueItem).filter(within(column, scope.window), at(chosen))
        return found.select_related("customer", "consultant").order_by(f"-{column}", "pk")

    return rows


ROWS: dict[str, Rows] = {
    "csat": _of_kind(Kind.CSAT),
    "ces": _of_kind(Kind.CES),
    "nps": _of_kind(Kind.NPS),
    "response": lambda scope, chosen: _people(scope, chosen, was_asked(scope)),
    "low": lambda scope, chosen: _people(scope, chosen, answered(scope) & Q(is_low=True)),
    "rescues-closed": _lowscores("closed_at"),
    "contact-time": _lowscores("contacted_at"),
}
