"""What tickets look like to programs, and what programs may send."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.parsing import Text, Whole, YesNo
from desk.words import Channel, Dismissal, DueKind, Kind, Priority, State
from tickets.api.vows import ClockShape, OpenPromiseShape, PromiseShape, VowShape
from tickets.models import Entry
from tickets.models.trail import AuthorKind
from tickets.portal_forms import MAX_LETTERS

Shape = serializers.Serializer[Any]

_STAFF_LETTERS = 1_000_000
_AS_HTML = "HTML, safe to show: only tags that format, links and pictures of ours."


class EntryShape(Shape):
    """Something said or done at a ticket that the customer sees."""

    kind = serializers.ChoiceField(Entry.Kind.choices)
    author_kind = serializers.ChoiceField(AuthorKind.choices)
    author_name = serializers.CharField()
    body = serializers.CharField(allow_blank=True, help_text=_AS_HTML)
    at = serializers.DateTimeField()


class DeskEntryShape(EntryShape):
    """The same with its place in the trail, in which notes have places, too."""

    seq = serializers.IntegerField()


class NoteShape(Shape):
    """Something of ours at a ticket that the customer never sees."""

    author_name = serializers.CharField()
    body = serializers.CharField(help_text=_AS_HTML)
    at = serializers.DateTimeField()
    seq = serializers.IntegerField()


class SummaryShape(Shape):
    """A ticket without its entries."""

    number = serializers.IntegerField()
    subject = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    state = serializers.ChoiceField(State.choices)
    channel = serializers.ChoiceField(Channel.choices)
    requester = serializers.CharField(help_text="The name of whoever asked.")
    opened_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TicketShape(SummaryShape):
    """A ticket as its customer may see it. Entries stand in the order of the trail, oldest first.

    The last 500 are shown; `entries_before` counts those before them.
    """

    promise = OpenPromiseShape(allow_null=True, help_text="What we promised and still owe.")
    entries = EntryShape(many=True)
    entries_before = serializers.IntegerField()


class DeskTicketShape(SummaryShape):
    """A ticket with our handling of it: owner, due, notes are ours, the customer never sees them.

    The last 500 entries and notes are shown; `entries_before` counts the entries before them.
    """

    customer = serializers.CharField(help_text="The customer's code.")
    priority = serializers.ChoiceField(Priority.choices)
    owner = serializers.EmailField(allow_null=True, help_text="The owner's e-mail address.")
    owner_name = serializers.CharField(allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True)
    next_due_kind = serializers.ChoiceField(DueKind.choices, allow_null=True)
    surface_request = serializers.CharField(allow_blank=True)
    need = serializers.CharField(allow_blank=True)
    cause = serializers.CharField(allow_blank=True)
    rationale = serializers.CharField(allow_blank=True)
    prevention = serializers.CharField(allow_blank=True)
    clocks = ClockShape(many=True, help_text="Oldest first.")
    promises = PromiseShape(many=True, help_text="Oldest first; at most one is open.")
    entries = DeskEntryShape(many=True)
    entries_before = serializers.IntegerField()
    notes = NoteShape(many=True)
    last_seq = serializers.IntegerField(help_text="The trail's last place: send it as `seen_seq`.")


class ResolutionShape(Shape):
    """That a ticket is resolved, and what we learned; this stays with us."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(State.choices)
    at = serializers.DateTimeField()
    author_name = serializers.CharField()
    cause = serializers.CharField(allow_blank=True)
    rationale = serializers.CharField(allow_blank=True)
    prevention = serializers.CharField(allow_blank=True)


class DismissalShape(Shape):
    """That a ticket ended without an answer, and why."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(State.choices)
    reason = serializers.ChoiceField(Dismissal.choices)
    into = serializers.IntegerField(allow_null=True, help_text="The ticket it goes on in.")
    at = serializers.DateTimeField()
    author_name = serializers.CharField()


class TicketPage(Shape):
    """A page of tickets, newest first."""

    results = SummaryShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor`; null: the end.")


class BodyShape(Shape):
    """Words: plain text, of which paragraphs and links are made, or HTML, which is cleaned."""

    FORMATS = (("text", "Plain text"), ("html", "HTML"))
    body = Text(max_length=MAX_LETTERS)
    body_format = serializers.ChoiceField(FORMATS, default="text")


class QuestionShape(BodyShape):
    """A question, fault, request or complaint."""

    subject = Text(max_length=200)
    kind = serializers.ChoiceField(Kind.choices, default=Kind.QUESTION)


class NoteWordsShape(BodyShape):
    """Words for colleagues."""

    body = Text(max_length=_STAFF_LETTERS)


class ReplyShape(BodyShape):
    """An answer to the customer. A holding reply may leave the words to us."""

    THEN = ((State.WAITING.value, "Wait for the customer"), (State.OPEN.value, "Keep it open"))
    body = Text(
        max_length=_STAFF_LETTERS,
        required=False,
        allow_blank=True,
        default="",
        help_text="May be empty with `holding`: the standard words go, in the asker's language.",
    )
    holding = YesNo(default=False, help_text="We have it, we are looking; we owe a real answer.")
    then_state = serializers.ChoiceField(
        THEN,
        required=False,
        help_text="Where the ticket stands after a real answer: `waiting`, with a promise `open`.",
    )
    promise = VowShape(
        required=False, allow_null=True, help_text="A time they will hear from us by, and why."
    )
    keeps_promise = YesNo(
        default=True, help_text="A real answer keeps the open promise, unless it gives a new one."
    )
    seen_seq = Whole(
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text="The last place of the trail you saw: a 409 tells you what was said since.",
    )


class LearnedShape(Shape):
    """What we learned, the further output; each may be empty or missing, then it stays as it is."""

    cause = Text(required=False, allow_blank=True, default="", max_length=5_000)
    rationale = Text(required=False, allow_blank=True, default="", max_length=5_000)
    prevention = Text(required=False, allow_blank=True, default="", max_length=5_000)


class EndShape(Shape):
    """Why a ticket ends without an answer; as a duplicate it may go on in another one."""

    reason = serializers.ChoiceField(Dismissal.choices)
    into = Whole(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="With `duplicate`: the number of the ticket, by the same person, it goes on in.",
    )
