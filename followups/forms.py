"""What people say to a notice, and how we did. A refusal keeps every word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from followups import ratings
from followups.models import Callback, Notice
from followups.operations.scoring import LONGEST_WORDS, BadScores
from tickets.portal_forms import MAX_LETTERS, PortalForm


class AnswerForm(PortalForm):
    """Whether it works, and words about it; `after` is what they said before, if anything."""

    say = forms.ChoiceField(
        label=_("Does it work for you?"),
        choices=[
            (Notice.Answer.WORKS, _("It works")),
            (Notice.Answer.NOT_WORKING, _("It does not work")),
        ],
        error_messages={"required": _("Choose one of the two.")},
        widget=forms.RadioSelect,
    )
    body = forms.CharField(
        label=_("Your words"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=MAX_LETTERS,
        required=False,
    )

    def __init__(self, *args: Any, after: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._after = after

    def clean(self) -> dict[str, Any]:
        """Take no words with an answer that was given already: they would go nowhere."""
        given = super().clean() or {}
        if given.get("body") and given.get("say") == self._after:
            self.add_error("body", _("You have said so already. Add your words at the ticket."))
        return given


WISH = _("Please call me back.")
"""The line that the wish to be called adds to the words: whoever reads them knows."""

_ROOM = 100
"""Letters kept for the wish."""


@dataclass(frozen=True)
class Asking:
    """A question of the form with its scale."""

    scale: ratings.Scale
    field: forms.BoundField

    @property
    def choices(self) -> list[tuple[ratings.Step, Any]]:
        """Each score with its button."""
        return list(zip(self.scale.steps, self.field, strict=True))


class RatingForm(PortalForm):
    """A score for each question, words, and the wish to be called: some of it is enough."""

    words = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_WORDS - _ROOM,
        required=False,
    )
    call = forms.BooleanField(label=_("Please call me back"), required=False)

    def __init__(self, *args: Any, callback: Callback, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scales = ratings.scales(callback)
        self.fields["words"].label = ratings.asks_for_words(callback)
        for one in self.scales:
            self.fields[_field(one.key)] = forms.TypedChoiceField(
                label=one.text,
                choices=[(step.value, step.words or str(step.value)) for step in one.steps],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": _("Choose one of these scores.")},
            )

    @staticmethod
    def filled(scores: Mapping[str, int], words: str) -> dict[str, Any]:
        """What was said, as the form's first values."""
        body = words.removesuffix(str(WISH))
        return {
            **{_field(key): score for key, score in scores.items()},
            "words": body.rstrip(),
            "call": body != words,
        }

    @property
    def askings(self) -> list[Asking]:
        """The questions that take a score."""
        return [Asking(one, self[_field(one.key)]) for one in self.scales]

    @property
    def scores(self) -> dict[str, int]:
        """The scores given, by the keys of their questions."""
        given = {one.key: self.cleaned_data.get(_field(one.key)) for one in self.scales}
        return {key: score for key, score in given.items() if score is not None}

    @property
    def said(self) -> str:
        """The words, with the wish to be called."""
        parts = [self.cleaned_data["words"].strip(), str(WISH) if self.cleaned_data["call"] else ""]
        return "\n\n".join(part for part in parts if part)

    def clean(self) -> dict[str, Any]:
        """Ask for a score or a word."""
        given = super().clean() or {}
        if not self.errors and not self.scores and not self.said:
            self.add_error(self._first, _("Choose a score, or write a word."))
        return given

    def refuse_scores(self, problem: BadScores) -> None:
        """Show what was wrong, each at its question."""
        for key, said in problem.problems.items():
            name = key if key in self.fields else _field(key)
            self.add_error(name if name in self.fields else None, said)

    @property
    def _first(self) -> str:
        return _field(self.scales[0].key) if self.scales else "words"


def _field(key: str) -> str:
    return f"score-{key}"
