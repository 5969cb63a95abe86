"""The figures of the dashboards, as the admin shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import StaffDoor
from accounts.api.problems import wrong_field
from accounts.hosts import admin_origin
from accounts.policy import Permission
from desk.dashboards import (
    NAMES,
    Asked,
    BadAsk,
    Figure,
    NoSuchFigure,
    asked_from,
    figures,
    rows_path,
)


class FigureParameters(serializers.Serializer[Any]):
    """Days and customers; without days the last 30."""

    to = serializers.CharField(
        required=False, max_length=10, help_text="The last day, included: `2026-11-30`."
    )
    team = serializers.CharField(
        required=False, max_length=18, help_text="Only customers of this team, by its key."
    )
    plan = serializers.CharField(
        required=False, max_length=40, help_text="Only customers now on this plan: its code."
    )
    customer = serializers.CharField(
        required=False,
        max_length=24,
        help_text="Only this customer: its code. One that you do not serve counts as none.",
    )
    region = serializers.CharField(
        required=False, max_length=60, help_text="Only customers of this region, as it is written."
    )

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        words = "The first day, in your zone: `2026-11-01`."
        first = serializers.CharField(required=False, max_length=10, help_text=words)
        return {"from": first, **super().get_fields()}


class FigureShape(serializers.Serializer[Any]):
    """One figure. Percents are 0 to 100; times are in minutes or days, as the definition says."""

    name = serializers.CharField()
    value = serializers.FloatField(
        allow_null=True, help_text="Null where there is nothing to count it of."
    )
    n = serializers.IntegerField(help_text="Of how many.")
    definition = serializers.CharField(help_text="What is counted, and what is left out.")
    rows = serializers.CharField(help_text="Where the admin shows what was counted.")


_DASHBOARD = OpenApiParameter(
    "dashboard", str, OpenApiParameter.PATH, enum=NAMES, description="Which dashboard."
)


class Figures(StaffDoor):
    """The figures of a dashboard."""

    scopes = {"GET": Permission.SEE_SERVICE}

    @extend_schema(
        operation_id="figures",
        parameters=[_DASHBOARD, FigureParameters],
        responses={200: FigureShape(many=True)},
    )
    def get(self, request: Request, dashboard: str) -> Response:
        """Figures of all customers you serve; days are those of your time zone."""
        said, person = self.asked(FigureParameters), self.person()
        with timezone.override(ZoneInfo(person.time_zone)):
            try:
                asked = asked_from(said, today=timezone.localtime(self.now).date())
                found = figures(dashboard, user=person, asked=asked, now=self.now)
            except BadAsk as refused:
                raise wrong_field(refused.field, str(refused)) from refused
            except NoSuchFigure as unknown:
                raise Http404 from unknown
        return Response([_shown(dashboard, one, asked) for one in found])


def _shown(dashboard: str, one: Figure, asked: Asked) -> dict[str, Any]:
    return {
        "name": one.name,
        "value": float(one.value) if isinstance(one.value, Decimal) else one.value,
        "n": one.n,
        "definition": str(one.definition),
        "rows": f"{admin_origin()}{rows_path(dashboard, one.rows, asked=asked)}",
    }
