"""Low scores on the desk's host: what waits for us at the customers one serves, and closing it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import StaffDoor
from accounts.api.once import once
from accounts.api.paging import PageParameters, page, place
from accounts.api.parsing import Text
from accounts.api.problems import Problem
from accounts.policy import Permission
from customers.inside import tenant_connection
from customers.models import Customer
from desk.asked import key
from desk.models import RescueCause, RescueItem
from desk.words import RescueState
from followups.models import Rescue
from followups.operations.closing_rescues import NotOurTurn, RatedYourself, Unfinished, close

Shape = serializers.Serializer[Any]

_IS_CLOSED = ExpressionWrapper(Q(closed_at__isnull=False), output_field=BooleanField())


class RescueShape(Shape):
    """A low score and who sees to it. Consultant and times are null until somebody is named."""

    id = serializers.CharField(help_text="The customer's code and a number: `acme-7`.")
    customer = serializers.CharField(help_text="The customer's code.")
    number = serializers.IntegerField(allow_null=True, help_text="The ticket's, if there is one.")
    consultant = serializers.EmailField(allow_null=True, help_text="Their e-mail address.")
    consultant_name = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(RescueState.choices)
    due_at = serializers.DateTimeField(allow_null=True)
    opened_at = serializers.DateTimeField()
    named_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    cause = serializers.CharField(allow_null=True, help_text="Its name, once that is known.")
    score = serializers.IntegerField(allow_null=True, help_text="The first low one; null: words.")
    best = serializers.IntegerField(allow_null=True, help_text="The best score of that question.")
    answers = serializers.IntegerField(help_text="How many low answers it is about.")


class RescuePage(Shape):
    """A page of low scores."""

    results = RescueShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor`; null: the end.")


class RescueParameters(PageParameters):
    """Filters of low scores; those given hold together."""

    state = serializers.ChoiceField(RescueState.choices, required=False)
    customer = serializers.CharField(
        required=False,
        max_length=24,
        help_text="A customer's code. One that you do not serve has no rows, as one that is none.",
    )


class ClosingShape(Shape):
    """Why it was, what was done, who was told: all three are needed."""

    cause = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, default="", max_length=200,
        help_text="A cause of the list, by its name in English or Chinese, or its id.",
    )  # fmt: skip
    action = Text(
        required=False, allow_blank=True, allow_null=True, default="", max_length=20_000,
        help_text="What we did about it.",
    )  # fmt: skip
    told = Text(
        required=False, allow_blank=True, allow_null=True, default="", max_length=20_000,
        help_text="Who at the customer was told.",
    )  # fmt: skip


class Rescues(StaffDoor):
    """The low scores."""

    scopes = {"GET": Permission.SEE_CALLBACKS}

    @extend_schema(
        operation_id="rescues", parameters=[RescueParameters], responses={200: RescuePage}
    )
    def get(self, request: Request) -> Response:
        """Low scores at all customers you serve: open ones first, the newest first."""
        asked = self.asked(RescueParameters)
        after = place(asked.get("cursor"), of="rescues")
        rows = RescueItem.objects.served_by(self.person()).annotate(is_closed=_IS_CLOSED)
        rows = rows.filter(_wanted(asked) & _after(after)).select_related(
            "customer", "consultant", "cause"
        )
        limit = asked["limit"]
        found = list(rows.order_by("is_closed", "-opened_at", "-pk")[: limit + 1])
        shown, following = page(found, limit=limit, of="rescues", place_of=_place)
        return Response({"results": [_shown(row) for row in shown], "next": following})


class Closing(StaffDoor):
    """That a low score was put right."""

    scopes = {"POST": Permission.WORK_CALLBACKS}
    customer: Customer
    rescue: Rescue

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        code, _dash, number = str(kwargs["rescue"]).rpartition("-")
        served = Customer.objects.live().served_by(self.person())
        customer = served.filter(code=code).first()
        if customer is None or key(number) is None:
            raise Http404("no such rescue")
        tenant_connection().set_tenant(customer)
        self.customer = cast(Any, request._request).customer = customer
        self.rescue = get_object_or_404(Rescue, pk=key(number))

    @extend_schema(operation_id="close_rescue", request=ClosingShape, responses={201: RescueShape})
    def post(self, request: Request, rescue: str) -> Response:
        """Close it: everybody who was dissatisfied is asked again, and it waits for their scores.

        Where nobody may be asked it is closed at once. What is missing is a 422 that names it.
        """
        sent = self.sent(ClosingShape)
        return once(self, work=lambda: self._close(sent), show=self._now)

    def _close(self, sent: dict[str, Any]) -> int:
        try:
            done = close(
                customer=self.customer,
                rescue_id=self.rescue.pk,
                by=self.person(),
                cause=_cause(sent["cause"] or ""),
                action=sent["action"] or "",
                told=sent["told"] or "",
                now=self.now,
            )
        except Unfinished as refused:
            words = _("A closing needs its cause, what was done, and who was told.")
            problems = refused.problems
            if "cause" in problems:
                problems["cause"] = _causes_in_words()
            errors = [{"field": field, "detail": said} for field, said in problems.items()]
            raise Problem(422, "closing-incomplete", words, errors=errors) from refused
        except RatedYourself as refused:
            words = _("One of these scores counts for you: somebody else closes it.")
            raise Problem(403, "rated-yourself", words) from refused
        except NotOurTurn as refused:
            words = _("It waits for the new score by now, or is closed.")
            raise Problem(409, "not-our-turn", words, state=refused.state) from refused
        return int(done.pk)

    def _now(self, rescue_id: int) -> dict[str, Any]:
        rows = RescueItem.objects.select_related("customer", "consultant", "cause")
        return _shown(rows.get(customer=self.customer, rescue_id=rescue_id))


def _causes_in_words() -> str:
    """What a closing may name: a program cannot see the list."""
    causes = RescueCause.objects.filter(is_active=True).order_by("position", "pk")
    return _("Name one of these causes: %(names)s") % {"names": "; ".join(map(str, causes))}


def _cause(said: str) -> RescueCause | None:
    """The cause of the list that is meant; None for what is none, or is used no more."""
    causes = RescueCause.objects.filter(is_active=True)
    by = Q(name__iexact=said.strip()) | Q(name_zh=said.strip())
    pk = key(said)
    found = causes.filter(pk=pk).first() if pk is not None else None
    return found or (causes.filter(by).first() if said.strip() else None)


def _wanted(asked: dict[str, Any]) -> Q:
    rows = Q(state=asked["state"]) if "state" in asked else Q()
    return rows & Q(customer__code=asked["customer"].lower()) if "customer" in asked else rows


def _place(row: Any) -> list[Any]:
    return [row.is_closed, row.opened_at.isoformat(), row.pk]


def _after(place: list[Any] | None) -> Q:
    """Rows behind a place: older ones of its kind, and behind an open one every closed one."""
    if place is None:
        return Q()
    is_closed, opened, pk = place
    at = datetime.fromisoformat(opened)
    later = Q(is_closed=is_closed) & (Q(opened_at__lt=at) | Q(opened_at=at, pk__lt=pk))
    return later if is_closed else later | Q(is_closed=True)


def _shown(row: RescueItem) -> dict[str, Any]:
    return {
        "id": f"{row.customer.code}-{row.rescue_id}",
        "customer": row.customer.code,
        "number": row.number,
        "consultant": row.consultant.email if row.consultant else None,
        "consultant_name": row.consultant.name if row.consultant else None,
        "state": row.state,
        "due_at": row.due_at,
        "opened_at": row.opened_at,
        "named_at": row.named_at,
        "closed_at": row.closed_at,
        "cause": str(row.cause) if row.cause else None,
        "score": row.score,
        "best": row.top,
        "answers": row.joined,
    }
