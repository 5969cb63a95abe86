"""Problems over all customers: the list, a new one, one with everything about it, changing it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk import places
from desk.asked import key as primary_key
from desk.workspace import show
from product.evidence import evidence
from product.forms import NewProblemForm, ProblemForm
from product.models import Problem
from product.operations.problems import KeyTaken, Merged, change_problem, make_problem
from product.problem_list import (
    MINE,
    NONE,
    SORTS,
    Asked,
    asked_for,
    is_late,
    listed,
    owners,
)
from product.problem_page import progress, reports, trail

STATES = (
    ("unsolved", gettext_lazy("Not live yet")),
    ("back", gettext_lazy("Does not work")),
    ("live", gettext_lazy("Live")),
    ("all", pgettext_lazy("problems", "All")),
    ("merged", gettext_lazy("Merged")),
)
SORT_WORDS = {
    "tickets": gettext_lazy("Most tickets"),
    "customers": gettext_lazy("Most customers"),
    "people": gettext_lazy("Most people"),
    "value": gettext_lazy("Highest plan value"),
    "due": gettext_lazy("Date"),
    "new": gettext_lazy("Newest"),
    "title": gettext_lazy("Title"),
}


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def problems(request: StaffRequest) -> HttpResponse:
    """Problems with what stands behind each, the heaviest first."""
    now = timezone.now()
    asked, today = asked_for(request.GET.dict()), timezone.localtime(now).date()
    found = listed(user=request.user, asked=asked, page=request.GET.get("page"), today=today)
    context = {
        "asked": asked,
        "rows": found.rows,
        "page": found.page,
        "query": f"{asked.query()}&",
        "states": [
            {
                "label": label,
                "href": f"?{asked.query(state=state)}",
                "is_current": asked.state == state,
            }
            for state, label in STATES
        ],
        "kinds": [*Problem.Kind.choices, (NONE, _("Not classed yet"))],
        "owners": [(MINE, _("Mine")), (NONE, _("Without owner")), *_people(asked)],
        "sorts": [(name, SORT_WORDS[name]) for name in SORTS],
        "may_make": may(request.user, Permission.LINK_PROBLEMS),
    }
    return show(request, "product/problems.html", context, now=now, at="problems")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.LINK_PROBLEMS)
def new_problem(request: StaffRequest) -> HttpResponse:
    """Make a problem in one's own words, without a ticket."""
    now = timezone.now()
    form = NewProblemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = make_problem(by=request.user, now=now, **form.cleaned_data)
            return redirect("product:problem", problem=made.key)
        except KeyTaken:
            form.add_error("key", _("Another problem has this key. Choose another."))
    status = 422 if request.method == "POST" else 200
    context = {"form": form}
    return show(request, "product/new.html", context, now=now, at="problems", status=status)


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def problem(request: StaffRequest, problem: str) -> HttpResponse:
    """One cause: its facts, who reported it, what was done about it."""
    return show_problem(request, known(problem))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.TRIAGE)
def facts(request: StaffRequest, problem: str) -> HttpResponse:
    """Change what a problem is; what others changed meanwhile stays."""
    now, found = timezone.now(), known(problem)
    if found.state == Problem.State.MERGED:
        return redirect("product:problem", problem=found.key)
    form = ProblemForm(request.POST or None, instance=known(problem))
    if request.method == "POST" and form.is_valid():
        try:
            change_problem(problem=found, by=request.user, now=now, **form.changes())
            return redirect("product:problem", problem=found.key)
        except Merged:
            form.add_error(None, _("This problem was merged by now. Open the one it went into."))
    status = 422 if request.method == "POST" else 200
    context = {"problem": found, "form": form}
    return show(request, "product/facts.html", context, now=now, at="problems", status=status)


def known(key: str) -> Problem:
    """The problem with that key, or 404."""
    rows = Problem.objects.select_related("owner", "target", "merged_into")
    return get_object_or_404(rows, key=key)


def show_problem(
    request: StaffRequest, found: Problem, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Answer with the page of a problem; as many queries for any number of tickets."""
    now = timezone.now()
    lines, earlier = trail(problem=found, user=request.user, whole="all" in request.GET)
    may_triage = may(request.user, Permission.TRIAGE)
    context = {
        "problem": found,
        "reports": reports(problem=found, user=request.user, page=request.GET.get("page")),
        "is_late": is_late(found, timezone.localtime(now).date()),
        "trail": lines,
        "earlier": earlier,
        "progress": progress(found),
        "merged": list(found.merged.order_by("pk")),
        "may_triage": may_triage and found.state != Problem.State.MERGED,
        "may_link": may(request.user, Permission.LINK_PROBLEMS),
        "unlinked": _unlinked(request, now),
        "evidence": evidence(problem=found, user=request.user),
    }
    return show(
        request, "product/problem.html", context | more, now=now, at="problems", status=status
    )


def _unlinked(request: StaffRequest, now: datetime) -> dict[str, str] | None:
    """The ticket that was taken from it just now, to be put back: ``?unlinked=acme-12``."""
    code, _dash, number = request.GET.get("unlinked", "")[:60].rpartition("-")
    if not code or primary_key(number) is None or not code.replace("-", "").isalnum():
        return None
    href = places.ticket(code.lower(), int(number))
    return {"ref": f"{code.upper()}-{int(number)}", "href": f"{href}problems/"}


def _people(asked: Asked) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in owners().values_list("pk", "name")]
