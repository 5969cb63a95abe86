"""What people type about releases. A refusal names its field and remedy and keeps every word."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from desk.asked import words
from product.models import Release
from product.operations.problems import BadKey, KeyTaken
from product.operations.publishing import InThePast
from product.release_words import LANGUAGES

NOTES = 20_000
"""Letters of the notes in one language."""


class TextField(forms.CharField):
    """Several lines; browsers end each with two signs, we with one."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n")


class WordsForm(forms.Form):
    """What a release is called and says; `seen` is the last event that its writer saw."""

    name = forms.CharField(
        label=pgettext_lazy("a release", "Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = forms.CharField(
        label=gettext_lazy("Version"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    notes_en = TextField(
        label="English",
        max_length=NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 9, "lang": "en"}),
    )
    notes_zh = TextField(
        label="简体中文",
        max_length=NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 9, "lang": "zh-hans"}),
    )
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, release: Release, *, seen: int) -> WordsForm:
        """The form as it stands."""
        said = {name: getattr(release, name) for name in cls.base_fields if name != "seen"}
        return cls(initial={**said, "seen": seen})

    def said(self) -> dict[str, Any]:
        """Name, version and notes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    def keep(self, *, seen: int) -> None:
        """Show it again with every word, as of a later event."""
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        self.data["seen"] = str(seen)  # type: ignore[index]


class NewReleaseForm(WordsForm):
    """A release that is planned; what is in it and who hears comes next."""

    key = forms.CharField(
        label=pgettext_lazy("a release", "Key"),
        max_length=40,
        help_text=gettext_lazy(
            "Stands in addresses, and your build names the release by it: 2026-11, v4.2"
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("key", "name", "version", "notes_en", "notes_zh")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def refuse(self, problem: BadKey | KeyTaken) -> None:
        """Say beside the key why it is refused, and what to do."""
        if isinstance(problem, KeyTaken):
            said = _("Another release has this key. Open that one, or choose another key.")
        else:
            said = _(
                "Use letters, digits, dot, dash and underscore, 40 at most, beginning with a"
                " letter or digit; not “new” or “told”."
            )
        self.add_error("key", said)


class PublishForm(forms.Form):
    """Now, or at a time on the operator's clock; with how many people were looked at."""

    NOW, LATER = "now", "later"
    when = forms.ChoiceField(
        choices=[(NOW, gettext_lazy("Now")), (LATER, gettext_lazy("At a time"))]
    )
    at = forms.DateTimeField(
        label=gettext_lazy("When"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": 300}, format="%Y-%m-%dT%H:%M"
        ),
    )
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    people = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("when") == self.LATER and not found.get("at") and "at" not in self.errors:
            self.add_error("at", _("Say at what time it is to be published."))
        return found

    def refuse(self, _problem: InThePast) -> None:
        """Say beside the time why it is refused."""
        self.add_error("at", _("This time has passed. Name a later one, or publish now."))

    def refuse_mute(self) -> None:
        """Say what is missing before anybody can be told."""
        self.add_error(None, _("It has no notes yet. Write them first, in one language at least."))


class ExclusionForm(forms.Form):
    """Why somebody is left out."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )

    def clean_reason(self) -> str:
        return words(self.cleaned_data["reason"])

    def refuse(self) -> None:
        """Say beside the reason that it is needed."""
        self.add_error("reason", _("Write why: whoever asks later reads it here."))


class TestForm(forms.Form):
    """In which languages the writer wants to see the mail."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), choices=LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
