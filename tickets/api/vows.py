"""What clocks and promises look like to programs, and how a program writes a promise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.parsing import Text
from desk.words import DueKind
from tickets import clock_values
from tickets.models import Promise

Shape = serializers.Serializer[Any]

OPEN = "open"
"""How a promise stands that is neither kept nor broken nor replaced."""

_OUTCOMES = [(OPEN, _("Open")), *Promise.Outcome.choices]


class Moment(serializers.DateTimeField):
    """A time with its offset, as ISO 8601 writes it; one without is nobody's in particular."""

    default_error_messages = {
        "naive": _("Write this time with its offset from UTC: 2026-11-27T17:00:00+08:00."),
        "never": _("There is no such time. Write it so: 2026-11-27T17:00:00+08:00."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("never")
        try:
            moment = datetime.fromisoformat(value)
            given = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("never")
        if moment.tzinfo is None:
            self.fail("naive")
        return given


class VowShape(Shape):
    """A time the customer is given, and what they wait for."""

    due_at = Moment(help_text="With its offset: `2026-11-27T17:00:00+08:00`. At most two years on.")
    reason = Text(max_length=5_000, help_text="In the customer's words: they read it.")


class OpenPromiseShape(Shape):
    """A time we gave you, and what for."""

    due_at = serializers.DateTimeField()
    reason = serializers.CharField()


class PromiseShape(OpenPromiseShape):
    """A time the customer was given, and what became of it.

    One that was broken and fulfilled later stays broken and has its `kept_at`.
    """

    given_at = serializers.DateTimeField()
    given_by = serializers.CharField(help_text="The name of whoever gave it.")
    outcome = serializers.ChoiceField(_OUTCOMES)
    ended_at = serializers.DateTimeField(allow_null=True)
    kept_at = serializers.DateTimeField(allow_null=True)


class ClockShape(Shape):
    """One clock of ours, counted in business time; a promise's in wall time."""

    kind = serializers.ChoiceField(DueKind.choices)
    state = serializers.ChoiceField([(name, name) for name in get_args(clock_values.ClockState)])
    due_at = serializers.DateTimeField(allow_null=True, help_text="Null while it is paused.")
    met_at = serializers.DateTimeField(allow_null=True)
