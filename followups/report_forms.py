"""What is typed into a service report: words, outlook, and stories. A refusal keeps every word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from followups.models import ReportDraft, Story
from followups.operations.reporting import LONGEST, PICKED, StoryText
from followups.operations.story_drafts import VALUE, WHAT, WHO

LAST = 9_999


class ReportForm(forms.Form):
    """The consultant's own words above and below the figures; `version` is what they looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    words = forms.CharField(
        label=gettext_lazy("In a word"),
        help_text=gettext_lazy("Stands first: what the month was about, for their boss."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST,
        required=False,
    )
    outlook = forms.CharField(
        label=gettext_lazy("What comes next"),
        help_text=gettext_lazy("Also what you would propose beyond what they asked."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST,
        required=False,
    )


class StoryForm(forms.Form):
    """One story: who asked what, and what it brought."""

    is_picked = forms.BooleanField(label=gettext_lazy("In the report"), required=False)
    position = forms.IntegerField(
        label=pgettext_lazy("order of a story", "Place"), min_value=0, max_value=LAST,
        required=False,
    )  # fmt: skip
    who = forms.CharField(label=gettext_lazy("Who"), max_length=WHO, required=False)
    what = forms.CharField(
        label=gettext_lazy("asked what"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=WHAT,
        required=False,
    )
    value = forms.CharField(
        label=gettext_lazy("What it brought them"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=VALUE,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """What is told says who asked what, and what it brought."""
        given = super().clean() or {}
        if given.get("is_picked"):
            for name in ("who", "what", "value"):
                if name not in self.errors and not given.get(name, "").strip():
                    self.add_error(name, _("Say this, or leave the story out."))
        return given


class Line:
    """A story of the page: its row (none for a new one), its form, and its place."""

    def __init__(self, story: Story | None, typed: Mapping[str, Any] | None) -> None:
        self.story = story
        initial = {} if story is None else {
            "is_picked": story.is_picked, "position": story.position, "who": story.who,
            "what": story.what, "value": story.value,
        }  # fmt: skip
        key = story.pk if story else "new"
        self.form = StoryForm(typed, initial=initial, prefix=f"story-{key}")

    @property
    def is_blank(self) -> bool:
        """A new one that says nothing."""
        given = self.form.cleaned_data
        return self.story is None and not any(given[name] for name in ("who", "what", "value"))

    @property
    def is_picked(self) -> bool:
        """Whether the page shows it as told."""
        return bool(self.form["is_picked"].value())

    def text(self, position: int) -> StoryText:
        """What it says, at that place."""
        given = self.form.cleaned_data
        return StoryText(
            who=given["who"], what=given["what"], value=given["value"],
            is_picked=given["is_picked"], position=position,
            id=self.story.pk if self.story else None,
        )  # fmt: skip


class Writing:
    """The whole page as a form: words, outlook, every story of the month, room for a new one."""

    def __init__(
        self, held: ReportDraft, stories: Iterable[Story], typed: Mapping[str, Any] | None = None
    ) -> None:
        initial = {"version": held.version, "words": held.words, "outlook": held.outlook}
        self.form = ReportForm(typed, initial=initial)
        self.lines = [Line(one, typed) for one in stories]
        self.new = Line(None, typed)
        self.problem = ""

    def is_valid(self) -> bool:
        """Whether all of it is; every part is looked at, so that every remark shows at once."""
        found = [self.form.is_valid(), *(one.form.is_valid() for one in (*self.lines, self.new))]
        if all(found) and sum(one.is_picked for one in (*self.lines, self.new)) > PICKED:
            self.problem = _("A report tells %(most)s stories at most.") % {"most": PICKED}
        return all(found) and not self.problem

    def texts(self, *, move: str = "") -> list[StoryText]:
        """The stories in the order of their places; `move` is ``12:up``, a press of a button."""
        told = [*self.lines, *([] if self.new.is_blank else [self.new])]
        told.sort(key=_place)
        _move(told, move)
        return [one.text(at) for at, one in enumerate(told, start=1)]


def _place(line: Line) -> tuple[int, int]:
    position = line.form.cleaned_data["position"]
    return (LAST if position is None else position, line.story.pk if line.story else LAST)


def _move(told: list[Line], move: str) -> None:
    """Change places with the neighbour above or below."""
    key, _colon, way = move.partition(":")
    at = next((i for i, one in enumerate(told) if one.story and str(one.story.pk) == key), None)
    if at is None or way not in ("up", "down"):
        return
    to = at - 1 if way == "up" else at + 1
    if 0 <= to < len(told):
        told[at], told[to] = told[to], told[at]
