"""The evidence of a request as its page shows it: answers of customers that the reader serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from desk import places
from desk.models import CallbackItem, ScoreItem
from product.models import Evidence, Problem
from product.operations.problems import solves

SHOWN = 50


class Speaks(NamedTuple):
    """An answer that speaks for a request."""

    item: CallbackItem
    scores: list[ScoreItem]

    @property
    def href(self) -> str:
        """The ticket it is about, if any."""
        return places.ticket(self.item.customer.code, self.item.number) if self.item.number else ""


@dataclass(frozen=True)
class Shown:
    """The newest answers, how many there are in all, and how many at customers not served."""

    rows: list[Speaks]
    count: int
    elsewhere: int

    @property
    def more(self) -> int:
        """Answers at customers one serves that are not shown."""
        return self.count - self.elsewhere - len(self.rows)


def evidence(*, problem: Problem, user: User) -> Shown:
    """What speaks for a request, or for one that was merged into it; five statements at most."""
    rows = Evidence.objects.filter(problem__in=solves([problem.pk]))
    count = rows.values("customer", "callback_id").distinct().count()
    if not count:
        return Shown([], 0, 0)
    of_problem = Evidence.objects.filter(
        problem__in=solves([problem.pk]),
        customer=OuterRef("customer"),
        callback_id=OuterRef("callback_id"),
    )
    items = CallbackItem.objects.served_by(user).filter(Exists(of_problem))
    ours = items.count()
    shown = list(items.select_related("customer").order_by("-answered_at", "-pk")[:SHOWN])
    scores = _scores(shown)
    found = [Speaks(one, scores.get((one.customer_id, one.callback_id), [])) for one in shown]
    return Shown(found, count, count - ours)


def _scores(items: list[CallbackItem]) -> dict[tuple[int, int], list[ScoreItem]]:
    wanted = Q(pk__in=[])
    for one in items:
        wanted |= Q(customer=one.customer_id, callback_id=one.callback_id)
    found: dict[tuple[int, int], list[ScoreItem]] = {}
    for score in ScoreItem.objects.filter(wanted).order_by("pk"):
        found.setdefault((score.customer_id, score.callback_id), []).append(score)
    return found
