"""What agents type. A refusal names field and remedy and keeps every word."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from desk.words import Channel, Kind, Priority, State
from tickets import files, html, promise_forms
from tickets.models import Contact
from tickets.operations import EmptyBody, NotOurs, TicketClosed, TooManyFiles, Upload
from tickets.operations.refusals import TicketNotSettled, TicketSettled
from tickets.portal_forms import FilesField, LineField, refusal

REFUSALS = (
    EmptyBody,
    NotOurs,
    TicketClosed,
    TicketNotSettled,
    TooManyFiles,
    files.FileRefused,
    html.HtmlTooLarge,
    html.HtmlTooDeep,
    *promise_forms.REFUSALS,
)
"""What an operation may say to what an agent sent."""


def said(problem: Exception) -> str:
    """Why it was refused and what to do, in the reader's words."""
    if about_promise := promise_forms.refused(problem):
        return about_promise[1]
    if isinstance(problem, TicketSettled):
        return _("This ticket is resolved or closed by now. Reopen it first.")
    if isinstance(problem, TicketClosed):
        return _("This ticket is closed. Reopen it first, or write a note.")
    if isinstance(problem, TicketNotSettled):
        return _("This ticket is open already.")
    if isinstance(problem, NotOurs):
        return _("Only a reply of ours can be corrected. Correct the first one, not a correction.")
    return refusal(problem)[1]


class WritingForm(forms.Form):
    """Words with files, and the last place of the trail the writer saw."""

    body = forms.CharField(label=gettext_lazy("Message"), max_length=1_000_000, required=False)
    files = FilesField(  # type: ignore[assignment]  # a field is no attribute of the form
        label=gettext_lazy("Files"), required=False, allow_empty_file=True
    )
    seen_seq = forms.IntegerField(min_value=0, required=False)

    def markup(self) -> str:
        """The words as HTML. Raises HtmlTooLarge."""
        return html.from_text(self.cleaned_data["body"])

    def uploads(self) -> list[Upload]:
        """The files as operations take them, read now."""
        chosen = self.cleaned_data["files"]
        return [Upload(filename=one.name or "", content=one.read()) for one in chosen]

    def words_of_errors(self) -> list[str]:
        """Every refusal, for where there is one place to show them; files must be chosen anew."""
        words = [str(word) for errors in self.errors.values() for word in errors]
        if words and cast(Any, self).files:
            words.append(_("Choose your files again: a browser does not keep them."))
        return words


class ReplyForm(WritingForm):
    """A reply, and where the ticket stands after it."""

    THEN = (
        (State.WAITING, gettext_lazy("then wait for the customer")),
        (State.OPEN, gettext_lazy("and keep it open")),
        (State.ON_HOLD, gettext_lazy("and put it on hold")),
    )
    then_state = forms.ChoiceField(choices=THEN, required=False)
    is_holding = forms.BooleanField(required=False)
    """These words are a holding reply: the answer still follows."""
    keeps_shown = forms.BooleanField(required=False)
    keeps_promise = forms.BooleanField(required=False)
    keep = forms.TypedMultipleChoiceField(required=False)
    """Names of files of a reply that was taken back: they go with this one."""

    def __init__(self, *args: Any, kept: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keep"].choices = [(name, name) for name in kept]  # type: ignore[attr-defined]

    def clean_then_state(self) -> str:
        return self.cleaned_data["then_state"] or State.WAITING.value

    def clean_keeps_promise(self) -> bool:
        """Where it was not asked, an answer keeps the open promise."""
        return bool(self.cleaned_data["keeps_promise"] or not self.cleaned_data["keeps_shown"])


class OwnerForm(forms.Form):
    """Who owns a ticket; nobody when empty."""

    owner = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Owner"), required=False)

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = staff  # type: ignore[attr-defined]  # a model choice


class PropertiesForm(forms.Form):
    """What a ticket is; what is not sent stays as it is."""

    subject = LineField(label=gettext_lazy("Subject"), max_length=200, required=False)
    kind = forms.ChoiceField(choices=Kind.choices, required=False)
    priority = forms.ChoiceField(choices=Priority.choices, required=False)
    state = forms.ChoiceField(
        choices=[
            (state.value, state.label) for state in (State.OPEN, State.WAITING, State.ON_HOLD)
        ],
        required=False,
    )

    def changes(self) -> dict[str, Any]:
        """The fields that were sent with a value."""
        return {field: value for field, value in self.cleaned_data.items() if value}


class UnderstandingForm(forms.Form):
    """What they said, and what they are after."""

    surface_request = forms.CharField(
        label=gettext_lazy("What they said"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=5_000,
        required=False,
    )
    need = forms.CharField(
        label=gettext_lazy("What they need"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=5_000,
        required=False,
    )


class ResolutionForm(forms.Form):
    """The further output: it stays with us until the customer's guidance says otherwise."""

    cause = forms.CharField(
        label=gettext_lazy("Why it happened"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=5_000,
        required=False,
    )
    rationale = forms.CharField(
        label=gettext_lazy("Why this solution"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=5_000,
        required=False,
    )
    prevention = forms.CharField(
        label=gettext_lazy("How to avoid it"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=5_000,
        required=False,
    )


class TakenForm(forms.Form):
    """A question that a person on staff took in for a customer: by phone, mostly."""

    contact = forms.ModelChoiceField(
        Contact.objects.none(),
        label=gettext_lazy("Who asks"),
        empty_label=gettext_lazy("Choose a person, or add somebody new"),
        required=False,
    )
    name = LineField(label=gettext_lazy("Name"), max_length=120, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    phone = LineField(label=gettext_lazy("Phone"), max_length=40, required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=Contact.Role.choices, initial=Contact.Role.USER
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("It came by"), choices=Channel.choices, initial=Channel.PHONE
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Kind.choices)
    subject = LineField(label=gettext_lazy("In one sentence"), max_length=200)
    body = forms.CharField(
        label=gettext_lazy("What they said"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=1_000_000,
    )
    files = FilesField(  # type: ignore[assignment]  # a field is no attribute of the form
        label=gettext_lazy("Files"), required=False, allow_empty_file=True
    )
    holds = forms.BooleanField(
        label=gettext_lazy("Send “we are on it” at once"),
        help_text=gettext_lazy("We then owe a real answer."),
        required=False,
    )

    def __init__(self, *args: Any, contacts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = contacts  # type: ignore[attr-defined]  # a model choice

    def clean(self) -> dict[str, Any]:
        """Ask for name and address of somebody new."""
        given = super().clean() or {}
        if given.get("contact") is None and "contact" not in self.errors:
            for field, words in (
                ("name", _("Write the name, or choose a person above.")),
                ("email", _("Write the address answers go to, or choose a person above.")),
            ):
                if not given.get(field) and field not in self.errors:
                    self.add_error(field, words)
        return given

    def uploads(self) -> list[Upload]:
        """The files as operations take them, read now."""
        return [Upload(one.name or "", one.read()) for one in self.cleaned_data["files"]]
