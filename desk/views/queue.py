"""The queue: one list over all customers a person may serve."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk.listing import listing
from desk.workspace import show, surroundings


@require_safe
@staff_only()
def queue(request: StaffRequest) -> HttpResponse:
    """A page of the queue; who may read no tickets starts at the customers."""
    if not may(request.user, Permission.READ_TICKETS):
        return redirect("desk:customers")
    now = timezone.now()
    shown = listing(user=request.user, asked=request.GET.dict(), now=now)
    return show(request, "desk/queue.html", {"current": ""}, now=now, at=shown)


@require_safe
@staff_only(Permission.READ_TICKETS)
def rows(request: StaffRequest) -> HttpResponse:
    """The rows alone, with the counts: 204 while the reader of `seen` would see nothing new."""
    now = timezone.now()
    shown = listing(user=request.user, asked=request.GET.dict(), now=now)
    if request.GET.get("seen") == shown.seen:
        return HttpResponse(status=204)
    around = surroundings(request.user, now=now, shown=shown)
    return render(request, "desk/_rows.html", {"list": shown, "now": now, "swap": True, **around})
