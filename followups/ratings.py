"""A callback as its reader sees it: each question with the words of its scores, and what they said.

Words are in the language that is spoken at the moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from followups.models import Callback

Words = str | Promise

_SATISFIED: dict[int, Words] = {
    1: gettext_lazy("Very dissatisfied"),
    2: gettext_lazy("Dissatisfied"),
    3: pgettext_lazy("neither satisfied nor dissatisfied", "Neither"),
    4: gettext_lazy("Satisfied"),
    5: gettext_lazy("Very satisfied"),
}
_FACES = {1: "angry", 2: "frown", 3: "meh", 4: "smile", 5: "laugh"}
_ENDS: dict[str, tuple[Words, Words]] = {
    "csat": (_SATISFIED[1], _SATISFIED[5]),
    "ces": (gettext_lazy("Very hard"), gettext_lazy("Very easy")),
    "nps": (gettext_lazy("Not at all likely"), gettext_lazy("Extremely likely")),
}


class Step(NamedTuple):
    """One score of a scale; `words` may be empty, `icon` names a face or is empty."""

    value: int
    words: str
    icon: str


class Scale(NamedTuple):
    """A question that takes a score; `lowest` and `highest` say what its ends mean."""

    key: str
    kind: str
    text: str
    steps: list[Step]
    lowest: str
    highest: str

    @property
    def says_each(self) -> bool:
        """Whether every score has words of its own."""
        return all(step.words for step in self.steps)


class Line(NamedTuple):
    """What they said to one question."""

    text: str
    score: int
    top: int
    words: str


def text_of(question: Mapping[str, Any], language: str | None = None) -> str:
    """A question's words, in that language or the one spoken."""
    spoken = language or get_language() or "en"
    return str(question["text"]["zh-hans" if spoken.startswith("zh") else "en"])


def scales(callback: Callback) -> list[Scale]:
    """The questions that take a score, in their order."""
    return [_scale(one) for one in callback.questions if one["kind"] != "text"]


def asks_for_words(callback: Callback) -> str:
    """What it asks for in free words; words may always be added."""
    texts = [text_of(one) for one in callback.questions if one["kind"] == "text"]
    return texts[0] if texts else _("Anything to add?")


def lines(callback: Callback, scores: Mapping[str, int]) -> list[Line]:
    """Scores that were given, each with its question."""
    return [
        Line(
            text=scale.text,
            score=scores[scale.key],
            top=scale.steps[-1].value,
            words=next((one.words for one in scale.steps if one.value == scores[scale.key]), ""),
        )
        for scale in scales(callback)
        if scale.key in scores
    ]


def _scale(question: Mapping[str, Any]) -> Scale:
    named = {int(one["value"]): one for one in question.get("choices", [])}
    is_five = question["kind"] == "csat" and (question["min"], question["max"]) == (1, 5)
    values = range(question["min"], question["max"] + 1)
    steps = [
        Step(
            value=value,
            words=_named(named.get(value)) or (str(_SATISFIED[value]) if is_five else ""),
            icon=_FACES[value] if is_five else "",
        )
        for value in values
        if not named or value in named
    ]
    lowest, highest = _ENDS.get(question["kind"], ("", ""))
    return Scale(
        question["key"], question["kind"], text_of(question), steps, str(lowest), str(highest)
    )


def _named(choice: Mapping[str, Any] | None) -> str:
    if choice is None:
        return ""
    is_chinese = (get_language() or "en").startswith("zh")
    return str(choice["zh"] if is_chinese and choice.get("zh") else choice["en"])
