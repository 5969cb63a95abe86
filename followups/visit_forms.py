"""What is typed about a visit. A refusal names field and remedy and keeps every word."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from customers.models import VisitKind
from followups.models import Visit
from followups.operations.visiting import (
    MOST_PICTURES,
    CannotVisit,
    HeldLater,
    NoPicture,
    Notes,
    NoWords,
)
from tickets import files
from tickets.models import Contact
from tickets.operations.storing import TooManyFiles, Upload
from tickets.portal_forms import FilesField, refusal
from tickets.promise_forms import LocalTime

MOST_LETTERS = 20_000
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class PlanForm(forms.Form):
    """Whether one goes or calls, on which day, and who."""

    kind = forms.ChoiceField(
        label=gettext_lazy("How"), choices=VisitKind.choices, initial=VisitKind.VISIT
    )
    due_on = forms.DateField(
        label=gettext_lazy("On which day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": gettext_lazy("Choose a day, such as 2026-11-27.")},
    )
    consultant = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who goes or calls"),
        empty_label=None,
        error_messages={
            "invalid_choice": gettext_lazy("That person does not serve this customer.")
        },
    )

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consultant"].queryset = staff  # type: ignore[attr-defined]  # a model choice

    def clean_due_on(self) -> date:
        """A year that somebody may mean."""
        day = cast(date, self.cleaned_data["due_on"])
        if not EARLIEST <= day < LATEST:
            raise forms.ValidationError(_("Choose a day, such as 2026-11-27."))
        return day

    def refuse(self, problem: CannotVisit) -> None:
        """Show why the operation refused."""
        self.add_error("consultant", _("That person does not serve this customer."))

    @staticmethod
    def filled(visit: Visit) -> dict[str, Any]:
        """A visit as the form's first values."""
        return {"kind": visit.kind, "due_on": visit.due_on, "consultant": visit.consultant_id}


class NotesForm(forms.Form):
    """What a visit brought: when, with whom, what was found, what follows, and pictures."""

    held_at = forms.DateTimeField(
        label=pgettext_lazy("of a visit", "When it was"),
        widget=LocalTime,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={"invalid": gettext_lazy("Choose date and time, such as 2026-11-27 17:00.")},
    )
    people = forms.ModelMultipleChoiceField(
        Contact.objects.none(),
        label=gettext_lazy("With whom"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    words = forms.CharField(
        label=gettext_lazy("What you found"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=MOST_LETTERS,
        error_messages={"required": gettext_lazy("Say in a sentence what you found.")},
    )
    next_step = forms.CharField(
        label=gettext_lazy("What follows"),
        help_text=gettext_lazy("Its first line is the title when it becomes a request."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=MOST_LETTERS,
        required=False,
    )
    files = FilesField(  # type: ignore[assignment]  # a field is no attribute of the form
        label=gettext_lazy("Pictures"), required=False, allow_empty_file=True
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people  # type: ignore[attr-defined]  # a model choice

    def notes(self) -> Notes:
        """What was typed, as the operation takes it. Raises files.FileRefused."""
        given = self.cleaned_data
        chosen = given["files"]
        return Notes(
            held_at=cast(datetime, given["held_at"]),
            words=given["words"],
            next_step=given["next_step"],
            people=list(given["people"]),
            pictures=[Upload(filename=one.name or "", content=one.read()) for one in chosen],
        )

    def refuse(self, problem: Exception) -> None:
        """Show why the operation refused, where it belongs."""
        if isinstance(problem, NoWords):
            self.add_error("words", _("Say in a sentence what you found."))
        elif isinstance(problem, HeldLater):
            self.add_error("held_at", _("That is in the future. Say when it was."))
        elif isinstance(problem, NoPicture):
            words = _("%(name)s is no picture: choose a JPEG, PNG, GIF or WebP.")
            self.add_error("files", words % {"name": problem.filename})
        elif isinstance(problem, TooManyFiles) and problem.args == (MOST_PICTURES,):
            words = _("A visit has %(most)s pictures at most.")
            self.add_error("files", words % {"most": MOST_PICTURES})
        else:
            self.add_error(*refusal(problem))

    @property
    def has_lost_files(self) -> bool:
        """Files were chosen and the page is shown again: they must be chosen again."""
        return bool(self.is_bound and self.errors and self.files.getlist("files"))  # type: ignore[attr-defined]


REFUSALS = (NoWords, HeldLater, NoPicture, TooManyFiles, files.FileRefused)
"""What may be said to the notes of a visit."""


class CallOffForm(forms.Form):
    """Why a visit does not take place."""

    why = forms.CharField(
        label=gettext_lazy("Why it does not take place"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say why: its turn is left out by that.")},
    )
