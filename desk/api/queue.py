"""The queue: every open ticket of the customers one serves, by what is due next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import StaffDoor
from accounts.api.paging import page, place
from accounts.policy import Permission
from desk.api.parameters import QueueParameters, wanted
from desk.models import QueueItem
from desk.words import DueKind, Kind, Priority, State

_COLUMNS = (
    "customer__code", "number", "subject", "kind", "state", "priority", "is_vip", "owner__email",
    "owner__name", "next_due_at", "next_due_kind", "is_judged", "updated_at", "pk",
)  # fmt: skip


class QueueRow(serializers.Serializer[Any]):
    """One ticket of the queue. Owner and due are null until the ticket is judged, in a second."""

    customer = serializers.CharField(help_text="The customer's code.")
    number = serializers.IntegerField()
    subject = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    state = serializers.ChoiceField(State.choices)
    priority = serializers.ChoiceField(Priority.choices)
    is_vip = serializers.BooleanField()
    owner = serializers.EmailField(allow_null=True, help_text="The owner's e-mail address.")
    owner_name = serializers.CharField(allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True)
    next_due_kind = serializers.ChoiceField(DueKind.choices, allow_null=True)


class QueuePage(serializers.Serializer[Any]):
    """A page of the queue."""

    results = QueueRow(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor`; null: the end.")


class Queue(StaffDoor):
    """The queue."""

    scopes = {"GET": Permission.READ_TICKETS}

    @extend_schema(operation_id="queue", parameters=[QueueParameters], responses={200: QueuePage})
    def get(self, request: Request) -> Response:
        """Open tickets of all customers you serve: unjudged first, then by what is due next."""
        asked = self.asked(QueueParameters)
        after = place(asked.get("cursor"), of="queue")
        person = self.person()
        rows = QueueItem.objects.served_by(person)
        rows = rows.filter(wanted(asked, user=person, now=self.now) & _after(after))
        rows = rows.by_urgency() if "state" in asked else rows.live().by_urgency()
        limit = asked["limit"]
        found = list(rows.values_list(*_COLUMNS, named=True)[: limit + 1])
        shown, following = page(found, limit=limit, of="queue", place_of=_place)
        return Response({"results": [_row(item) for item in shown], "next": following})


def _row(item: Any) -> dict[str, Any]:
    return {
        "customer": item.customer__code,
        "number": item.number,
        "subject": item.subject,
        "kind": item.kind,
        "state": item.state,
        "priority": item.priority,
        "is_vip": item.is_vip,
        "owner": item.owner__email,
        "owner_name": item.owner__name,
        "next_due_at": item.next_due_at,
        "next_due_kind": item.next_due_kind or None,
    }


def _place(item: Any) -> list[Any]:
    due = item.next_due_at.isoformat() if item.next_due_at else None
    return [item.is_judged, due, item.updated_at.isoformat(), item.pk]


def _after(place: list[Any] | None) -> Q:
    """Rows that stand behind a place in the order of `by_urgency`: unknown due times come last."""
    if place is None:
        return Q()
    is_judged, due, updated, pk = place
    last = Q(updated_at__gt=_time(updated)) | Q(updated_at=_time(updated), pk__gt=pk)
    if due is None:
        within = Q(next_due_at__isnull=True) & last
    else:
        later = Q(next_due_at__gt=_time(due)) | Q(next_due_at__isnull=True)
        within = later | (Q(next_due_at=_time(due)) & last)
    if is_judged:
        return Q(is_judged=True) & within
    return Q(is_judged=True) | within


def _time(said: str) -> datetime:
    return datetime.fromisoformat(said)
