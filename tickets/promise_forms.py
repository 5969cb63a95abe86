"""Forms that give a time: a promise alone, with a reply, or to put a ticket on hold; dismissing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.words import Dismissal, State
from tickets.models import Ticket
from tickets.operations import (
    HoldingNeedsPromise,
    HoldNeedsPromise,
    IntoItself,
    NoPromise,
    NoReason,
    OtherRequester,
    PromiseInThePast,
    PromiseTooFar,
    Vow,
)

REFUSALS = (
    HoldingNeedsPromise,
    HoldNeedsPromise,
    IntoItself,
    NoPromise,
    NoReason,
    OtherRequester,
    PromiseInThePast,
    PromiseTooFar,
)
"""What an operation may say about a promise or a merge."""

_SAID: dict[type[Exception], tuple[str, Any]] = {
    PromiseInThePast: ("due_at", gettext_lazy("That time has passed. Choose a later one.")),
    PromiseTooFar: ("due_at", gettext_lazy("That is too far ahead. Choose a time within 2 years.")),
    NoReason: ("reason", gettext_lazy("Write what the customer waits for.")),
    HoldNeedsPromise: (
        "due_at",
        gettext_lazy("On hold needs a promise: choose the time we will be back, and the reason."),
    ),
    HoldingNeedsPromise: (
        "due_at",
        gettext_lazy(
            "They have been told that we are looking. Say by when this time: choose a time,"
            " and write what it takes."
        ),
    ),
    NoPromise: (
        "due_at",
        gettext_lazy("No promise is open any more: somebody kept or replaced it already."),
    ),
    OtherRequester: (
        "into",
        gettext_lazy(
            "Another person asked that ticket and would not see this one's answer."
            " Answer both, or name a ticket of the same person."
        ),
    ),
    IntoItself: ("into", gettext_lazy("That is this very ticket. Write the other one's number.")),
}


def refused(problem: Exception) -> tuple[str, str] | None:
    """Field and words of such a refusal; None for any other."""
    said = _SAID.get(type(problem))
    return (said[0], str(said[1])) if said else None


def merge_problem(ticket: Ticket, into: Ticket) -> str:
    """Why a ticket could not be merged into that one, seen beforehand; "" for nothing."""
    if into.pk == ticket.pk:
        return str(_SAID[IntoItself][1])
    if into.state == State.CLOSED:
        return _("That ticket is closed. Reopen it first, or name another one.")
    return "" if into.requester_id == ticket.requester_id else str(_SAID[OtherRequester][1])


class LocalTime(forms.DateTimeInput):
    """Date and time as the browser lets one choose them, on the reader's wall clock."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", attrs={"step": 300})


class VowForm(forms.Form):
    """A time and its reason; both or, where no promise is needed, neither."""

    due_at = forms.DateTimeField(
        label=gettext_lazy("By when"),
        widget=LocalTime,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        required=False,
        error_messages={"invalid": gettext_lazy("Choose date and time, such as 2026-11-27 17:00.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, as the customer reads it"),
        widget=forms.TextInput(attrs={"maxlength": 500, "autocomplete": "off"}),
        max_length=500,
        required=False,
    )

    def __init__(self, *args: Any, needed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_needed = needed

    def clean(self) -> dict[str, Any]:
        """Ask for the one that is missing."""
        given = super().clean() or {}
        due_at, reason = given.get("due_at"), (given.get("reason") or "").strip()
        wanted = self._is_needed or bool(due_at or reason)
        if wanted and not due_at and "due_at" not in self.errors:
            self.add_error("due_at", _("Choose the time by which we will be back."))
        if wanted and not reason and "reason" not in self.errors:
            self.add_error("reason", _("Write what the customer waits for."))
        return given

    def vow(self) -> Vow | None:
        """What was promised; None for nothing."""
        due_at: datetime | None = self.cleaned_data.get("due_at")
        return Vow(due_at, self.cleaned_data["reason"].strip()) if due_at else None

    def refuse(self, problem: Exception) -> bool:
        """Show why the operation refused at its field; False when it is about something else."""
        said = refused(problem)
        if said is None or said[0] not in self.fields:
            return False
        self.add_error(*said)
        return True


class DismissalForm(forms.Form):
    """Why a ticket ends without an answer; a duplicate names the ticket it goes on in."""

    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=Dismissal.choices)
    into = forms.IntegerField(
        label=gettext_lazy("Number of the other ticket"),
        min_value=1,
        max_value=2_000_000_000,
        required=False,
        error_messages={"invalid": gettext_lazy("Write the number alone, such as 128.")},
    )

    def clean(self) -> dict[str, Any]:
        """A duplicate needs the other ticket."""
        given = super().clean() or {}
        is_duplicate = given.get("reason") == Dismissal.DUPLICATE
        if is_duplicate and not given.get("into") and "into" not in self.errors:
            self.add_error("into", _("Write the number of the ticket it is a duplicate of."))
        return given
