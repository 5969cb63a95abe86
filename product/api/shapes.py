"""What problems and releases look like to programs, and what programs may send."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.api.paging import PageParameters
from accounts.api.parsing import Key, Text
from product.models import Problem, Release

Shape = serializers.Serializer[Any]

MOST_PROBLEMS = 500
"""Problems that one request may name."""

_NEXT = "Send it as `cursor`; null: the end."


class Renamed(Shape):
    """A shape with fields whose names in JSON are no names in Python: `names` says which."""

    names: ClassVar[dict[str, str]] = {"kind": "class"}

    def get_fields(self) -> dict[str, Any]:
        """The fields by their names in JSON; what was sent is known by the other one."""
        fields = super().get_fields()
        for name in self.names.keys() & fields.keys():
            fields[name].source = name
        return {self.names.get(name, name): field for name, field in fields.items()}


class WeightShape(Shape):
    """How many ask about a problem, over all customers."""

    tickets = serializers.IntegerField()
    customers = serializers.IntegerField()
    people = serializers.IntegerField()


class ReportedProblemShape(Renamed):
    """A problem: one cause behind tickets of several customers."""

    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(
        Problem.Kind.choices, allow_blank=True, help_text="Empty until triage."
    )
    state = serializers.ChoiceField(Problem.State.choices)
    owner = serializers.EmailField(allow_null=True, help_text="The owner's e-mail address.")
    owner_name = serializers.CharField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    reference = serializers.CharField(allow_blank=True)
    link = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    merged_into = serializers.CharField(
        allow_null=True, help_text="The key of the problem it was merged into: go on there."
    )
    counts = WeightShape()


class ProblemPage(Shape):
    """A page of problems, newest first."""

    results = ReportedProblemShape(many=True)
    next = serializers.CharField(allow_null=True, help_text=_NEXT)


class ProblemParameters(Renamed, PageParameters):
    """Filters of the problems; those given hold together."""

    kind = serializers.ChoiceField(Problem.Kind.choices, required=False)
    state = serializers.ChoiceField(
        Problem.State.choices,
        required=False,
        help_text="Without it: every problem that was not merged into another.",
    )


class NewProblemShape(Renamed):
    """A problem to make."""

    key = Key()
    title = Text(max_length=200)
    kind = serializers.ChoiceField(
        Problem.Kind.choices, required=False, allow_blank=True, default=""
    )


class NotesShape(Renamed):
    """What a release brings, for those who asked for it: plain text in each language."""

    names = {"zh_hans": "zh-hans"}
    en = Text(required=False, allow_blank=True, default="", max_length=20_000)
    zh_hans = Text(required=False, allow_blank=True, default="", max_length=20_000)


class SaidNotesShape(Renamed):
    """What a release brings, in each language."""

    names = {"zh_hans": "zh-hans"}
    en = serializers.CharField(allow_blank=True)
    zh_hans = serializers.CharField(allow_blank=True)


class NewReleaseShape(Shape):
    """A release to plan; without a name its version, or its key, names it."""

    key = Key()
    name = Text(required=False, allow_blank=True, default="", max_length=120)
    version = Text(required=False, allow_blank=True, default="", max_length=40)
    notes = NotesShape(required=False)
    problems = serializers.ListField(
        child=Key(),
        required=False,
        default=list,
        max_length=MOST_PROBLEMS,
        help_text="Keys of the problems and requests in it.",
    )


class ReleaseSummaryShape(Shape):
    """A release without what became of it."""

    key = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(Release.State.choices)
    live_at = serializers.DateTimeField(allow_null=True)


class CountsShape(Shape):
    """How far telling is; of a release that is not live, whom it would reach."""

    customers = serializers.IntegerField(help_text="Customers where somebody hears of it.")
    people = serializers.IntegerField(help_text="Who hears of it, told or still to be told.")
    sent = serializers.IntegerField(help_text="Notices written, with their mail put out.")
    delivered = serializers.IntegerField(
        help_text="Taken by the mail server, or shown in the portal to who wants no mail."
    )
    read = serializers.IntegerField(help_text="Opened in the portal, or answered.")
    confirmed = serializers.IntegerField(help_text="Whose last answer is that it works.")
    not_working = serializers.IntegerField(help_text="Whose last answer is that it does not.")
    bounced = serializers.IntegerField(help_text="Whose address was refused.")
    dead = serializers.IntegerField(help_text="Given up after all tries, bounced ones included.")
    left_out = serializers.IntegerField(
        help_text="Not needed any more at their turn, such as people switched off since."
    )


class ReleaseShape(ReleaseSummaryShape):
    """A release with its notes, its problems, and what became of telling who asked."""

    publish_at = serializers.DateTimeField(allow_null=True, help_text="When it goes live by itself")
    paused_at = serializers.DateTimeField(allow_null=True, help_text="Nobody is told since then.")
    notes = SaidNotesShape()
    notes_missing = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="How many who hear next read a language it has no notes in, by language;"
        " they get the other one.",
    )
    problems = serializers.ListField(child=serializers.CharField(), help_text="Their keys.")
    counts = CountsShape()


class ReleasePage(Shape):
    """A page of releases, newest first."""

    results = ReleaseSummaryShape(many=True)
    next = serializers.CharField(allow_null=True, help_text=_NEXT)
