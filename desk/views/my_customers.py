"""A consultant's day: what needs me, and how each of my customers stands."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk import places
from desk.my_customers import Asked, asked_for, mine
from desk.needs_me import MOST, needs
from desk.workspace import show


@require_safe
@staff_only(Permission.CONFIGURE_CUSTOMERS)
def my_customers(request: StaffRequest) -> HttpResponse:
    """My customers; as many statements for any number. Managers choose whose."""
    now = timezone.now()
    reader, asked = request.user, asked_for(reader=request.user, query=request.GET.dict(), now=now)
    today = timezone.localtime(now).date()
    found = mine(reader=reader, asked=asked, page=request.GET.get("page"), now=now, today=today)
    is_chinese = (get_language() or "").startswith("zh")
    waiting = needs(reader=reader, whose=asked.whose, is_chinese=is_chinese, now=now)
    context = {
        "asked": asked,
        "found": found,
        "needs": [(one, one.is_late(now)) for one in waiting[:MOST]],
        "has_more_needs": len(waiting) > MOST,
        "is_mine": asked.whose.pk == reader.pk,
        "today": today,
        "query": f"{_query(asked)}&",
        "sorts": _sorts(asked),
        "hand_over_href": _hand_over(request, asked),
        "may_read": may(reader, Permission.READ_TICKETS),
    }
    return show(request, "desk/my_customers.html", context, now=now, at="my_customers")


def _query(asked: Asked, **other: Any) -> str:
    told = {"whose": str(asked.whose.pk), "sort": asked.sort, "q": asked.sought} | other
    plain = {"sort": "need"}
    return urlencode({name: it for name, it in told.items() if it and plain.get(name) != it})


def _sorts(asked: Asked) -> list[dict[str, Any]]:
    return [
        {"label": label, "href": f"?{_query(asked, sort=sort)}", "is_current": asked.sort == sort}
        for sort, label in (
            ("need", _("Most pressing")),
            ("health", _("Health")),
            ("visit", _("Next visit")),
            ("name", _("Name")),
        )
    ]


def _hand_over(request: StaffRequest, asked: Asked) -> str:
    """Where these customers are handed over, for who may."""
    if not may(request.user, Permission.HAND_OVER):
        return ""
    return f"{places.HANDING_OVER}?{urlencode({'from': asked.whose.pk})}"
