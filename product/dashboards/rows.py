"""The rows behind problems and releases, and how they are shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from desk import places
from desk.dashboards.asking import Window
from desk.dashboards.counting import within
from desk.dashboards.drawing import customers_of, of_ticket, tickets_at
from desk.dashboards.serving import Rows, Scope
from desk.dashboards.shapes import Line
from desk.models import ClockItem
from desk.words import DueKind
from product.models import Asker, NoticeItem, Problem, Release, ReleaseCustomer, ReportItem

AROUND = timedelta(days=30)
"""How long before and after a release the tickets of its problems are counted."""

_TICKET = ClockItem.objects.filter(
    customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id"), kind=DueKind.FIRST_RESPONSE
)
OPENED_AT = Subquery(_TICKET.order_by().values("started_at")[:1])
"""When a report's ticket was opened."""

_RELEASE = "problem__release_items__release"


def linked(scope: Scope, window: Window) -> Any:
    """Tickets that were linked to a problem in the window."""
    return scope.of(ReportItem).filter(within("linked_at", window))


def solved(scope: Scope, window: Window) -> Any:
    """Tickets of problems, once for each release of them that went live in the window and reaches.

    Each with `release_key`, `live_at` and `opened_at`.
    """
    rows = scope.of(ReportItem).filter(within(f"{_RELEASE}__live_at", window))
    told = rows.annotate(
        release_key=F(f"{_RELEASE}__pk"),
        live_at=F(f"{_RELEASE}__live_at"),
        is_staged=F(f"{_RELEASE}__is_staged"),
        opened_at=OPENED_AT,
    )
    named = ReleaseCustomer.objects.filter(release=OuterRef("release_key"))
    is_for_all = Q(is_staged=False) & ~Exists(named)
    return told.filter(is_for_all | Exists(named.filter(customer=OuterRef("customer"))))


def asked_before(scope: Scope) -> Any:
    """Of them those that were asked before it went live."""
    return solved(scope, scope.window).filter(opened_at__lt=F("live_at"))


def told(scope: Scope, column: str, window: Window) -> Any:
    """Notices of releases by when they were told, or answered, in the window."""
    return scope.of(NoticeItem).filter(within(column, window))


def unsolved(scope: Scope) -> Any:
    """Problems not live yet, or back, with a ticket at one of the customers."""
    theirs = ReportItem.objects.filter(customer__in=scope.customers.values("pk"))
    reports = theirs.filter(problem=OuterRef("pk"))
    return Problem.objects.unsolved().filter(Exists(reports)).order_by()


def _linked(scope: Scope, chosen: str) -> Any:
    return linked(scope, scope.window).select_related("problem").order_by("-linked_at", "pk")


def _asked_before(scope: Scope, chosen: str) -> Any:
    return asked_before(scope).select_related("problem").order_by("-live_at", "opened_at", "pk")


def _around(is_after: bool) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        """`chosen`: keys of a release and a problem, ``3:17``."""
        release, _colon, problem = chosen.partition(":")
        near = after() if is_after else before()
        found = solved(scope, scope.window).filter(near)
        if release.isdecimal() and problem.isdecimal():
            found = found.filter(release_key=int(release[:18]), problem=int(problem[:18]))
        return found.select_related("problem").order_by("-opened_at", "pk")

    return rows


def before() -> Q:
    """Tickets opened within AROUND before it went live."""
    return Q(opened_at__gte=F("live_at") - AROUND, opened_at__lt=F("live_at"))


def after() -> Q:
    """Within AROUND after it."""
    return Q(opened_at__gte=F("live_at"), opened_at__lt=F("live_at") + AROUND)


def _told(column: str, wanted: Q) -> Any:
    def rows(scope: Scope, chosen: str) -> Any:
        found = told(scope, column, scope.window).filter(wanted)
        if chosen.isdecimal():
            found = _of_release(scope, int(chosen[:18])).filter(wanted)
        return found.select_related("release").order_by(f"-{column}", "pk")

    return rows


def _of_release(scope: Scope, release: int) -> Any:
    """All that became of telling one release, whenever it was."""
    return scope.of(NoticeItem).filter(release=release)


WORKS = Q(answer=NoticeItem.Answer.WORKS)
NOT_WORKING = Q(answer=NoticeItem.Answer.NOT_WORKING)

ROWS: dict[str, Rows] = {
    "inflow": _linked,
    "open-problems": lambda scope, chosen: unsolved(scope).order_by("-created_at", "pk"),
    "asked-live": _asked_before,
    "before": _around(is_after=False),
    "after": _around(is_after=True),
    "told": _told("told_at", Q()),
    "confirmed": _told("answered_at", WORKS),
    "not-working": _told("answered_at", NOT_WORKING),
}


# --- As they are shown ---------------------------------------------------------------------------


def drawn(scope: Scope, figure: str, rows: list[Any]) -> list[Line]:
    """One page of them."""
    if not rows:
        return []
    if isinstance(rows[0], Problem):
        return [_problem(row) for row in rows]
    return _notices(rows) if isinstance(rows[0], NoticeItem) else _reports(rows)


def _problem(row: Problem) -> Line:
    return Line(
        ref=row.key,
        subject=row.title,
        href=f"{places.PROBLEMS}{row.key}/",
        customer="",
        who="",
        at=row.created_at,
        due_at=None,
        ended_at=None,
        how=row.get_state_display(),
    )


def _reports(rows: list[ReportItem]) -> list[Line]:
    known = tickets_at((row.customer_id, row.ticket_id) for row in rows)
    firms = customers_of(rows)
    return [
        of_ticket(
            firms[row.customer_id],
            known.get((row.customer_id, row.ticket_id)),
            at=getattr(row, "opened_at", row.linked_at),
            ended_at=getattr(row, "live_at", None),
            how=str(row.problem),
        )
        for row in rows
    ]


def _notices(rows: list[NoticeItem]) -> list[Line]:
    firms, wanted = customers_of(rows), Q(pk__in=[])
    for row in rows:
        wanted |= Q(customer=row.customer_id, contact_id=row.contact_id)
    names = {
        (one.customer_id, one.contact_id): one.name for one in Asker.objects.filter(wanted)
    }  # fmt: skip
    return [
        Line(
            ref=str(row.release),
            subject=names.get((row.customer_id, row.contact_id), ""),
            href=f"{places.RELEASES}{row.release.key}/",
            customer=firms[row.customer_id].name,
            who=names.get((row.customer_id, row.contact_id), ""),
            at=row.told_at,
            due_at=None,
            ended_at=row.answered_at,
            how=row.get_answer_display() or _("not answered"),
        )
        for row in rows
    ]


def live_in(window: Window) -> Any:
    """Releases that went live in the window."""
    return Release.objects.filter(within("live_at", window)).order_by("-live_at", "pk")
