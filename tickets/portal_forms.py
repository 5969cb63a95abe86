"""What people type at the portal. A refusal keeps every word; files a browser never keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.limits import TooManyTries
from desk.words import Kind
from tickets import files, html, markup, portal_words
from tickets.models import Ticket
from tickets.operations import EmptyBody, TicketClosed, TooManyFiles, Upload, WrongCode

MAX_LETTERS = 100_000
MAX_TOTAL = 50 * 1024 * 1024
"""Bytes of all files of one message together: they are held in memory while they are looked at."""

REFUSALS = (
    EmptyBody,
    TicketClosed,
    TooManyTries,
    TooManyFiles,
    WrongCode,
    files.FileRefused,
    html.HtmlTooLarge,
    html.HtmlTooDeep,
)
"""What an operation may say to what somebody sent."""


class FilesInput(forms.FileInput):
    """A file input that gives several."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile[Any]]:
        """Give all files of that name."""
        return list(files.getlist(name)) if files else []


class FilesField(forms.FileField):
    """Any number of files, looked at before their bytes are read."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Give the files; refuse too many and too large ones."""
        chosen = [super(FilesField, self).clean(one, initial) for one in data]
        if len(chosen) > files.MAX_FILES:
            raise forms.ValidationError(refusal(TooManyFiles(len(chosen)))[1])
        if sum(upload.size for upload in chosen) > MAX_TOTAL:
            words = _("All files of a message together may have %(size)s.")
            raise forms.ValidationError(words % {"size": filesizeformat(MAX_TOTAL)})
        return chosen


class LineField(forms.CharField):
    """A subject, a name: one line without anything that shows it otherwise than it reads."""

    def to_python(self, value: Any) -> str:
        """Put it on one line; what nobody could see is nothing."""
        line = markup.one_line(super().to_python(value) or "")
        return "" if markup.is_blank(line) else line


class PortalForm(forms.Form):
    """A form that can also be refused by the operation it was meant for."""

    free_at: datetime | None = None
    """Set when there were too many tries: when the next one is let through."""

    def refuse(self, problem: Exception) -> None:
        """Show why the operation refused, where it belongs."""
        if isinstance(problem, TooManyTries):
            self.free_at = problem.free_at
        self.add_error(*refusal(problem))

    @property
    def status(self) -> int:
        """How a page with this form answers: 200, 422, or 429 when it was too much."""
        if self.free_at is not None:
            return 429
        return 422 if self.is_bound and self.errors else 200

    @property
    def has_lost_files(self) -> bool:
        """Files were chosen and the page is shown again: they must be chosen again."""
        return bool(self.is_bound and self.errors and self.files)


class MessageForm(PortalForm):
    """A message with files; one of the two is enough."""

    body = forms.CharField(
        label=gettext_lazy("Your message"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=MAX_LETTERS,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = FilesField(label=_("Files"), required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        """Ask for a sentence or a file, and put the text into HTML."""
        given = super().clean() or {}
        if markup.is_blank(given.get("body", "")) and not given.get("files") and not self.errors:
            self.add_error("body", refusal(EmptyBody())[1])
        try:
            given["html"] = html.from_text(given.get("body", ""))
        except html.HtmlTooLarge as problem:
            self.add_error("body", refusal(problem)[1])
        return given

    def uploads(self) -> list[Upload]:
        """The files as the operations take them, read now."""
        chosen = cast("Iterable[UploadedFile[Any]]", self.cleaned_data["files"])
        return [Upload(filename=one.name or "", content=one.read()) for one in chosen]


class QuestionForm(MessageForm):
    """A new question, in the customer's words."""

    subject = LineField(
        label=gettext_lazy("In one sentence"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "next"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=portal_words.KINDS,
        initial=Kind.QUESTION,
        widget=forms.RadioSelect,
    )
    refers = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].label = _("What happened?")
        self.fields["body"].required = True
        self.fields["body"].error_messages["required"] = refusal(EmptyBody())[1]

    def with_reference(self, earlier: Ticket | None, *, prefix: str) -> str:
        """The text as HTML; first the ticket it refers to, if there is one."""
        body = str(self.cleaned_data["html"])
        if earlier is None:
            return body
        words = _("This is about %(prefix)s-%(number)s: %(subject)s")
        known = {"prefix": prefix, "number": earlier.number, "subject": earlier.subject}
        return f"<p>{escape(words % known)}</p>{body}"


class AddressForm(PortalForm):
    """The address a sign-in code is mailed to."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(PortalForm):
    """The six digits of the mail, with the request they answer; spaces don't matter."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=gettext_lazy("The six digits"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Treat a request that never was like a wrong code."""
        if "id" in self.errors:
            self.add_error("code", refusal(WrongCode())[1])
        return super().clean() or {}


class WishesForm(PortalForm):
    """Language and theme."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("en", "English"), ("zh-hans", "简体中文")],
        widget=forms.RadioSelect,
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        choices=[
            ("", gettext_lazy("As my device")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )


class NewsWishesForm(PortalForm):
    """Whether news comes by mail, and the hours without any: both or none, on the reader's wall.

    And whether they are asked how we did, and sent the company's report if it may be sent to them.
    """

    news_by_mail = forms.BooleanField(
        label=gettext_lazy("Tell me by mail when something I asked for is live"), required=False
    )
    is_asked = forms.BooleanField(label=gettext_lazy("You may ask me how you did"), required=False)
    is_sent_report = forms.BooleanField(
        label=gettext_lazy("Mail me the monthly service report"), required=False
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("No such mail from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, *args: Any, may_be_sent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_be_sent:
            del self.fields["is_sent_report"]

    def clean(self) -> dict[str, Any]:
        """Ask for the other one of the two hours; the same twice would be no hours at all."""
        given = super().clean() or {}
        begin, end = given.get("quiet_from"), given.get("quiet_until")
        if self.errors:
            return given
        if (begin is None) != (end is None):
            field = "quiet_from" if begin is None else "quiet_until"
            self.add_error(field, _("Give both times, or none."))
        elif begin is not None and begin == end:
            self.add_error("quiet_until", _("Both times are the same. Give two, or none."))
        return given


def refusal(problem: Exception) -> tuple[str | None, str]:
    """The field a refusal belongs to (None: the whole form) and what to say."""
    if isinstance(problem, (TooManyFiles, files.FileRefused)):
        return "files", _refusal_of_files(problem)
    if isinstance(problem, TooManyTries):
        at = date_format(timezone.localtime(problem.free_at), "H:i")
        return None, _("That was too much in a short time. Try again at %(time)s.") % {"time": at}
    return {
        TicketClosed: (None, _("This ticket is closed. Ask a new question that refers to it.")),
        WrongCode: ("code", _("This code is wrong, used or too old. Ask for a new one.")),
        EmptyBody: ("body", _("Write a sentence first.")),
    }.get(type(problem), ("body", _("This text is too long. Send the rest as a file.")))


def _refusal_of_files(problem: Exception) -> str:
    words = {"name": str(problem), "size": filesizeformat(files.MAX_BYTES)}
    if isinstance(problem, TooManyFiles):
        most = files.MAX_FILES
        return ngettext(
            "A message may have one file.", "A message may have %(most)s files.", most
        ) % {"most": most}
    if isinstance(problem, files.FileEmpty):
        return _("There is nothing in “%(name)s”.") % words
    if isinstance(problem, files.FileTooLarge):
        return _("“%(name)s” is over %(size)s. Compress it, or send a link.") % words
    if isinstance(problem, files.FileIsProgram):
        return _("“%(name)s” is a program. Put it into a .zip first.") % words
    return _("“%(name)s” has too many pixels. Make the picture smaller.") % words
