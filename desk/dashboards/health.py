"""How customers are doing: 100 less what speaks against it, each reason told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from desk.dashboards.asking import Window
from desk.dashboards.counting import LIVE, LONG, bad, ended, left
from desk.dashboards.shapes import Words
from desk.models import ClockItem, QueueItem, RescueItem, ScoreItem
from desk.satisfaction_figures import SATISFIED, Kind
from desk.words import DueKind

DAY = timedelta(days=1)
PROMISES_OF, SCORES_OF = 30, 90
"""Days back for which broken promises and scores count."""

SILENT_DAYS, VERY_SILENT_DAYS = 60, 120
ENOUGH, SATISFIED_PERCENT = 5, 80
AT_RISK = 50
"""A customer below that is at risk."""

Rows = Callable[[Any], Any]

SPEAKING = (Customer.Stage.LIVE, Customer.Stage.RENEWING)
"""Stages in which silence tells something."""


class Facts(NamedTuple):
    """What is known of a customer now. `silent`: days since its last ticket, or since it began."""

    open: int = 0
    overdue: int = 0
    long: int = 0
    broken: int = 0
    low: int = 0
    answers: int = 0
    satisfied: int = 0
    rescues: int = 0
    silent: int = 0
    is_speaking: bool = True

    @property
    def dissatisfied(self) -> int:
        """1 where enough answers say that too few are satisfied."""
        is_low = self.satisfied * 100 < SATISFIED_PERCENT * self.answers
        return int(self.answers >= ENOUGH and is_low)

    @property
    def silence(self) -> int:
        """How silent: 0, 1 or 2 steps."""
        if not self.is_speaking:
            return 0
        return (self.silent >= SILENT_DAYS) + (self.silent >= VERY_SILENT_DAYS)


class Weight(NamedTuple):
    """What one thing takes from 100: so many points `each`, `most` in all."""

    key: str
    words: Words
    count: Callable[[Facts], int]
    each: int
    most: int


WEIGHTS = (
    Weight("overdue", _("overdue tickets"), lambda one: one.overdue, 10, 30),
    Weight("broken", _("promises broken in 30 days"), lambda one: one.broken, 10, 20),
    Weight("low", _("low answers in 90 days"), lambda one: one.low, 10, 20),
    Weight("csat", _("under 80 % satisfied in 90 days"), lambda one: one.dissatisfied, 10, 10),
    Weight("rescue", _("low scores still open"), lambda one: one.rescues, 10, 20),
    Weight("long", _("tickets open for over 3 days"), lambda one: one.long, 5, 15),
    Weight("silence", _("silent for 60 days, or 120"), lambda one: one.silence, 10, 20),
)
"""The whole formula: 100 less these, never under 0."""


class Reason(NamedTuple):
    """What speaks against a customer's health: how often, and how many points it takes."""

    key: str
    words: Words
    n: int
    points: int


_POINTS = attrgetter("points")


@dataclass(frozen=True)
class Health:
    """0 (bad) to 100 (nothing speaks against it), with the reasons, the heaviest first."""

    score: int = 100
    reasons: list[Reason] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)

    @property
    def is_at_risk(self) -> bool:
        """Whether somebody should look after it."""
        return self.score < AT_RISK


def health(facts: Facts) -> Health:
    """The formula; pure."""
    found = [
        Reason(weight.key, weight.words, n, min(weight.each * n, weight.most))
        for weight in WEIGHTS
        if (n := weight.count(facts))
    ]
    found.sort(key=_POINTS, reverse=True)
    return Health(max(0, 100 - sum(map(_POINTS, found))), found, facts)


def health_of(customers: Iterable[Customer], *, now: datetime) -> dict[int, Health]:
    """How each of these is doing, by key; six statements, however many they are."""
    wanted = [one.pk for one in customers]

    def rows(model: Any) -> Any:
        return model.objects.filter(customer__in=wanted).order_by()

    return health_at(Customer.objects.filter(pk__in=wanted), rows, now=now)


def health_at(customers: QuerySet[Customer], rows: Rows, *, now: datetime) -> dict[int, Health]:
    """The same of a queryset; `rows` gives those of a projection that are theirs, in no order."""
    counted = _queue(rows, now)
    for found in (_broken(rows, now), _scores(rows, now), _rescues(rows)):
        for pk, more in found.items():
            counted.setdefault(pk, {}).update(more)
    return {
        pk: health(Facts(**counted.get(pk, {}), silent=silent, is_speaking=speaks))
        for pk, silent, speaks in _silence(customers, now)
    }


def _by_customer(rows: Any) -> dict[int, dict[str, int]]:
    return {row.pop("customer_id"): row for row in rows}


def _queue(rows: Rows, now: datetime) -> dict[int, dict[str, int]]:
    return _by_customer(
        rows(QueueItem).filter(LIVE).values("customer_id").annotate(
            open=Count("*"),
            overdue=Count("customer", filter=Q(next_due_at__lt=now)),
            long=Count("customer", filter=Q(opened_at__lt=now - LONG)),
        )
    )  # fmt: skip


def _broken(rows: Rows, now: datetime) -> dict[int, dict[str, int]]:
    window = Window(now - DAY * PROMISES_OF, now, now)
    found: dict[int, dict[str, int]] = {}
    for decided in (ended(window), left(window)):
        late = rows(ClockItem).filter(decided, bad(window), kind=DueKind.PROMISE)
        for row in late.values("customer_id").annotate(broken=Count("*")):
            one = found.setdefault(row["customer_id"], {"broken": 0})
            one["broken"] += row["broken"]
    return found


def _scores(rows: Rows, now: datetime) -> dict[int, dict[str, int]]:
    is_csat = Q(kind=Kind.CSAT)
    lately = rows(ScoreItem).filter(answered_at__gte=now - DAY * SCORES_OF)
    return _by_customer(
        lately.values("customer_id").annotate(
            low=Count("callback_id", filter=Q(is_low=True), distinct=True),
            answers=Count("customer", filter=is_csat),
            satisfied=Count("customer", filter=is_csat & Q(value__gte=SATISFIED)),
        )
    )


def _rescues(rows: Rows) -> dict[int, dict[str, int]]:
    standing = rows(RescueItem).filter(closed_at__isnull=True)
    return _by_customer(standing.values("customer_id").annotate(rescues=Count("*")))


def _silence(customers: QuerySet[Customer], now: datetime) -> Iterable[tuple[int, int, bool]]:
    """Whole days of 24 hours since the last ticket was opened, without one since we laid it."""
    tickets = ClockItem.objects.filter(customer=OuterRef("pk"), kind=DueKind.FIRST_RESPONSE)
    last = Subquery(tickets.order_by("-started_at").values("started_at")[:1])
    rows = customers.order_by().annotate(last=last).values_list("pk", "stage", "last", F("laid_at"))
    for pk, stage, asked_at, laid_at in rows:
        since = asked_at or laid_at or now
        yield pk, max(0, (now - since).days), stage in SPEAKING
