"""The calendar of promises: what we said by when, to whom, and whether we kept it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk.promises import DAY, PERIOD, Asked, Person, asked_for, promises
from desk.workspace import show


@require_safe
@staff_only(Permission.READ_TICKETS)
def calendar(request: StaffRequest) -> HttpResponse:
    """A week or a day of promises, in the reader's zone; broken ones stand on top."""
    now = timezone.now()
    asked = asked_for(request.GET.dict(), now=now)
    found = promises(user=request.user, asked=asked, now=now)
    context = {
        "asked": asked,
        "found": found,
        "last": asked.first + asked.span - DAY,
        "zone": timezone.get_current_timezone_name(),
        "rate_days": PERIOD.days,
        "may_answer": may(request.user, Permission.ANSWER_TICKETS),
        "here": _address(asked),
        **_ways(request.user.pk, asked, found.people, timezone.localtime(now).date()),
    }
    return show(request, "desk/promises.html", context, now=now, at="promises")


def _address(asked: Asked, **other: Any) -> str:
    told = {
        "view": "week" if asked.is_week else "day",
        "on": asked.first.isoformat(),
        "person": asked.person,
    } | other
    return f"?{urlencode({name: value for name, value in told.items() if value})}"


def _ways(reader: int, asked: Asked, people: list[Person], today: date) -> dict[str, Any]:
    """Where one may go from here: other days, the other view, another person's."""
    kept = asked.first.isoformat()
    if asked.first <= today < asked.first + asked.span:
        kept = today.isoformat()
    persons = [("", _("Everybody"))]
    persons += [(one.key, f"{one.name or _('Nobody')} {one.promises}") for one in people]
    return {
        "earlier": _address(asked, on=(asked.first - asked.span).isoformat()),
        "later": _address(asked, on=(asked.first + asked.span).isoformat()),
        "today": _address(asked, on=""),
        "views": [
            {"label": label, "href": _address(asked, view=view, on=kept), "is_current": is_here}
            for view, label, is_here in (
                ("week", _("One week"), asked.is_week),
                ("day", _("One day"), not asked.is_week),
            )
        ],
        "persons": [
            {
                "label": label,
                "href": _address(asked, person=who),
                "is_current": who == asked.person,
                "is_me": who == str(reader),
            }
            for who, label in persons
        ],
    }
