"""A ticket on Friday 17:50 is due …: what a calendar means, before it is saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.admin import site
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk import time_text
from desk.admin_forms import WEEKDAYS, CalendarForm
from desk.models import Policy
from tickets.calendar_preview import Promise, calendar_of, cases, promises

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""What may be asked about; beyond that zones and dates come to their ends."""


@require_POST
@staff_only(Permission.CONFIGURE_CUSTOMERS)
def calendar_preview(request: StaffRequest) -> HttpResponse:
    """What would be due by the hours that are sent; what is wrong with them, if anything."""
    form = CalendarForm(request.POST)
    form.is_valid()  # a name that is missing or taken does not matter here
    wrong = [
        (form.fields[name].label, words)
        for name in ("zone", *(name for name, _label in WEEKDAYS), "special")
        for words in form.errors.get(name, [])
    ]
    promised, problem = _promised(request)
    if problem:
        wrong.append((_("Business time"), problem))
    shown: dict[str, Any] = {"wrong": wrong}
    if not wrong:
        said = form.cleaned_data
        calendar = calendar_of(
            zone=said["zone"],
            weekly=[said[name] for name, _label in WEEKDAYS],
            days=said["special"],
        )
        shown["zone"] = calendar.zone
        shown["cases"] = cases(
            calendar=calendar, promised=promised, now=timezone.now(), asked_at=_asked_at(request)
        )
    if request.headers.get("HX-Request"):
        return render(request, "tickets/admin/_preview.html", shown)
    shown |= {**site.each_context(request), "title": _("Preview")}
    return render(request, "tickets/admin/preview.html", shown)


def _promised(request: StaffRequest) -> tuple[list[Promise], str]:
    """A time that was asked for, and what the policies of this calendar promise; else two hours."""
    typed, of = request.POST.get("preview_target", "").strip(), request.POST.get("preview_of", "")
    asked: list[Promise] = []
    if typed:
        try:
            asked = [Promise(_("Your question"), typed, time_text.read(typed))]
        except time_text.NoDuration as wrong:
            return [], str(wrong)
    used = Policy.objects.filter(calendar=int(of)) if of.isdecimal() and len(of) < 18 else None
    promised = [*asked, *promises(used.order_by("position"))] if used is not None else asked
    return promised or [Promise(_("An example"), _("2 hours"), 7200)], ""


def _asked_at(request: StaffRequest) -> datetime | None:
    try:
        asked = datetime.fromisoformat(request.POST.get("preview_at", "")).replace(tzinfo=None)
    except ValueError:
        return None
    return asked if FIRST_YEAR <= asked.year <= LAST_YEAR else None
