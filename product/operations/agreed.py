"""Sending one agreed reply to everybody who asked about a problem."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from desk.kick import kick
from desk.models import Due
from desk.operations import due
from product.models import AgreedReach, AgreedReply, Meeting, Problem, ReportItem
from product.operations.events import log


class NoWords(ValueError):
    """There is no agreed reply yet: write it, in one language at least."""


class WordsChanged(Exception):
    """The agreed reply is another one than its sender saw: look again, then send."""


@transaction.atomic
def send_agreed(
    *,
    problem: Problem,
    by: User,
    now: datetime,
    meeting: Meeting | None = None,
    seen: tuple[str, str] | None = None,
) -> AgreedReply:
    """Send the agreed reply of a problem to each of its tickets that is not closed. Raises NoWords.

    `seen` are the words, English and Chinese, that the sender agreed to; raises WordsChanged.

    Writes one due row for each customer; sending is the workers' (`tickets.operations.agreeing`).
    The same words a second time go to those who asked since.
    """
    problem = Problem.objects.select_for_update().get(pk=problem.pk)
    if not (problem.agreed_en or problem.agreed_zh):
        raise NoWords(problem.key)
    words = (problem.agreed_en, problem.agreed_zh)
    if seen is not None and seen != words:
        raise WordsChanged(problem.key)
    agreed = sent_already(problem)
    if agreed is None:
        agreed = AgreedReply.objects.create(
            problem=problem, text_en=words[0], text_zh=words[1], by=by, sent_at=now
        )
    asked = ReportItem.objects.filter(problem=problem).order_by()
    ids = sorted(set(asked.values_list("customer_id", flat=True)))
    AgreedReach.objects.bulk_create(
        [AgreedReach(agreed=agreed, customer_id=pk) for pk in ids],
        update_conflicts=True,
        unique_fields=["agreed", "customer"],
        update_fields=["done_at"],
    )
    log(field="agreed", by=by, now=now, problem=problem, meeting=meeting, new=str(len(ids)))
    if ids:
        due.ask_all(customer_ids=ids, kind=Due.Kind.AGREED, row_id=agreed.pk)
        kick("tickets.tasks.sweep_due")
    return agreed


def sent_already(problem: Problem) -> AgreedReply | None:
    """The last agreed reply that was sent, while its words are still those of the problem."""
    last = AgreedReply.objects.filter(problem=problem).order_by("-pk").first()
    words = (problem.agreed_en, problem.agreed_zh)
    return last if last is not None and (last.text_en, last.text_zh) == words else None
