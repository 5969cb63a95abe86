"""Service today: first replies, debts, promises, what is overdue and whose."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Q, Value
from django.utils.translation import gettext_lazy as _

from desk.dashboards.counting import (
    DECIDED_AT,
    IN_TIME,
    LIVE,
    LONG,
    NOBODY,
    edges,
    ended,
    left,
    names_of,
    part_of,
    percent,
    spanning,
)
from desk.dashboards.serving import Dashboard, Scope
from desk.dashboards.shapes import Cell, Column, Figure, Point, Row, Series, Table
from desk.dashboards.steps import steps
from desk.dashboards.today_rows import PROMISE, REPLY, ROWS, debts, opened, overdue, resolved
from desk.models import ClockItem, QueueItem, RescueItem


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


class Totals(NamedTuple):
    """What is told of a period, this one or the one before."""

    first: Outcome
    promises: Outcome
    opened: int
    resolved: int


class Today:
    """What is counted of the service; a period and the one before in the same statements."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.window = scope, scope.window
        self.starts = edges(scope.asked)
        self.span, self.earlier = spanning(scope.asked, scope.window)

    @cached_property
    def clocks(self) -> dict[tuple[str, int | None, int | None], Outcome]:
        """First replies and promises by kind with whose (0: nobody's), with part, and alone.

        Those of the period before by kind and part alone.
        """
        found: dict[tuple[str, int | None, int | None], list[int]] = defaultdict(lambda: [0, 0])
        days = [*self.earlier, *self.starts]
        kept_ = Count("customer", filter=IN_TIME)
        for decided_, decided_at, in_time in (
            (ended(self.span), DECIDED_AT, kept_),
            (left(self.span), "due_at", Value(0)),  # without when it ended: of an index alone
        ):
            rows = self.scope.of(ClockItem).filter(decided_, kind__in=[REPLY, PROMISE])
            told = rows.values_list("kind", "staff_id", part_of(decided_at, days))
            for kind, staff, at, many, kept in told.annotate(many=Count("*"), kept=in_time):
                part = at - len(self.earlier)
                whose_ = [(kind, None, None), (kind, staff or NOBODY, None)] if part > 0 else []
                for key in (*whose_, (kind, None, part)):
                    found[key][0] += kept
                    found[key][1] += many - kept
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
        place = part_of("started_at", [*self.earlier, *self.starts])
        rows = opened(self.scope, self.span).values_list(place).annotate(many=Count("*"))
        return Counter({at - len(self.earlier): many for at, many in rows})

    @cached_property
    def resolved(self) -> dict[str, int]:
        """Tickets resolved, in the period and in the one before."""
        here = Q(ended_at__gte=self.window.since)
        before = Q(ended_at__lt=self.scope.before.window.until)
        found: dict[str, int] = resolved(self.scope, self.span).aggregate(
            here=Count("customer", filter=here), before=Count("customer", filter=before)
        )
        return found

    @property
    def totals(self) -> Totals:
        """Of the period."""
        opened_ = sum(many for part, many in self.opened.items() if part > 0)
        first, promises = self.outcome(REPLY), self.outcome(PROMISE)
        return Totals(first, promises, opened_, self.resolved["here"])

    def before(self) -> Earlier:
        """What of it is told of the preceding period."""
        part = 1 - len(self.earlier)
        first, promises = (self.outcome(kind, part=part) for kind in (REPLY, PROMISE))
        return Earlier(Totals(first, promises, self.opened[part], self.resolved["before"]))

    def figures(self) -> list[Figure]:
        """Those of the period, and those of this moment."""
        return [*of_period(self.totals), *self._of_now()]

    def _of_now(self) -> list[Figure]:
        queues = self.queues.values()
        open_, late, long = (sum(column) for column in zip(*queues, strict=True)) if queues else (
            0, 0, 0)  # fmt: skip
        owed = debts(self.scope).count()
        rescues = self.scope.of(RescueItem).filter(closed_at__isnull=True)
        waiting = rescues.aggregate(
            n=Count("*"), alone=Count("customer", filter=Q(contacted_at__isnull=True))
        )
        return [
            Figure("debts", _("Real answers owed"), owed, "count", owed,
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


class Earlier(NamedTuple):
    """The preceding period: figures alone."""

    totals: Totals

    def figures(self) -> list[Figure]:
        """Those that have a period."""
        return of_period(self.totals)


def of_period(told: Totals) -> list[Figure]:
    """The figures of a period."""
    first, promises = told.first, told.promises
    return [
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
        Figure("opened", _("Tickets opened"), told.opened, "count", told.opened,
               _("Tickets opened in the period, whatever became of them since."), "opened"),
        Figure("resolved", _("Tickets resolved"), told.resolved, "count", told.resolved,
               _("Tickets resolved for the first time in the period, in time or late. Those"
                 " whose policy sets no time for resolving are left out."), "resolved"),
    ]  # fmt: skip


TODAY = Dashboard("service-today", _("Service today"), Today, ROWS)
