"""Triage meetings: their list, a new one, its board on several screens, its minutes."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk.asked import key
from desk.workspace import show
from product.board import board, here
from product.minutes import minutes_of
from product.models import Event, Meeting, Problem
from product.operations.deciding import missing
from product.operations.triage import attend, open_meeting
from product.triage_forms import DecisionForm, MeetingForm

PAGE_SIZE = 50


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def meetings(request: StaffRequest) -> HttpResponse:
    """All meetings, the newest first; open ones can be joined."""
    rows = Meeting.objects.select_related("opened_by").annotate(
        lines=Count("items"), left=Count("items", filter=Q(items__settled_at__isnull=True))
    )
    page = Paginator(rows.order_by("-held_on", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "may_triage": may(request.user, Permission.TRIAGE)}
    return show(request, "product/triage.html", context, now=timezone.now(), at="triage")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.TRIAGE)
def new_meeting(request: StaffRequest) -> HttpResponse:
    """Open a meeting: its list is drawn up at once."""
    now = timezone.now()
    today = {"held_on": timezone.localtime(now).date()}
    form = MeetingForm(request.POST or None, user=request.user, initial=today)
    if request.method == "POST" and form.is_valid():
        opened = open_meeting(**form.cleaned_data, by=request.user, now=now)
        return redirect("product:meeting", meeting_id=opened.pk)
    status = 422 if form.errors else 200
    return show(
        request, "product/triage_new.html", {"form": form}, now=now, at="triage", status=status
    )


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def meeting(request: StaffRequest, meeting_id: int) -> HttpResponse:
    """The board; ``problem`` opens one beside it, to be decided."""
    shown = known(meeting_id)
    task = None
    number = key(request.GET.get("problem", ""))
    if number and shown.closed_at is None and may(request.user, Permission.TRIAGE):
        rows = Problem.objects.filter(meeting_items__meeting=shown).distinct()
        task = deciding_of(get_object_or_404(rows, pk=number))
    answer = show_board(request, shown, task=task)
    if "HX-Request" in request.headers:  # after a decision the address is the board's again
        answer["HX-Push-Url"] = request.get_full_path()
    return answer


@require_POST
@staff_only(Permission.SEE_PROBLEMS)
def presence(request: StaffRequest, meeting_id: int) -> HttpResponseBase:
    """Somebody's screen is there: the board where it changed, who is there, or nothing."""
    shown, now = known(meeting_id), timezone.now()
    if may(request.user, Permission.TRIAGE):
        attend(meeting=shown, user=request.user, now=now)
    told = request.POST
    if shown.closed_at is not None:
        to = redirect("product:minutes", meeting_id=shown.pk)["Location"]
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    if told.get("version") != str(shown.version):
        return render(request, "product/_board.html", _board(request, shown, told.dict()))
    people = here(shown, now=now)
    if told.get("here") == _names(people):
        return HttpResponse(status=204)
    context = {"meeting": shown, "people": people, "here": _names(people)}
    answer = render(request, "product/_here.html", context)
    answer["HX-Retarget"] = answer["HX-Reselect"] = "#here"
    answer["HX-Reswap"] = "outerHTML"
    return answer


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def minutes(request: StaffRequest, meeting_id: int) -> HttpResponse:
    """What was decided, in words."""
    shown = known(meeting_id)
    context = {"meeting": shown, "minutes": minutes_of(meeting=shown, user=request.user)}
    return show(request, "product/minutes.html", context, now=timezone.now(), at="triage")


def known(meeting_id: int) -> Meeting:
    """The meeting, or 404."""
    return get_object_or_404(Meeting.objects.select_related("opened_by"), pk=meeting_id)


def show_board(
    request: StaffRequest,
    shown: Meeting,
    *,
    task: dict[str, Any] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """The board, with what is being decided beside it and why the last try was refused."""
    context = _board(request, shown, request.GET.dict()) | {"task": task, "refused": refused}
    now = context["now"]
    return show(request, "product/meeting.html", context, now=now, at="triage", status=status)


def deciding_of(
    problem: Problem, form: DecisionForm | None = None, *, changes: list[str] | None = None
) -> dict[str, Any]:
    """What is shown beside the board of a problem that is being decided."""
    newest = Event.objects.filter(problem=problem).order_by("-pk").values_list("pk", flat=True)
    return {
        "problem": problem,
        "form": form or DecisionForm(instance=problem),
        "seen": newest.first() or 0,
        "changes": changes or [],
        "is_complete": not missing(problem),
    }


def _board(request: StaffRequest, shown: Meeting, asked: dict[str, str]) -> dict[str, Any]:
    now = timezone.now()
    people = here(shown, now=now)
    return {
        "meeting": shown,
        "board": board(meeting=shown, user=request.user, asked=asked),
        "people": people,
        "here": _names(people),
        "asked": {name: asked.get(name, "") for name in ("mine", "column", "page")},
        "may_triage": shown.closed_at is None and may(request.user, Permission.TRIAGE),
        "now": now,
    }


def _names(people: Any) -> str:
    """Who is there, as a screen says what it shows."""
    return ".".join(str(one.user_id) for one in people if one.is_here)
