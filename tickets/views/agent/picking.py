"""Linking tickets of several customers, picked from a search, to one problem."""

from __future__ import annotations

from typing import Any

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
from product.operations.problems import make_problem
from product.problem_list import by_words
from product.weights import weights
from tickets.operations.reporting import report_all
from tickets.picked import MOST, Picked, picked

SHOWN = 8


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.LINK_PROBLEMS)
def pick(request: StaffRequest) -> HttpResponse:
    """Name the customers touched, choose or make the problem, link: each customer by itself."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = picked(user=request.user, codes=asked.getlist("ticket"))
    if request.method != "POST":
        return _show(request, chosen)
    refused, problem = "", None
    if chosen.is_too_many or not chosen.count:
        refused = _("Pick at least one ticket, and at most %(most)s.") % {"most": MOST}
    else:
        refused, problem = _wanted(request)
    if problem is None:
        return _show(request, chosen, refused=refused)
    now = timezone.now()
    report_all(picked=chosen.numbers(), problem=problem, by=request.user, now=now)
    return redirect("product:problem", problem=problem.key)


def _wanted(request: StaffRequest) -> tuple[str, Problem | None]:
    """The problem of that key, or a new one of that title; else why not."""
    key, title = words(request.POST.get("key", "")), words(request.POST.get("title", ""))
    if key:
        found = Problem.objects.select_related("merged_into").filter(key=key).first()
        said = "" if found else _("No problem has the key %(key)s.") % {"key": key}
        return said, found and (found.merged_into or found)
    if title:
        return "", make_problem(title=title, by=request.user, now=timezone.now())
    return _("Give the new problem a title in your own words."), None


def _show(request: StaffRequest, chosen: Picked, *, refused: str = "") -> HttpResponse:
    sought = words(request.GET.get("q", ""))
    rows = by_words(sought).exclude(state=Problem.State.MERGED).select_related("owner")
    found = list(rows.order_by("-state_at", "-pk")[:SHOWN])
    weighed = weights([one.pk for one in found])
    context: dict[str, Any] = {
        "picked": chosen,
        "most": MOST,
        "sought": sought,
        "found": [(one, weighed[one.pk]) for one in found],
        "refused": refused,
        "title": request.POST.get("title", "")[:200],
    }
    status = 422 if refused else 200
    page = "tickets/agent/picked.html"
    return show(request, page, context, now=timezone.now(), at="search", status=status)
