"""Letting one problem be part of another, after a look at what that brings together."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk.asked import words
from desk.workspace import show
from product.models import Problem
from product.operations.problems import IntoItself, merge_problems
from product.problem_list import by_words
from product.views.problems import known
from product.weights import weights

SHOWN = 12


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.TRIAGE)
def merging(request: StaffRequest, problem: str) -> HttpResponse:
    """Choose the problem that stands, see how many tickets join it, merge."""
    now, one = timezone.now(), known(problem)
    asked = request.POST if request.method == "POST" else request.GET
    into = _other(one, asked.get("into", ""))
    refused = ""
    if request.method == "POST":
        refused = _("Choose a problem that is neither this one nor merged itself.")
        if into is not None:
            try:
                merge_problems(problem=one, into=into, by=request.user, now=now)
                return redirect("product:problem", problem=into.key)
            except IntoItself:
                refused = _("One of the two was merged by now. Look again.")
    sought = words(request.GET.get("q", ""))
    found = _found(one, sought) if into is None else []
    ids = [one.pk, *([into.pk] if into else []), *(other.pk for other in found)]
    weighed = weights(ids)
    context = {
        "problem": one,
        "weight": weighed[one.pk],
        "into": into,
        "into_weight": weighed[into.pk] if into else None,
        "found": [(other, weighed[other.pk]) for other in found],
        "sought": sought,
        "refused": refused,
    }
    status = 422 if refused else 200
    return show(request, "product/merging.html", context, now=now, at="problems", status=status)


def _other(problem: Problem, key: str) -> Problem | None:
    """A problem it may be merged into."""
    rows = Problem.objects.standing().exclude(pk=problem.pk)
    found: Problem | None = rows.filter(key=words(key)).first()
    return found if problem.state != Problem.State.MERGED else None


def _found(problem: Problem, sought: str) -> list[Problem]:
    """Where somebody may want to merge it into: what was sought, else the newest."""
    rows = by_words(sought).exclude(state=Problem.State.MERGED).exclude(pk=problem.pk)
    return list(rows.order_by("-state_at", "-pk")[:SHOWN])
