"""Which dashboards there are; apps above say at start how theirs are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk.dashboards.asking import Asked, Window
from desk.dashboards.shapes import Board, Figure, Line, Series, Table, Words

NAMES = ("service-today", "satisfaction", "problems-and-releases", "load-and-cost", "customers")
"""All of them, in the order they are shown in."""


@dataclass(frozen=True)
class Scope:
    """Whose figures: what somebody asked, of the live customers they serve. Asks nothing itself."""

    user: User
    asked: Asked
    now: datetime
    is_past: bool = False
    """Whether it is the preceding period, of which nothing is told that is only known of now."""

    @cached_property
    def window(self) -> Window:
        """The days that are asked for, in the zone that is active."""
        return self.asked.window(self.now)

    @property
    def before(self) -> Scope:
        """The same of the preceding period."""
        return Scope(self.user, self.asked.before(), self.now, is_past=True)

    @property
    def today(self) -> date:
        """The reader's day."""
        return timezone.localtime(self.now).date()

    @cached_property
    def customers(self) -> QuerySet[Customer]:
        """The customers whose rows count, as a subquery for `customer__in`."""
        asked, wanted = self.asked, Q()
        for column, said in (("team", asked.team), ("plan", asked.plan), ("pk", asked.customer)):
            if said is not None:
                wanted &= Q(**{column: said})
        if asked.region:
            wanted &= Q(region__iexact=asked.region)
        return Customer.objects.live().served_by(self.user).filter(wanted).order_by()

    def of(self, model: Any) -> Any:
        """Rows of a projection that belong to those customers, in no order.

        Of everybody's the few that do not count are left out, which costs less than finding of
        each row that its customer counts.
        """
        rows = model.objects.order_by()
        if self.user.serves_all and not self.asked.is_narrowed:
            return rows.exclude(customer__in=Customer.objects.not_live().order_by().values("pk"))
        return rows.filter(customer__in=self.customers.values("pk"))


Rows = Callable[[Scope, str], Any]


class Figured(Protocol):
    """What has figures: of a past scope only those of a period."""

    def figures(self) -> list[Figure]:
        """The figures."""


class Counts(Figured, Protocol):
    """What is counted of a scope, each thing once and when it is asked for."""

    def series(self) -> list[Series]:
        """What becomes charts."""

    def tables(self) -> list[Table]:
        """Whose the figures are."""

    def before(self) -> Figured:
        """The same of the preceding period."""


@dataclass(frozen=True)
class Dashboard:
    """How one is counted; `rows` by their key.

    `lines` draws rows that this dashboard alone has; without it they are drawn as all others.
    """

    name: str
    label: Words
    counts: Callable[[Scope], Counts]
    rows: Mapping[str, Rows]
    lines: Callable[[Scope, str, list[Any]], list[Line]] | None = None


class NoSuchFigure(LookupError):
    """No dashboard, or no rows, of that name."""


_known: dict[str, Dashboard] = {}


def serve(dashboard: Dashboard) -> None:
    """Have this dashboard counted so; told once, when the app is ready."""
    _known[dashboard.name] = dashboard


def labels() -> dict[str, Words]:
    """Their names in words, in the order they are shown in."""
    return {name: _known[name].label for name in NAMES if name in _known}


def figures(name: str, *, user: User, asked: Asked, now: datetime) -> list[Figure]:
    """The figures alone. Raises NoSuchFigure."""
    found, scope = _dashboard(name), Scope(user, asked, now)
    return _compared(scope, found.counts(scope))


def board(name: str, *, user: User, asked: Asked, now: datetime) -> Board:
    """A dashboard with all it has. Raises NoSuchFigure."""
    found, scope = _dashboard(name), Scope(user, asked, now)
    counts = found.counts(scope)
    told = _compared(scope, counts)
    return Board(name, found.label, told, counts.series(), counts.tables())


def rows_of(
    name: str, figure: str, *, user: User, asked: Asked, now: datetime, chosen: str = ""
) -> Any:
    """What a figure counts, for a paginator; `chosen` is a cell's `of`. Raises NoSuchFigure."""
    rows = _dashboard(name).rows
    if figure not in rows:
        raise NoSuchFigure(f"{name}/{figure}")
    return rows[figure](Scope(user, asked, now), chosen)


def lines(
    name: str, figure: str, rows: Iterable[Any], *, user: User, asked: Asked, now: datetime
) -> list[Line]:
    """One page of those rows as they are shown; two statements more. Raises NoSuchFigure."""
    from desk.dashboards.drawing import drawn

    found, scope, shown = _dashboard(name), Scope(user, asked, now), list(rows)
    return (found.lines or drawn)(scope, figure, shown)


def rows_path(name: str, figure: str, *, asked: Asked, of: str = "") -> str:
    """Where on the admin's host a figure's rows are: ``/dashboards/customers/health/?…``."""
    return f"/dashboards/{name}/{figure}/?{asked.query(of=of)}"


def _compared(scope: Scope, counts: Counts) -> list[Figure]:
    here = counts.figures()
    if not scope.asked.compare:
        return here
    before = {one.name: one for one in counts.before().figures()}
    return [one.against(before.get(one.name)) for one in here]


def _dashboard(name: str) -> Dashboard:
    if name not in _known:
        raise NoSuchFigure(name)
    return _known[name]
