"""Problems on the desk's host: listed, looked at, made."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import StaffDoor
from accounts.api.once import once
from accounts.api.paging import page, place
from accounts.policy import Permission
from product.api import shapes, showing
from product.api.refusals import key_refusals
from product.models import Problem
from product.operations.problems import make_problem


class Problems(StaffDoor):
    """The problems."""

    scopes = {"GET": Permission.SEE_PROBLEMS, "POST": Permission.LINK_PROBLEMS}

    @extend_schema(
        operation_id="problems",
        parameters=[shapes.ProblemParameters],
        responses={200: shapes.ProblemPage},
    )
    def get(self, request: Request) -> Response:
        """Problems, newest first, each with how many ask about it."""
        asked = self.asked(shapes.ProblemParameters)
        after = place(asked.get("cursor"), of="problems")
        rows = Problem.objects.select_related("owner", "merged_into").order_by("-pk")
        rows = rows.filter(state=asked["state"]) if "state" in asked else rows.standing()
        if "kind" in asked:
            rows = rows.filter(kind=asked["kind"])
        if after is not None:
            rows = rows.filter(pk__lt=after[0])
        limit = asked["limit"]
        shown, following = page(
            list(rows[: limit + 1]), limit=limit, of="problems", place_of=lambda row: [row.pk]
        )
        return Response({"results": showing.problems(shown), "next": following})

    @extend_schema(
        operation_id="make_problem",
        request=shapes.NewProblemShape,
        responses={201: shapes.ReportedProblemShape},
    )
    def post(self, request: Request) -> Response:
        """Make a problem under a key of your own; one that is taken is a 409."""
        sent = self.sent(shapes.NewProblemShape)
        response = once(self, work=lambda: self._make(sent), show=_problem)
        response["Location"] = f"/api/v1/problems/{response.data['key']}/"
        return response

    def _make(self, sent: dict[str, Any]) -> int:
        with key_refusals():
            return make_problem(by=self.person(), now=self.now, **sent).pk


class OneProblem(StaffDoor):
    """One problem."""

    scopes = {"GET": Permission.SEE_PROBLEMS}

    @extend_schema(operation_id="problem", responses={200: shapes.ReportedProblemShape})
    def get(self, request: Request, key: str) -> Response:
        """The problem; one that was merged says into which."""
        return Response(_problem(get_object_or_404(Problem, key=key).pk))


def _problem(pk: int) -> dict[str, Any]:
    row = Problem.objects.select_related("owner", "merged_into").get(pk=pk)
    return showing.problems([row])[0]
