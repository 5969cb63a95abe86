"""Asks to departments: what one is asked, and what one asked."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk.asks import TABS, ask_list
from desk.workspace import show


@require_safe
@staff_only(Permission.READ_TICKETS)
def asks(request: StaffRequest) -> HttpResponse:
    """Asks of the reader, of their departments or by them; open ones first, by due time."""
    now = timezone.now()
    asked = request.GET
    shown = ask_list(user=request.user, tab=asked.get("show", ""), page=asked.get("page"), now=now)
    rows = [(line, line.is_late(now)) for line in shown.lines]
    tabs = [
        {"label": tab.label, "href": f"?show={tab.key}", "is_current": tab.key == shown.tab.key}
        for tab in TABS
    ]
    context = {"rows": rows, "page": shown.page, "tabs": tabs, "tab": shown.tab}
    return show(request, "desk/asks.html", context, now=now, at="asks")
