"""Deciding at a triage meeting's board: groups, classes, owners, dates, and its end."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk.asked import key
from product.event_words import sentence
from product.models import Meeting, MeetingItem, Problem
from product.operations import deciding
from product.operations.problems import Merged
from product.operations.triage import Closed, close_meeting, refresh_list
from product.triage_forms import DecisionForm, GroupForm, found
from product.views.triage import deciding_of, known, show_board


@require_POST
@staff_only(Permission.TRIAGE)
def drawings(request: StaffRequest, meeting_id: int) -> HttpResponse:
    """Add to the list what came since it was drawn."""
    shown = known(meeting_id)
    try:
        refresh_list(meeting=shown, by=request.user, now=timezone.now())
    except Closed:
        return _closed(request, shown)
    return _back(shown)


@require_POST
@staff_only(Permission.TRIAGE)
def groups(request: StaffRequest, meeting_id: int) -> HttpResponse:
    """Say that the chosen lines are one problem; asks first which, when that is not said."""
    shown, form, items = known(meeting_id), GroupForm(request.POST), _items(request, meeting_id)
    if not items:
        return show_board(request, shown, refused=_("Choose tickets first."), status=422)
    is_asked = "title" in request.POST and not _looks(request)
    if not is_asked or not form.is_valid():
        return _ask_which(request, shown, form, items, is_asked=is_asked)
    typed = form.cleaned_data
    try:
        deciding.group(
            meeting=shown,
            items=[item.pk for item in items],
            problem=typed["problem"],
            title=typed["title"],
            kind=typed["kind"],
            by=request.user,
            now=timezone.now(),
        )
    except Closed:
        return _closed(request, shown)
    except deciding.Taken as taken:
        return _taken(request, shown, taken)
    except deciding.TooMany:
        words = _("Not more than %(most)s tickets at once: group them in parts.")
        refused = words % {"most": deciding.AT_ONCE}
        return show_board(request, shown, refused=refused, status=422)
    return _back(shown)


@require_POST
@staff_only(Permission.TRIAGE)
def dissolutions(request: StaffRequest, meeting_id: int) -> HttpResponse:
    """Say that what was proposed together is not the same."""
    shown, cluster = known(meeting_id), key(request.POST.get("cluster", "")) or 0
    try:
        deciding.dissolve(meeting=shown, cluster=cluster, by=request.user, now=timezone.now())
    except Closed:
        return _closed(request, shown)
    return _back(shown)


@require_POST
@staff_only(Permission.TRIAGE)
def classes(request: StaffRequest, meeting_id: int) -> HttpResponse:
    """Give the chosen problems a class; tickets without a problem are asked for one first."""
    shown, kind = known(meeting_id), request.POST.get("kind", "")
    items, problems = _items(request, meeting_id), _problems(request, shown)
    if kind not in Problem.Kind.values or not (items or problems):
        return show_board(request, shown, refused=_("Choose lines first."), status=422)
    try:
        if problems:
            deciding.classify(
                meeting=shown, problems=problems, kind=kind, by=request.user, now=timezone.now()
            )
    except Closed:
        return _closed(request, shown)
    except Merged as merged:
        return _moved_on(request, shown, merged)
    if items:
        return _ask_which(request, known(meeting_id), GroupForm(initial={"kind": kind}), items)
    return _back(shown)


@require_POST
@staff_only(Permission.TRIAGE)
def decisions(request: StaffRequest, meeting_id: int, problem_id: int) -> HttpResponse:
    """Say what a problem is, whose and by when; with `leaves` it leaves the list."""
    shown = known(meeting_id)
    rows = Problem.objects.filter(meeting_items__meeting=shown).distinct()
    problem = get_object_or_404(rows, pk=problem_id)
    form = DecisionForm(request.POST, instance=rows.get(pk=problem_id))
    if not form.is_valid():
        return show_board(request, shown, task=deciding_of(problem, form), status=422)
    leaves = bool(request.POST.get("leaves"))
    try:
        deciding.decide(
            meeting=shown,
            problem=problem,
            seen=key(request.POST.get("seen", "")) or 0,
            leaves=leaves,
            by=request.user,
            now=timezone.now(),
            **form.changes(),
        )
    except deciding.Moved as moved:
        changes = [sentence(event, hidden=_hidden) for event in moved.events]
        task = deciding_of(problem, form, changes=changes)
        return show_board(request, shown, task=task, status=409)
    except deciding.Incomplete as refused:
        form.refuse(refused.missing)
        return show_board(request, shown, task=deciding_of(problem, form), status=422)
    except Merged as merged:
        return _moved_on(request, shown, merged)
    except Closed:
        return _closed(request, shown)
    return _back(shown)


@require_POST
@staff_only(Permission.TRIAGE)
def closing(request: StaffRequest, meeting_id: int) -> HttpResponse:
    """End the meeting: its minutes are sent and entered."""
    shown = known(meeting_id)
    try:
        close_meeting(meeting=shown, by=request.user, now=timezone.now())
    except Closed:
        return _closed(request, shown)
    return redirect("product:minutes", meeting_id=shown.pk)


def _looks(request: StaffRequest) -> bool:
    """Whether an existing problem is looked for, by the button or by Enter in its field."""
    sent = request.POST
    return "look" in sent or bool(sent.get("q") and not (sent.get("title") or sent.get("problem")))


def _items(request: StaffRequest, meeting_id: int) -> list[MeetingItem]:
    """The chosen tickets, of customers the reader serves."""
    served = Customer.objects.live().served_by(request.user)
    rows = MeetingItem.objects.filter(meeting=meeting_id, customer__in=served)
    chosen = {number for one in request.POST.getlist("item") if (number := key(one))}
    return list(rows.filter(pk__in=chosen).select_related("customer").order_by("-position"))


def _problems(request: StaffRequest, shown: Meeting) -> list[Problem]:
    chosen = [number for one in request.POST.getlist("problem") if (number := key(one))]
    rows = Problem.objects.filter(pk__in=chosen, meeting_items__meeting=shown)
    return list(rows.distinct().order_by("pk"))


def _ask_which(
    request: StaffRequest,
    shown: Meeting,
    form: GroupForm,
    items: list[MeetingItem],
    *,
    is_asked: bool = False,
) -> HttpResponse:
    """Ask which problem the chosen lines are; nothing is linked before that."""
    words = str(form["q"].value() or "")
    if not is_asked and form.is_bound:
        kept = {name: form[name].value() for name in ("title", "kind", "q")}
        form = GroupForm(initial={name: value for name, value in kept.items() if value})
    task: dict[str, Any] = {"group": form, "items": items, "found": found(words), "q": words}
    return show_board(request, shown, task=task, status=422 if is_asked else 200)


def _taken(request: StaffRequest, shown: Meeting, taken: deciding.Taken) -> HttpResponse:
    words = _("Somebody was quicker: these tickets are in %(problems)s now. Look, then go on.")
    refused = words % {"problems": ", ".join(str(one) for one in taken.problems)}
    return show_board(request, known(shown.pk), refused=refused, status=409)


def _moved_on(request: StaffRequest, shown: Meeting, merged: Merged) -> HttpResponse:
    words = _("%(problem)s was merged into another: go on there.") % {"problem": merged.problem}
    return show_board(request, known(shown.pk), refused=words, status=409)


def _closed(request: StaffRequest, shown: Meeting) -> HttpResponse:
    words = _("The meeting is closed. Open another to decide more.")
    return show_board(request, known(shown.pk), refused=words, status=409)


def _back(shown: Meeting) -> HttpResponse:
    return redirect("product:meeting", meeting_id=shown.pk)


def _hidden(code: str) -> bool:
    """Changes of a problem name no ticket."""
    return True
