"""The rows behind service today."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Q, Subquery

from desk.dashboards.asking import Window
from desk.dashboards.counting import LIVE, LONG, bad, decided, whose, within
from desk.dashboards.serving import Rows, Scope
from desk.dashboards.steps import step_rows
from desk.models import ClockItem, QueueItem, RescueItem
from desk.operations.forgetting import SETTLED_FOR
from desk.words import DueKind, Stands, State

REPLY, PROMISE = DueKind.FIRST_RESPONSE, DueKind.PROMISE


def overdue(scope: Scope) -> Q:
    """Open tickets whose next due time has passed."""
    return Q(next_due_at__lt=scope.now)


def opened(scope: Scope, window: Window) -> Any:
    """A ticket has one first reply to wait for, from when it was opened, and it is kept."""
    return scope.of(ClockItem).filter(within("started_at", window), kind=REPLY)


def resolved(scope: Scope, window: Window) -> Any:
    """Clocks of first resolutions."""
    met = scope.of(ClockItem).filter(kind=DueKind.RESOLUTION, stands=Stands.MET)
    return met.filter(within("ended_at", window))


def debts(scope: Scope) -> Any:
    """Clocks of real answers that are owed, one a ticket.

    As the queue has them: closed ones owe none, and settled ones leave it after 30 days. Each is
    looked up there, since few are owed; a join would read the whole queue.
    """
    lately = Q(settled_at__isnull=True) | Q(settled_at__gte=scope.now - SETTLED_FOR)
    same = QueueItem.objects.filter(customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id"))
    rows = scope.of(ClockItem).filter(kind=DueKind.REAL_ANSWER, ended_at__isnull=True)
    standing = same.filter(lately).exclude(state=State.CLOSED).order_by().values("pk")[:1]
    return rows.alias(standing=Subquery(standing)).filter(standing__isnull=False)


def _decided(kind: str) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        found = scope.of(ClockItem).filter(decided(scope.window), whose("staff", chosen), kind=kind)
        return found.order_by("-due_at", "pk")

    return rows


def _broken(scope: Scope, chosen: str) -> Any:
    rows = scope.of(ClockItem).filter(bad(scope.window), kind=PROMISE)
    return rows.filter(whose("staff", chosen)).order_by("-due_at", "pk")


def _live(wanted: Any) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        found = scope.of(QueueItem).filter(LIVE, wanted(scope), whose("owner", chosen))
        return found.select_related("customer", "owner").order_by("opened_at", "pk")

    return rows


def _unrescued(scope: Scope, chosen: str) -> Any:
    rows = scope.of(RescueItem).filter(closed_at__isnull=True, contacted_at__isnull=True)
    return rows.select_related("customer", "consultant").order_by("opened_at", "pk")


ROWS: dict[str, Rows] = {
    "first-reply": _decided(REPLY),
    "promises": _decided(PROMISE),
    "promises-broken": _broken,
    "opened": lambda scope, chosen: opened(scope, scope.window).order_by("-started_at", "pk"),
    "resolved": lambda scope, chosen: resolved(scope, scope.window).order_by("-ended_at", "pk"),
    "debts": lambda scope, chosen: debts(scope).order_by("started_at", "pk"),
    "overdue": _live(overdue),
    "open": _live(lambda scope: Q()),
    "open-long": _live(lambda scope: Q(opened_at__lt=scope.now - LONG)),
    "unrescued": _unrescued,
    "steps": step_rows,
}
