"""Scores over all customers one serves, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import StaffDoor
from accounts.api.paging import PageParameters, page, place
from accounts.api.problems import wrong_field
from accounts.policy import Permission
from desk.models import CallbackItem, Question, ScoreItem
from desk.satisfaction import sees_agents

_KINDS = [choice for choice in Question.Kind.choices if choice[0] != Question.Kind.TEXT]


class ScoreParameters(PageParameters):
    """Filters of the scores; those given hold together."""

    customer = serializers.CharField(
        required=False,
        max_length=24,
        help_text="A customer's code. One that you do not serve has no rows, as one that is none.",
    )
    since = serializers.DateTimeField(
        required=False, help_text="Answered then or later (ISO 8601 with offset)."
    )
    until = serializers.DateTimeField(required=False, help_text="Answered before then.")
    kind = serializers.ChoiceField(_KINDS, required=False)
    is_low = serializers.BooleanField(required=False, allow_null=True, default=None)


class ScoreRow(serializers.Serializer[Any]):
    """One score of one answer. It counts for whose the ticket was when it was resolved."""

    customer = serializers.CharField(help_text="The customer's code.")
    number = serializers.IntegerField(
        allow_null=True, help_text="The ticket's; null: no ticket was asked about."
    )
    question = serializers.CharField(help_text="The question's key in its questionnaire.")
    kind = serializers.ChoiceField(_KINDS)
    value = serializers.IntegerField()
    is_low = serializers.BooleanField()
    words = serializers.CharField(help_text="What was written beside the scores; may be empty.")
    agent = serializers.EmailField(
        allow_null=True, help_text="Null also where you may not see how others are rated."
    )
    answered_at = serializers.DateTimeField()


class ScorePage(serializers.Serializer[Any]):
    """A page of scores."""

    results = ScoreRow(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor`; null: the end.")


class Scores(StaffDoor):
    """The scores."""

    scopes = {"GET": Permission.SEE_CALLBACKS}

    @extend_schema(operation_id="scores", parameters=[ScoreParameters], responses={200: ScorePage})
    def get(self, request: Request) -> Response:
        """Scores of all customers you serve, newest first."""
        asked = self.asked(ScoreParameters)
        after, limit, person = (
            place(asked.get("cursor"), of="scores"),
            asked["limit"],
            self.person(),
        )
        same = CallbackItem.objects.filter(
            customer=OuterRef("customer"), callback_id=OuterRef("callback_id")
        )
        rows = ScoreItem.objects.served_by(person).filter(_wanted(asked) & _after(after))
        rows = rows.annotate(
            number=Subquery(same.values("number")), words=Subquery(same.values("words"))
        )
        columns = ("customer__code", "number", "key", "kind", "value", "is_low", "words",
                   "agent_id", "agent__email", "answered_at", "pk")  # fmt: skip
        found = rows.order_by("-answered_at", "-pk").values_list(*columns, named=True)
        shown, following = page(list(found[: limit + 1]), limit=limit, of="scores", place_of=_place)
        whose = None if sees_agents(person) else person.pk
        return Response({"results": [_row(one, whose) for one in shown], "next": following})


def _wanted(asked: dict[str, Any]) -> Q:
    rows = Q()
    columns = {"kind": "kind", "since": "answered_at__gte", "until": "answered_at__lt"}
    for name, column in columns.items():
        if name in asked:
            rows &= Q(**{column: asked[name]})
    if "customer" in asked:
        rows &= Q(customer__code=asked["customer"].lower())
    if asked["is_low"] is not None:
        rows &= Q(is_low=asked["is_low"])
    since, until = asked.get("since"), asked.get("until")
    if since and until and until <= since:
        raise wrong_field("until", _("Must be later than since."))
    return rows


def _row(one: Any, whose: int | None) -> dict[str, Any]:
    return {
        "customer": one.customer__code,
        "number": one.number,
        "question": one.key,
        "kind": one.kind,
        "value": one.value,
        "is_low": one.is_low,
        "words": one.words,
        "agent": one.agent__email if whose in (None, one.agent_id) else None,
        "answered_at": one.answered_at,
    }


def _place(one: Any) -> list[Any]:
    return [one.answered_at.isoformat(), one.pk]


def _after(place: list[Any] | None) -> Q:
    if place is None:
        return Q()
    at, pk = datetime.fromisoformat(place[0]), place[1]
    return Q(answered_at__lt=at) | Q(answered_at=at, pk__lt=pk)
