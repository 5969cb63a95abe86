"""Customers: health with its reasons, silence, what they ask now and asked before, branches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from desk import places
from desk.dashboards.counting import bad as is_bad
from desk.dashboards.counting import (
    edges,
    ended,
    left,
    part_of,
    rounded,
)
from desk.dashboards.firms_rows import PROMISE, ROWS, opened
from desk.dashboards.health import Health, health_at
from desk.dashboards.serving import Dashboard, Scope
from desk.dashboards.shapes import Cell, Column, Figure, MadeRows, Point, Row, Series, Table, Words
from desk.models import ClockItem


class Firm(NamedTuple):
    """A customer as its line shows it."""

    pk: int
    name: str
    code: str
    stage: str
    parent: int | None


class Counted(NamedTuple):
    """Tickets opened in the period and in the one before, and promises that were broken."""

    opened: int = 0
    before: int = 0
    broken: int = 0


class Firms:
    """What is counted of customers."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.window = scope, scope.window
        self.starts = edges(scope.asked)

    @cached_property
    def firms(self) -> dict[int, Firm]:
        """All that are asked for."""
        rows = self.scope.customers.values_list("pk", "name", "code", "stage", "parent_id")
        return {row[0]: Firm(*row) for row in rows}

    @cached_property
    def health(self) -> dict[int, Health]:
        """How each is doing now."""
        return health_at(self.scope.customers, now=self.scope.now, rows=self.scope.of)

    @cached_property
    def counted(self) -> dict[int, Counted]:
        """Tickets opened and promises broken, by customer."""
        here, earlier = self.window, self.scope.before.window
        both = replace(here, since=earlier.since)
        told = (
            opened(self.scope, both)
            .values_list("customer_id")
            .annotate(
                here=Count("customer", filter=Q(started_at__gte=here.since)),
                before=Count("customer", filter=Q(started_at__lt=earlier.until)),
            )
        )
        found = {pk: Counted(now, then) for pk, now, then in told}
        for decided_ in (ended(self.window), left(self.window)):
            late = self.scope.of(ClockItem).filter(decided_, is_bad(self.window), kind=PROMISE)
            for pk, many in late.values_list("customer_id").annotate(many=Count("*")):
                before_ = found.get(pk, Counted())
                found[pk] = before_._replace(broken=before_.broken + many)
        return found

    @cached_property
    def opened(self) -> dict[int, int]:
        """Tickets opened, by part."""
        rows = opened(self.scope, self.window).values_list(part_of("started_at", self.starts))
        return dict(rows.annotate(many=Count("*")))

    def figures(self) -> list[Figure]:
        """Those of the period, and those of this moment."""
        return [*self._of_now(), _opened_figure(sum(self.opened.values()))]

    def before(self) -> Earlier:
        """What was opened in the preceding period."""
        return Earlier(sum(one.before for one in self.counted.values()))

    def _of_now(self) -> list[Figure]:
        n, found = len(self.firms), list(self.health.values())
        mean = Decimal(sum(one.score for one in found)) / n if n else None
        risky = sum(one.is_at_risk for one in found)
        silent = sum(one.facts.silence > 0 for one in found)
        return [
            Figure("customers", _("Customers"), n, "count", n,
                   _("At this moment: customers whose group is open; suspended ones are left"
                     " out."), "customers"),
            Figure("health", _("Health"), rounded(mean), "score", n, formula(),
                   "customers", better="up"),
            Figure("at-risk", _("At risk"), risky, "count", n,
                   _("At this moment: customers whose health is under 50; n: all customers."),
                   "at-risk", better="down"),
            Figure("silent", _("Silent"), silent, "count", n,
                   _("At this moment: live and renewing customers that opened no ticket for 60"
                     " days; n: all customers."), "silent", better="down"),
        ]  # fmt: skip

    def series(self) -> list[Series]:
        """Part by part."""
        points = [
            Point(start, self.opened.get(part, 0), self.opened.get(part, 0))
            for part, start in enumerate(self.starts, start=1)
        ]
        words = _("By when they were opened.")
        return [Series("opened", _("Tickets opened"), "count", points, words)]

    def tables(self) -> list[Table]:
        """Every customer, the least well first; branches with their head office; stages."""
        return [self._customers(), self._branches(), self._stages()]

    def _customers(self) -> Table:
        order = sorted(
            self.firms.values(), key=lambda one: (self.health[one.pk].score, one.name, one.pk)
        )
        columns = [
            Column("health", _("Health"), "score"),
            Column("reasons", _("Why"), "text"),
            Column("silent", _("Days since they last asked"), "days"),
            Column("opened", _("Opened"), "count"),
            Column("opened-before", _("Opened before"), "count"),
            Column("open", _("Open"), "count"),
            Column("stage", _("Stage"), "text"),
        ]
        rows = MadeRows(order, self._row_of)
        label, first = _("Every customer"), _("Customer")
        return Table("customers", label, first, columns, rows, formula())

    def _row_of(self, one: Firm) -> Row:
        return Row(str(one.pk), one.name, self._cells(one), places.customer(one.code))

    def _cells(self, one: Firm) -> list[Cell]:
        health, counted = self.health[one.pk], self.counted.get(one.pk, Counted())
        of, facts = f"customer:{one.pk}", health.facts
        return [
            Cell(health.score, len(health.reasons)),
            Cell([(reason.words, reason.n, reason.points) for reason in health.reasons]),
            Cell(facts.silent, 1),
            Cell(counted.opened, counted.opened, "opened", of),
            Cell(counted.before, counted.before, "opened-before", of),
            Cell(facts.open, facts.open, "open", of),
            Cell(_STAGES[one.stage], 1),
        ]

    def _branches(self) -> Table:
        """A head office counts with its branches; only what is counted and timed is told."""
        groups: dict[int, list[Firm]] = defaultdict(list)
        for one in self.firms.values():
            if one.parent in self.firms:
                groups[one.parent].append(one)
        columns = [
            Column("branches", _("Branches"), "count"),
            Column("open", _("Open"), "count"),
            Column("overdue", _("Overdue"), "count"),
            Column("opened", _("Opened"), "count"),
            Column("broken", _("Promises broken"), "count"),
        ]
        rows = [
            Row(str(pk), self.firms[pk].name, self._sums(pk, branches),
                places.customer(self.firms[pk].code))
            for pk, branches in sorted(groups.items(), key=lambda pair: self.firms[pair[0]].name)
        ]  # fmt: skip
        words = _("Head offices with their branches, all of them counted together.")
        return Table("branches", _("With branches"), _("Head office"), columns, rows, words)

    def _sums(self, pk: int, branches: list[Firm]) -> list[Cell]:
        every, of = [pk, *(one.pk for one in branches)], f"family:{pk}"
        facts = [self.health[one].facts for one in every]
        counted = [self.counted.get(one, Counted()) for one in every]
        open_, late = sum(one.open for one in facts), sum(one.overdue for one in facts)
        opened, broken = (sum(one.opened for one in counted), sum(one.broken for one in counted))
        return [
            Cell(len(branches), len(branches)),
            Cell(open_, open_, "open", of),
            Cell(late, open_, "overdue", of),
            Cell(opened, opened, "opened", of),
            Cell(broken, broken, "broken", of),
        ]

    def _stages(self) -> Table:
        many = dict.fromkeys(Customer.Stage.values, 0)
        for one in self.firms.values():
            many[one.stage] += 1
        rows = [
            Row(stage, _STAGES[stage], [Cell(n, n, "customers", f"stage:{stage}")])
            for stage, n in many.items()
        ]
        columns = [Column("customers", _("Customers"), "count")]
        return Table("stages", _("By stage"), _("Stage"), columns, rows)


class Earlier(NamedTuple):
    """The preceding period: how many tickets were opened."""

    opened: int

    def figures(self) -> list[Figure]:
        """That alone."""
        return [_opened_figure(self.opened)]


def _opened_figure(n: int) -> Figure:
    words = _("Tickets opened in the period, whatever became of them since.")
    return Figure("opened", _("Tickets opened"), n, "count", n, words, "opened")


_STAGES: dict[str, Words] = {stage.value: stage.label for stage in Customer.Stage}


def formula() -> Words:
    """What health is made of, in words."""
    return _(
        "At this moment, 100 less: 10 for each overdue ticket (30 at most); 10 for each promise"
        " broken in 30 days (20); 10 for each low answer in 90 days (20); 10 where of 5 answers or"
        " more in 90 days under 80 % are satisfied; 10 for each low score still open (20); 5 for"
        " each ticket open for over 3 days (15); 10 after 60 days without a new ticket, 20 after"
        " 120, of live and renewing customers. Never under 0; of several customers the mean, n:"
        " customers."
    )


CUSTOMERS = Dashboard("customers", _("Customers"), Firms, ROWS)
