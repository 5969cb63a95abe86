"""Callbacks on a customer's own host, for tokens of the people who are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.once import once
from accounts.api.paging import PageParameters, page, place
from accounts.api.parsing import Text
from accounts.api.problems import Problem
from customers.inside import tenant_connection
from followups import callbacks_shown
from followups.models import Answer, Callback
from followups.operations.scoring import LONGEST_WORDS, BadScores, CallbackOver, give
from followups.ratings import text_of
from tickets.api.portal import ContactDoor
from tickets.scopes import Scope


class ChoiceShape(serializers.Serializer[Any]):
    """What a score of a choice stands for."""

    value = serializers.IntegerField()
    text = serializers.CharField()


class QuestionShape(serializers.Serializer[Any]):
    """One question, in your language."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(["csat", "ces", "nps", "choice", "text"])
    min = serializers.IntegerField(allow_null=True, help_text="The worst; null where it is `text`.")
    max = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    choices = ChoiceShape(many=True, required=False)


class CallbackShape(serializers.Serializer[Any]):
    """How we did: what you are asked, and what you said."""

    id = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True, help_text="Its ticket's, if it has one.")
    asked_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    questions = QuestionShape(many=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    scores = serializers.DictField(child=serializers.IntegerField())
    words = serializers.CharField(allow_blank=True)


class CallbackPage(serializers.Serializer[Any]):
    """A page of callbacks that wait for your answer, newest first."""

    results = CallbackShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor`; null: the end.")


class RatingShape(serializers.Serializer[Any]):
    """A score for each question you answer, and words; one of the two is enough."""

    scores = serializers.DictField(
        child=serializers.JSONField(),
        required=False,
        default=dict,
        help_text="By the keys of the questions, whole numbers from `min` to `max`.",
    )
    words = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=LONGEST_WORDS,
        help_text="Plain text; with a ticket it stands in its trail.",
    )


class CallbackDoor(ContactDoor):
    """An address about one's own callbacks; a colleague's are not there, whoever asks."""

    def own(self) -> Any:
        """What this person was asked."""
        rows = Callback.objects.of(self.person()).select_related("contact", "ticket")
        return rows.order_by("-pk")


class Callbacks(CallbackDoor):
    """What one is asked."""

    scopes = {"GET": Scope.READ_TICKETS}

    @extend_schema(
        operation_id="callbacks", parameters=[PageParameters], responses={200: CallbackPage}
    )
    def get(self, request: Request) -> Response:
        """What we asked you and wait for, newest first."""
        asked, of = self.asked(PageParameters), f"callbacks:{tenant_connection().schema_name}"
        after, rows = place(asked.get("cursor"), of=of), self.own().waiting(self.now)
        if not self.person().is_asked:
            rows = rows.none()
        if after is not None:
            rows = rows.filter(pk__lt=after[0])
        found = list(rows[: asked["limit"] + 1])
        shown, following = page(found, limit=asked["limit"], of=of, place_of=lambda row: [row.pk])
        return Response({"results": [_shown(row) for row in shown], "next": following})


class Rating(CallbackDoor):
    """Saying how we did."""

    scopes = {"POST": Scope.WRITE_TICKETS}

    @extend_schema(
        operation_id="answer_callback", request=RatingShape, responses={200: CallbackShape}
    )
    def post(self, request: Request, callback_id: int) -> Response:
        """Say how we did. For an hour another answer takes the place of this one."""
        own = get_object_or_404(self.own(), pk=callback_id)
        sent = self.sent(RatingShape)
        return once(self, work=lambda: self._rate(own, sent), show=self._one, status=200)

    def _rate(self, own: Callback, sent: dict[str, Any]) -> int:
        with _refusals(sent["scores"]):
            _need_open(own, self)
            scores = _whole(sent["scores"])
            give(
                callback=own,
                scores=scores,
                words=sent["words"],
                via=Answer.Via.API,
                now=self.now,
            )
        return own.pk

    def _one(self, pk: int) -> dict[str, Any]:
        return _shown(self.own().get(pk=pk))


def _need_open(own: Callback, door: CallbackDoor) -> None:
    """Say first that it is over, whatever was sent. Raises CallbackOver."""
    if callbacks_shown.shown(own, now=door.now).is_over:
        raise CallbackOver(own.pk)


def _whole(sent: Mapping[str, Any]) -> dict[str, int]:
    """The scores sent, as whole numbers. Raises BadScores."""
    problems = {
        key: _("must be a whole number")
        for key, score in sent.items()
        if isinstance(score, bool) or not isinstance(score, int | float) or score != score // 1
    }
    if problems:
        raise BadScores(problems)
    return {key: int(score) for key, score in sent.items()}


def _shown(own: Callback) -> dict[str, Any]:
    language = own.contact.language
    return {
        "id": own.pk,
        "number": own.ticket.number if own.ticket else None,
        "asked_at": own.asked_at,
        "expires_at": own.expires_at,
        "questions": [_question(one, language) for one in own.questions],
        "answered_at": own.answered_at,
        "scores": own.scores,
        "words": own.words,
    }


def _question(one: Mapping[str, Any], language: str) -> dict[str, Any]:
    drawn = {
        "key": one["key"],
        "kind": one["kind"],
        "min": one.get("min"),
        "max": one.get("max"),
        "text": text_of(one, language),
    }
    if one.get("choices"):
        name = "zh" if language.startswith("zh") else "en"
        drawn["choices"] = [
            {"value": each["value"], "text": each.get(name) or each["en"]}
            for each in one["choices"]
        ]
    return drawn


@contextmanager
def _refusals(scores: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except CallbackOver as problem:
        words = _("It was taken back, is too old, or was answered over an hour ago. Write to us.")
        raise Problem(409, "callback-over", words) from problem
    except BadScores as problem:
        words = _("This is no answer to what was asked. See the errors for each question.")
        errors = [
            {"field": f"scores.{key}" if key in scores else key, "detail": said}
            for key, said in problem.problems.items()
        ]
        raise Problem(422, "no-answer", words, errors=errors) from problem
