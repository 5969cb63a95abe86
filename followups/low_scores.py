"""The low answers that a rescue is about, as people of ours read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from desk.models import Question
from followups.models import Answer, Callback, Rescue
from tickets.models import Contact

BOUNDS = dict[tuple[int, str], int]
"""From where down a score is low, by questionnaire and key of the question."""


@dataclass(frozen=True)
class Low:
    """One answer that joined a rescue. `value` of `top`: its lowest question; None: words alone.

    `question` is that question as it was put, ``{"text": {"en", "zh-hans"}, …}``, or empty.
    """

    callback: Callback
    answer: Answer
    question: dict[str, Any]
    value: int | None
    top: int | None

    @property
    def contact(self) -> Contact:
        """Who said so."""
        return self.callback.contact

    @property
    def score(self) -> str:
        """The score in the active language: ``1 of 5``; a complaint has none."""
        return score_words(self.value, self.top)


def score_words(value: int | None, top: int | None) -> str:
    """A score with the best there is, in the active language; without one it is a complaint."""
    if value is None:
        return _("Complaint")
    return _("%(score)s of %(top)s") % {"score": value, "top": top}


def lows_of(rescue: Rescue) -> list[Low]:
    """What joined the rescue, oldest first; of each callback its last low answer. Two queries."""
    rows = rescue.joined.order_by("pk").select_related(
        "callback__contact", "callback__ticket", "callback__calling", "answer"
    )
    joined = list(rows)
    asked = {row.callback.questionnaire_id for row in joined}
    told = Question.objects.filter(questionnaire__in=asked, low_at__isnull=False)
    bounds = {
        (sheet, key): low_at
        for sheet, key, low_at in told.values_list("questionnaire_id", "key", "low_at")
        if low_at is not None
    }
    return [_low(row.callback, row.answer, bounds) for row in joined]


def _low(callback: Callback, answer: Answer, bounds: BOUNDS) -> Low:
    """The first of its questions whose score is low; else the first that has a score."""
    scored = [one for one in callback.questions if one["key"] in answer.scores]
    low = [one for one in scored if _is_low(one["key"], callback, answer, bounds)]
    question: dict[str, Any] = next(iter([*low, *scored]), {})
    value = answer.scores.get(question.get("key"))
    return Low(callback, answer, question, value, question.get("max"))


def _is_low(key: str, callback: Callback, answer: Answer, bounds: BOUNDS) -> bool:
    low_at = bounds.get((callback.questionnaire_id or 0, key))
    return low_at is not None and int(answer.scores[key]) <= low_at
