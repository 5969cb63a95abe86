"""Service today: first replies, debts, promises, what is overdue and whose."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from desk.dashboards.counting import (
    DECIDED_AT,
    LIVE,
    LONG,
    NOBODY,
    bad,
    decided,
    edges,
    ended,
    good,
    left,
    names_of,
    part_of,
    percent,
    whose,
    within,
)
from desk.dashboards.serving import Dashboard, Scope
from desk.dashboards.shapes import Cell, Column, Figure, Point, Row, Series, Table
from desk.dashboards.steps import step_rows, steps
from desk.models import ClockItem, QueueItem, RescueItem
from desk.operations.forgetting import SETTLED_FOR
from desk.words import DueKind, Stands, State

REPLY, PROMISE = DueKind.FIRST_RESPONSE, DueKind.PROMISE


class Outcome(NamedTuple):
    """Clocks of one kind that were decided."""

    good: int = 0
    bad: int = 0

    @property
    def n(self) -> int:
        """How many."""
        return self.good + self.bad

    @property
    def percent(self) -> int | None:
        """The good ones of a hundred."""
        return percent(self.good, self.n)


class Queue(NamedTuple):
    """Somebody's open tickets."""

    open: int = 0
    overdue: int = 0
    long: int = 0


class Today:
    """What is counted of the service."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.window = scope, scope.window
        self.starts = edges(scope.asked)

    @cached_property
    def clocks(self) -> dict[tuple[str, int | None, int | None], Outcome]:
        """First replies and promises by kind with whose (0: nobody's), with part, and alone."""
        found: dict[tuple[str, int | None, int | None], list[int]] = defaultdict(lambda: [0, 0])
        is_kept, is_late = good(self.window), bad(self.window)
        for decided_ in (ended(self.window), left(self.window)):
            rows = self.scope.of(ClockItem).filter(decided_, kind__in=[REPLY, PROMISE])
            told = rows.values_list("kind", "staff_id", part_of(DECIDED_AT, self.starts))
            counted = told.annotate(
                kept=Count("customer", filter=is_kept), late=Count("customer", filter=is_late)
            )
            for kind, staff, part, kept, late in counted:
                for key in ((kind, None, None), (kind, staff or NOBODY, None), (kind, None, part)):
                    found[key][0] += kept
                    found[key][1] += late
        return {key: Outcome(*both) for key, both in found.items()}

    def outcome(self, kind: str, *, staff: int | None = None, part: int | None = None) -> Outcome:
        """Those of one kind, of somebody or of a part."""
        return self.clocks.get((kind, staff, part), Outcome())

    @cached_property
    def queues(self) -> dict[int, Queue]:
        """Open tickets by owner."""
        rows = self.scope.of(QueueItem).filter(LIVE)
        late, long = overdue(self.scope), Q(opened_at__lt=self.scope.now - LONG)
        told = rows.values_list("owner_id").annotate(
            many=Count("*"),
            late=Count("customer", filter=late),
            long=Count("customer", filter=long),
        )
        return {owner or NOBODY: Queue(*counted) for owner, *counted in told}

    @cached_property
    def opened(self) -> Counter[int]:
        """Tickets opened, by part."""
        rows = _opened(self.scope).values_list(part_of("started_at", self.starts))
        return Counter(dict(rows.annotate(many=Count("*"))))

    def figures(self) -> list[Figure]:
        """Those of the period, and those of this moment."""
        first, promises = self.outcome(REPLY), self.outcome(PROMISE)
        opened, resolved = sum(self.opened.values()), _resolved(self.scope).count()
        told = [
            Figure("first-reply", _("First reply in target"), first.percent, "percent", first.n,
                   _("Of the first replies whose outcome became known in the period, in time when"
                     " given or late when their time passed: how many came in time. Tickets that"
                     " were withdrawn, doubled or spam are left out."), "first-reply", better="up"),
            Figure("promises-kept", _("Promises kept"), promises.percent, "percent", promises.n,
                   _("Of the promises whose outcome became known in the period: how many were kept"
                     " in time. One given a new time before the old one passed is neither."),
                   "promises", better="up"),
            Figure("promises-broken", _("Promises broken"), promises.bad, "count", promises.n,
                   _("Promises whose time passed in the period before they were kept, whether or"
                     " not we made them good later; n: kept and broken ones."),
                   "promises-broken", better="down"),
            Figure("opened", _("Tickets opened"), opened, "count", opened,
                   _("Tickets opened in the period, whatever became of them since."), "opened"),
            Figure("resolved", _("Tickets resolved"), resolved, "count", resolved,
                   _("Tickets resolved for the first time in the period, in time or late. Those"
                     " whose policy sets no time for resolving are left out."), "resolved"),
        ]  # fmt: skip
        return told if self.scope.is_past else [*told, *self._of_now()]

    def _of_now(self) -> list[Figure]:
        queues = self.queues.values()
        open_, late, long = (sum(column) for column in zip(*queues, strict=True)) if queues else (
            0, 0, 0)  # fmt: skip
        debts = _debts(self.scope).count()
        rescues = self.scope.of(RescueItem).filter(closed_at__isnull=True)
        waiting = rescues.aggregate(
            n=Count("*"), alone=Count("customer", filter=Q(contacted_at__isnull=True))
        )
        return [
            Figure("debts", _("Real answers owed"), debts, "count", debts,
                   _("At this moment: tickets with a holding reply that no real answer followed."
                     " Closed ones, and ones resolved over 30 days ago, are left out."),
                   "debts", better="down"),
            Figure("overdue", _("Overdue"), late, "count", open_,
                   _("At this moment: open tickets whose next due time has passed; n: all open"
                     " ones."), "overdue", better="down"),
            Figure("open", _("Open"), open_, "count", open_,
                   _("At this moment: tickets neither resolved nor closed."), "open"),
            Figure("open-long", _("Open for over 3 days"), long, "count", open_,
                   _("At this moment: open tickets that were opened over 72 hours ago; n: all open"
                     " ones."), "open-long", better="down"),
            Figure("unrescued", _("Low scores nobody called about"), waiting["alone"], "count",
                   waiting["n"],
                   _("At this moment: low scores that are not closed and whose person we have not"
                     " reached yet; n: all that are not closed."), "unrescued", better="down"),
        ]  # fmt: skip

    def series(self) -> list[Series]:
        """Part by part of the period."""
        parts = list(enumerate(self.starts, start=1))
        replies = [(start, self.outcome(REPLY, part=part)) for part, start in parts]
        return [
            Series("first-reply", _("First reply in target"), "percent",
                   [Point(start, one.percent, one.n) for start, one in replies],
                   _("By when the outcome became known; n: first replies.")),
            Series("opened", _("Tickets opened"), "count",
                   [Point(start, self.opened[part], self.opened[part]) for part, start in parts],
                   _("By when they were opened.")),
        ]  # fmt: skip

    def tables(self) -> list[Table]:
        """By whom: those with the most overdue tickets first."""
        people = {by for _kind, by, _part in self.clocks if by is not None} | self.queues.keys()
        names = names_of(people)
        order = sorted(people, key=lambda one: (*self._worst(one), names.get(one, "")))
        columns = [
            Column("open", _("Open"), "count"),
            Column("overdue", _("Overdue"), "count"),
            Column("promises-kept", _("Promises kept"), "percent"),
            Column("first-reply", _("First reply in target"), "percent"),
        ]
        rows = [Row(str(one), names.get(one) or _("Nobody"), self._cells(one)) for one in order]
        words = _(
            "Open and overdue ones by who owns the ticket now, promises by who gave them, first"
            " replies by who gave them; late ones that nobody has given yet stand with nobody."
        )
        told = Table("people", _("By whom"), _("Who"), columns, rows, words)
        return [told, steps(self.scope)]

    def _worst(self, one: int) -> tuple[int, int]:
        queue = self.queues.get(one, Queue())
        return -queue.overdue, -queue.open

    def _cells(self, one: int) -> list[Cell]:
        queue, of = self.queues.get(one, Queue()), str(one)
        promises, first = (self.outcome(kind, staff=one) for kind in (PROMISE, REPLY))
        return [
            Cell(queue.open, queue.open, "open", of),
            Cell(queue.overdue, queue.open, "overdue", of),
            Cell(promises.percent, promises.n, "promises", of),
            Cell(first.percent, first.n, "first-reply", of),
        ]


# --- Their rows ----------------------------------------------------------------------------------


def overdue(scope: Scope) -> Q:
    """Open tickets whose next due time has passed."""
    return Q(next_due_at__lt=scope.now)


def _opened(scope: Scope) -> Any:
    """A ticket has one first reply to wait for, from when it was opened, and it is kept."""
    return scope.of(ClockItem).filter(within("started_at", scope.window), kind=REPLY)


def _resolved(scope: Scope) -> Any:
    met = scope.of(ClockItem).filter(kind=DueKind.RESOLUTION, stands=Stands.MET)
    return met.filter(within("ended_at", scope.window))


def _debts(scope: Scope) -> Any:
    """Clocks of real answers that are owed, one a ticket.

    As the queue has them: closed ones owe none, and settled ones leave it after 30 days.
    """
    lately = Q(settled_at__isnull=True) | Q(settled_at__gte=scope.now - SETTLED_FOR)
    same = QueueItem.objects.filter(customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id"))
    rows = scope.of(ClockItem).filter(kind=DueKind.REAL_ANSWER, ended_at__isnull=True)
    return rows.filter(Exists(same.filter(lately).exclude(state=State.CLOSED)))


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


TODAY = Dashboard(
    "service-today",
    _("Service today"),
    Today,
    {
        "first-reply": _decided(REPLY),
        "promises": _decided(PROMISE),
        "promises-broken": _broken,
        "opened": lambda scope, chosen: _opened(scope).order_by("-started_at", "pk"),
        "resolved": lambda scope, chosen: _resolved(scope).order_by("-ended_at", "pk"),
        "debts": lambda scope, chosen: _debts(scope).order_by("started_at", "pk"),
        "overdue": _live(overdue),
        "open": _live(lambda scope: Q()),
        "open-long": _live(lambda scope: Q(opened_at__lt=scope.now - LONG)),
        "unrescued": _unrescued,
        "steps": step_rows,
    },
)
