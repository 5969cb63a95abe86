"""Notices on a customer's own host, for tokens of the people they were written to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from accounts.api.parsing import Text, YesNo
from accounts.api.problems import Problem, wrong_field
from customers.inside import tenant_connection
from followups.models import Notice
from followups.operations.answering import NoticeOver, answer
from product.models import PortalRelease
from tickets import html
from tickets.api.portal import ContactDoor
from tickets.portal_forms import MAX_LETTERS
from tickets.scopes import Scope


class NoticeShape(serializers.Serializer[Any]):
    """That what you asked for is live, with the tickets in which you did."""

    id = serializers.IntegerField()
    release = serializers.CharField(
        allow_null=True, help_text="Its key; null when it reaches your company no more."
    )
    version = serializers.CharField(allow_blank=True)
    tickets = serializers.ListField(child=serializers.IntegerField(), help_text="Their numbers.")
    told_at = serializers.DateTimeField()
    answer = serializers.ChoiceField(
        Notice.Answer.choices, allow_null=True, help_text="Null until you answered."
    )


class NoticePage(serializers.Serializer[Any]):
    """A page of notices, newest first."""

    results = NoticeShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor`; null: the end.")


class AnswerShape(serializers.Serializer[Any]):
    """Whether it works for you, and what you have to say about it."""

    works = YesNo()
    words = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=MAX_LETTERS,
        help_text="Plain text; it stands in the trail of each of the notice's tickets.",
    )


class NoticeDoor(ContactDoor):
    """An address about one's own notices; a colleague's are not there, whoever asks."""

    def own(self) -> Any:
        """What was told to this person."""
        return Notice.objects.filter(contact=self.person()).order_by("-pk")


class Notices(NoticeDoor):
    """One's notices."""

    scopes = {"GET": Scope.READ_TICKETS}

    @extend_schema(operation_id="notices", parameters=[PageParameters], responses={200: NoticePage})
    def get(self, request: Request) -> Response:
        """What went live of all you asked for, newest first."""
        asked, of = self.asked(PageParameters), f"notices:{tenant_connection().schema_name}"
        after, rows = place(asked.get("cursor"), of=of), self.own()
        if after is not None:
            rows = rows.filter(pk__lt=after[0])
        found = list(rows.prefetch_related("tickets__ticket")[: asked["limit"] + 1])
        shown, following = page(found, limit=asked["limit"], of=of, place_of=lambda row: [row.pk])
        return Response({"results": _shown(shown), "next": following})


class Answer(NoticeDoor):
    """Whether it works."""

    scopes = {"POST": Scope.WRITE_TICKETS}

    @extend_schema(operation_id="answer_notice", request=AnswerShape, responses={201: NoticeShape})
    def post(self, request: Request, notice_id: int) -> Response:
        """Say whether it works: if so its resolved tickets are closed, if not they are open again.

        What was withdrawn, or closed without an answer, stays closed: ask anew where it is needed.
        The same answer again changes nothing; another one is a new answer. One that was ended, or
        is too old, takes none.
        """
        notice = get_object_or_404(self.own(), pk=notice_id)
        sent = self.sent(AnswerShape)
        return once(self, work=lambda: self._answer(notice, sent), show=_one)

    def _answer(self, notice: Notice, sent: dict[str, Any]) -> int:
        with _refusals():
            return answer(notice=notice, now=self.now, **sent).pk


def _one(pk: int) -> dict[str, Any]:
    return _shown([Notice.objects.prefetch_related("tickets__ticket").get(pk=pk)])[0]


def _shown(rows: Sequence[Notice]) -> list[dict[str, Any]]:
    """Notices with the releases that this customer may read of; their tickets are loaded."""
    releases = PortalRelease.objects.in_bulk({row.release_id for row in rows})
    return [_notice(row, releases.get(row.release_id)) for row in rows]


def _notice(row: Notice, release: PortalRelease | None) -> dict[str, Any]:
    return {
        "id": row.pk,
        "release": release.key if release else None,
        "version": release.version if release else "",
        "tickets": sorted(one.ticket.number for one in row.tickets.all()),
        "told_at": row.told_at,
        "answer": row.answer or None,
    }


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except NoticeOver as problem:
        words = _("This notice was ended, or is too old. Open a new ticket that refers to it.")
        raise Problem(409, "notice-over", words) from problem
    except (html.HtmlTooLarge, html.HtmlTooDeep) as problem:
        words = _("This text is too long or nested too deep. Send less of it.")
        raise wrong_field("words", words) from problem
