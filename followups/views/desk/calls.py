"""The work list of calls, over all customers."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk.workspace import show
from followups.call_list import TABS, call_list


@require_safe
@staff_only(Permission.SEE_CALLBACKS)
def calls(request: StaffRequest) -> HttpResponse:
    """Low scores on top, then whom to call; besides, who was asked by mail, and flagged answers."""
    now = timezone.now()
    asked = request.GET
    found = call_list(user=request.user, tab=asked.get("show", ""), page=asked.get("page"), now=now)
    tabs = [
        {
            "label": label,
            "count": found.counts[key],
            "href": f"?show={key}",
            "is_current": key == found.tab,
        }
        for key, label in TABS
    ]
    context = {
        "found": found,
        "tabs": tabs,
        "may_call": may(request.user, Permission.WORK_CALLBACKS),
    }
    return show(request, "followups/calls.html", context, now=now, at="callbacks")
