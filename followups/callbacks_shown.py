"""What somebody was asked and what they said, put into words for themselves and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.core.paginator import Page, Paginator

from followups import ratings
from followups.models import Callback
from followups.operations.scoring import CHANGED_WITHIN, is_open
from tickets.models import Contact

PAGE = 50
GIVEN = 10
"""How many scores the line of them shows."""


class Shown(NamedTuple):
    """A callback as its reader sees it: `lines` are what they said, question by question.

    `scores` and `words` are that as kept. `is_quick`: they answered so soon after the mail that it
    counts only when it is said again. `until`: when an answer can be changed no more.
    """

    callback: Callback
    scores: Mapping[str, int]
    words: str
    lines: list[ratings.Line]
    is_answered: bool
    is_quick: bool
    is_over: bool
    until: datetime | None

    @property
    def first(self) -> str:
        """The first thing it asks."""
        scales = ratings.scales(self.callback)
        return scales[0].text if scales else ratings.asks_for_words(self.callback)


def shown(callback: Callback, *, now: datetime) -> Shown:
    """Put a callback into words; one query where nothing counts as its answer yet."""
    scores, words, is_quick = callback.scores, callback.words, False
    if callback.answered_at is None:
        last = callback.answers.filter(contact=callback.contact_id).order_by("-pk").first()
        if last is not None:
            scores, words, is_quick = last.scores, last.words, True
    return _shown(callback, scores, words, is_quick=is_quick, now=now)


def chosen(callback: Callback, score: str) -> dict[str, int]:
    """The form's value for the score of a mail's button: it is of the first question."""
    scales = ratings.scales(callback)
    steps = {str(step.value): step.value for step in scales[0].steps} if scales else {}
    return {f"score-{scales[0].key}": steps[score]} if score in steps else {}


def waiting(contact: Contact, *, now: datetime) -> list[Shown]:
    """What this person is asked and has not answered, newest first."""
    rows = Callback.objects.of(contact).waiting(now).select_related("contact", "ticket")
    if not contact.is_asked:
        return []
    found = rows.order_by("-asked_at", "-pk")
    return [_shown(one, {}, "", is_quick=False, now=now) for one in found]


def page_of(contact: Contact, *, number: str, now: datetime) -> Page[Callback]:
    """What they answered, or let pass, newest first; what was taken back is left out."""
    rows = Callback.objects.of(contact).select_related("contact", "ticket")
    ended = rows.exclude(pk__in=rows.waiting(now).values("pk"))
    told = ended.exclude(voided_at__isnull=False, answered_at__isnull=True)
    return Paginator(told.order_by("-asked_at", "-pk"), PAGE).get_page(number)


def on(page: Page[Callback], *, now: datetime) -> list[Shown]:
    """The page's callbacks, put into words."""
    return [_shown(one, one.scores, one.words, is_quick=False, now=now) for one in page.object_list]


def given(contact: Contact) -> list[int]:
    """Their last scores of satisfaction, oldest first: ``4, 5, 3``."""
    answered = Callback.objects.of(contact).filter(answered_at__isnull=False)
    found = [score for one in answered.order_by("-answered_at", "-pk")[:GIVEN]
             for score in _satisfaction(one)]  # fmt: skip
    return found[:GIVEN][::-1]


def _satisfaction(callback: Callback) -> list[int]:
    keys = [one["key"] for one in callback.questions if one["kind"] == "csat"]
    return [callback.scores[key] for key in keys[:1] if key in callback.scores]


def _shown(
    callback: Callback, scores: Mapping[str, int], words: str, *, is_quick: bool, now: datetime
) -> Shown:
    answered = callback.answered_at
    return Shown(
        callback=callback,
        scores=scores,
        words=words,
        lines=ratings.lines(callback, scores),
        is_answered=answered is not None,
        is_quick=is_quick,
        is_over=not is_open(callback, now=now)
        or (answered is None and not callback.contact.is_asked),
        until=answered + CHANGED_WITHIN if answered else None,
    )
