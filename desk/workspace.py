"""What stands around every page of the agents' workspace: the rail, its counts, the bell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Permission, may
from accounts.requests import StaffRequest
from desk import mailbox, places
from desk.listing import VIEWS, Listing, counts


def show(
    request: StaffRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    now: datetime,
    at: Listing | str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer with a page of the workspace. `at`: the place in the rail, or the queue beside."""
    shown = at if isinstance(at, Listing) else None
    around = surroundings(request.user, now=now, shown=shown)
    view = shown.view.key if shown else at
    page = {"view": view, "list": shown, "now": now, **around, **context}
    return render(request, template, page, status=status)


def surroundings(user: User, *, now: datetime, shown: Listing | None = None) -> dict[str, Any]:
    """The context of `desk/base.html`."""
    numbers, bells = (shown.counts, shown.bells) if shown else counts(user=user, now=now)
    return {
        "nav_views": _views(user, numbers),
        "nav_work": _work(user, numbers),
        "bell_count": bells,
        "keys_on": user.has_keys,
        "away": user if user.is_away(now) else None,
    }


def _views(user: User, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    if not may(user, Permission.READ_TICKETS):
        return []
    return [
        {
            "key": view.key,
            "label": view.label,
            "icon": view.icon,
            "href": f"/?view={view.key}",
            "count": numbers[view.key],
            "is_alarm": view.is_alarm,
        }
        for view in VIEWS
    ]


def _work(user: User, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    places_of_work = [
        ("new", _("New ticket"), "plus", places.NEW_TICKET, Permission.ANSWER_TICKETS),
        (
            "my_customers",
            _("My customers"),
            "briefcase-business",
            places.MY_CUSTOMERS,
            Permission.CONFIGURE_CUSTOMERS,
        ),
        ("promises", _("Promises"), "calendar-clock", "/promises/", Permission.READ_TICKETS),
        ("rescues", _("Low scores"), "life-buoy", places.RESCUES, Permission.SEE_CALLBACKS),
        ("callbacks", _("Callbacks"), "phone", places.CALLBACKS, Permission.SEE_CALLBACKS),
        ("mail", _("Mail"), "mail", places.MAIL, Permission.ROUTE_MAIL),
        ("search", _("Search"), "search", places.SEARCH, Permission.READ_TICKETS),
        ("problems", _("Problems"), "puzzle", places.PROBLEMS, Permission.SEE_PROBLEMS),
        ("triage", _("Triage"), "presentation", places.TRIAGE, Permission.SEE_PROBLEMS),
        ("releases", _("Releases"), "rocket", places.RELEASES, Permission.SEE_PROBLEMS),
        (
            "reports",
            _("Service reports"),
            "file-chart-column",
            places.REPORTS,
            Permission.WRITE_REPORTS,
        ),
        ("satisfaction", _("Satisfaction"), "smile", places.SATISFACTION, Permission.SEE_CALLBACKS),
        ("customers", _("Customers"), "building-2", "/customers/", Permission.SEE_CUSTOMERS),
    ]
    if "asks" in numbers:
        asks = (
            "asks",
            _("Asks"),
            "message-circle-question-mark",
            "/asks/",
            Permission.READ_TICKETS,
        )
        places_of_work.insert(3, asks)
    if mailbox.is_open():
        places_of_work.append(
            ("mailbox", _("Mailbox"), "mailbox", "/mailbox/", Permission.SEE_CUSTOMERS)
        )
    return [
        {
            "key": key,
            "label": label,
            "icon": icon,
            "href": href,
            "count": numbers.get(key),
            "is_alarm": key == "rescues",
        }
        for key, label, icon, href, permission in places_of_work
        if may(user, permission)
    ]
