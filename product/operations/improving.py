"""Making a request of what people complain about: low answers of a quarter as its evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from desk.models import CallbackItem, ScoreItem, Topic
from desk.satisfaction import Asked
from desk.satisfaction_rows import Range, of_topic
from product.models import Evidence, Problem
from product.operations.events import log
from product.operations.problems import KeyTaken, held_standing, make_problem

MOST = 5_000
"""Answers that one click takes as evidence, the newest first."""


class NothingToImprove(Exception):
    """Nobody complained about it in that quarter; nothing was made."""


class Improved(NamedTuple):
    """The request, whether it was made just now, and how many answers are new in it."""

    problem: Problem
    is_new: bool
    added: int


@transaction.atomic
def improve(*, topic: Topic | None, quarter: date, by: User, now: datetime) -> Improved:
    """Make the request of a topic and a quarter, or add what was answered since to the one there.

    `quarter` is any day of it, as days are where `by` is; without a topic it is about low scores of
    the product. Evidence are the low answers at customers that `by` serves: their customer and
    number, not their words. One that was merged leads to what it went into. Raises
    NothingToImprove.
    """
    span = Asked(span="quarter", since=quarter.isoformat()).periods(quarter)[-1]
    name = f"Q{(span.since.month + 2) // 3} {span.since.year}"
    found = list(_answers(topic, Range([span]), by)[:MOST])
    if not found:
        raise NothingToImprove(name)
    key = f"IMPROVE-{span.since.year}Q{(span.since.month + 2) // 3}-{topic.pk if topic else 'P'}"
    about = str(topic) if topic else _("Low scores of the product")
    title = _("%(about)s: low answers of %(quarter)s") % {"about": about, "quarter": name}
    try:
        problem, is_new = make_problem(
            title=title, by=by, now=now, key=key, kind=Problem.Kind.REQUEST,
            track=Problem.Track.IMPROVE,
        ), True  # fmt: skip
    except KeyTaken:
        problem, is_new = held_standing(Problem.objects.get(key=key)), False
    added = _add(problem, found, now)
    if added:
        log(field="evidence", by=by, now=now, problem=problem, new=str(added))
    return Improved(problem, is_new, added)


def _answers(topic: Topic | None, range_: Range, by: User) -> QuerySet[CallbackItem]:
    rows = CallbackItem.objects.served_by(by).answered().filter(range_.within("answered_at"))
    if topic is not None:
        rows = rows.filter(of_topic(str(topic.pk)), is_low=True)
    else:
        low = ScoreItem.objects.filter(
            customer=OuterRef("customer"), callback_id=OuterRef("callback_id"),
            is_about_product=True, is_low=True,
        )  # fmt: skip
        rows = rows.filter(Exists(low))
    return rows.order_by("-answered_at", "-pk").only("customer_id", "callback_id")


def _add(problem: Problem, found: list[CallbackItem], now: datetime) -> int:
    there = Evidence.objects.filter(problem=problem)
    before = there.count()
    Evidence.objects.bulk_create(
        [
            Evidence(
                problem=problem,
                customer_id=one.customer_id,
                callback_id=one.callback_id,
                added_at=now,
            )
            for one in found
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    return there.count() - before
