"""What happened that concerns the reader, and clearing it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import StaffRequest, staff_only
from desk.listing import PAGE_SIZE
from desk.models import Bell
from desk.operations.bells import clear
from desk.ringing import Rung
from desk.workspace import show


@require_safe
@staff_only()
def bells(request: StaffRequest) -> HttpResponse:
    """Bells that still ring for the reader, newest first."""
    ringing = Bell.objects.of(request.user).unread().select_related("customer")
    page = Paginator(ringing, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [Rung(bell) for bell in page]
    context = {"rows": rows, "page": page}
    return show(request, "desk/bells.html", context, now=timezone.now(), at="bells")


@require_POST
@staff_only()
def clear_all(request: StaffRequest) -> HttpResponse:
    """Clear every bell of the reader."""
    clear(user=request.user, now=timezone.now())
    return redirect("desk:bells")


@require_POST
@staff_only()
def clear_one(request: StaffRequest, bell_id: int) -> HttpResponse:
    """Clear one bell of the reader; somebody else's stays as it is."""
    clear(user=request.user, now=timezone.now(), bell_id=bell_id)
    return redirect("desk:bells")
