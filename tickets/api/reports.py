"""Reports on the desk's host: that a ticket of a customer belongs to a problem."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import StaffDoor
from accounts.api.once import once
from accounts.api.parsing import Text, Whole
from accounts.api.problems import Problem as Refusal
from accounts.policy import Permission
from customers.inside import tenant_connection
from customers.models import Customer
from product.api.refusals import nothing_there
from product.models import Problem
from tickets.models import Report, Ticket
from tickets.operations.reporting import report


class NewReportShape(serializers.Serializer[Any]):
    """The ticket that belongs to the problem."""

    customer = Text(max_length=24, help_text="The customer's code.")
    number = Whole(min_value=1, max_value=2**31 - 1, help_text="The ticket's number there.")


class ReportShape(serializers.Serializer[Any]):
    """That a ticket belongs to a problem."""

    problem = serializers.CharField(
        help_text="The key of the problem, or of the one it was merged into."
    )
    customer = serializers.CharField(help_text="The customer's code.")
    number = serializers.IntegerField()
    linked_at = serializers.DateTimeField()


class Reports(StaffDoor):
    """What was reported about a problem."""

    scopes = {"POST": Permission.LINK_PROBLEMS}
    customer: Customer

    @extend_schema(operation_id="report", request=NewReportShape, responses={201: ReportShape})
    def post(self, request: Request, key: str) -> Response:
        """Say that a ticket belongs to the problem; again, it is the same link.

        A ticket that is not there, or whose customer you do not serve, is a 422.
        """
        problem = get_object_or_404(Problem.objects.select_related("merged_into"), key=key)
        sent = self.sent(NewReportShape)
        self._enter(sent["customer"])
        return once(self, work=lambda: self._report(problem, sent["number"]), show=self._shown)

    def _enter(self, code: str) -> None:
        """Go to the customer's schema, as every address about its tickets does."""
        served = Customer.objects.live().served_by(self.person())
        customer = served.filter(code=code.lower()).first()
        if customer is None:
            words = _("You serve no customer with the code “%(code)s”.")
            raise nothing_there([{"field": "customer", "detail": words % {"code": code}}])
        tenant_connection().set_tenant(customer)
        self.customer = cast(Any, self.request._request).customer = customer

    def _report(self, problem: Problem, number: int) -> int:
        ticket = Ticket.objects.filter(number=number).first()
        if ticket is None:
            words = _("This customer has no ticket with this number.")
            raise nothing_there([{"field": "number", "detail": words}])
        row, _is_new = report(ticket=ticket, problem=problem, by=self.person(), now=self.now)
        return row.pk

    def _shown(self, pk: int) -> dict[str, Any]:
        row = Report.objects.select_related("ticket", "problem__merged_into").filter(pk=pk).first()
        if row is None or row.problem is None:
            words = _("This link was taken away since. Send it with a new key to link them again.")
            raise Refusal(409, "unlinked", words)
        return {
            "problem": (row.problem.merged_into or row.problem).key,
            "customer": self.customer.code,
            "number": row.ticket.number,
            "linked_at": row.linked_at,
        }
