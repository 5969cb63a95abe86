"""A company's service reports on its own host, for tokens of its people who read them."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.paging import PageParameters, page, place
from customers.inside import tenant_connection
from followups.models import ServiceReport
from followups.operations.sharing import may_read
from followups.report_months import NoSuchMonth, read, written
from tickets.api.portal import ContactDoor
from tickets.scopes import Scope


class ReportShape(serializers.Serializer[Any]):
    """A published report of a month."""

    month = serializers.CharField(help_text="As 2026-02.")
    published_at = serializers.DateTimeField()
    published_by = serializers.CharField()


class WholeReportShape(ReportShape):
    """The same with all it says: figures, lists, stories and words, as they were published."""

    content = serializers.JSONField()


class ReportPage(serializers.Serializer[Any]):
    """A page of reports, the newest first."""

    results = ReportShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor`; null: the end.")


class ReportDoor(ContactDoor):
    """An address about reports; for whoever's role reads none, nothing is there."""

    scopes = {"GET": Scope.READ_TICKETS}

    def published(self) -> Any:
        """What the person may read. Raises Http404."""
        if not may_read(self.person()):
            raise Http404("not theirs to read")
        return ServiceReport.objects.order_by("-month")


class Reports(ReportDoor):
    """The company's reports."""

    @extend_schema(operation_id="reports", parameters=[PageParameters], responses={200: ReportPage})
    def get(self, request: Request) -> Response:
        """Published service reports, newest first: for owners, decision makers, executors."""
        asked, of = self.asked(PageParameters), f"reports:{tenant_connection().schema_name}"
        after, rows = place(asked.get("cursor"), of=of), self.published()
        if after is not None:
            rows = rows.filter(month__lt=read(str(after[0])))
        found = list(rows.defer("content")[: asked["limit"] + 1])
        shown, following = page(
            found, limit=asked["limit"], of=of, place_of=lambda row: [written(row.month)]
        )
        return Response({"results": [_brief(one) for one in shown], "next": following})


class Report(ReportDoor):
    """One of them."""

    @extend_schema(operation_id="report", responses={200: WholeReportShape})
    def get(self, request: Request, month: str) -> Response:
        """The report of a month with all it says; a month without one is a 404."""
        try:
            first = read(month)
        except NoSuchMonth as problem:
            raise Http404(month) from problem
        found = get_object_or_404(self.published(), month=first)
        return Response(_brief(found) | {"content": found.content})


def _brief(report: ServiceReport) -> dict[str, Any]:
    return {
        "month": written(report.month),
        "published_at": report.published_at,
        "published_by": report.published_by_name,
    }
