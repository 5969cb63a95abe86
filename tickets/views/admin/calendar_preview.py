"""A ticket on Friday 17:50 is due …: what a calendar means, before it is saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib.admin import site
from django.forms import inlineformset_factory
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk import time_text
from desk.admin_forms import WEEKDAYS, CalendarForm, ClosureForm, ClosureFormSet
from desk.models import Calendar, Closure, Policy
from desk.operations.calendars import published_until, special_days
from tickets.business_time import Calendar as Hours
from tickets.calendar_effect import effect_on_tickets
from tickets.calendar_preview import Promise, calendar_of, cases, promises

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""What may be asked about; beyond that zones and dates come to their ends."""


@require_POST
@staff_only(Permission.CONFIGURE_CUSTOMERS)
def calendar_preview(request: StaffRequest) -> HttpResponse:
    """What would be due by the hours that are sent; what is wrong with them, if anything."""
    original = _original(request)
    form = CalendarForm(request.POST, instance=original or Calendar())
    form.is_valid()  # a name that is missing or taken does not matter here
    closures, overlapping = _closures(request, form.instance)
    wrong = [
        (form.fields[name].label, words)
        for name in ("zone", "country", *(name for name, _label in WEEKDAYS), "special")
        for words in form.errors.get(name, [])
    ]
    wrong += [(_("Closures"), words) for words in overlapping]
    promised, problem = _promised(request, original)
    if problem:
        wrong.append((_("Business time"), problem))
    shown: dict[str, Any] = {"wrong": wrong}
    if not wrong:
        asked_at = _asked_at(request)
        shown |= _due(form.instance, closures, promised, asked_at)
        if original:
            shown |= _effect(original, shown["calendar"])
    if request.headers.get("HX-Request"):
        return render(request, "tickets/admin/_preview.html", shown)
    shown |= {**site.each_context(request), "title": _("Preview")}
    return render(request, "tickets/admin/preview.html", shown)


def _due(
    typed: Calendar,
    closures: list[Closure] | None,
    promised: list[Promise],
    asked_at: datetime | None,
) -> dict[str, Any]:
    """What the preview shows of hours that make sense."""
    now = timezone.now()
    special = special_days(
        typed, today=now.date(), closures=closures, language=get_language() or "en"
    )
    until = published_until(typed, today=now.date())
    calendar = calendar_of(
        zone=typed.zone, weekly=typed.weekly, special=special, published_until=until
    )
    found = cases(calendar=calendar, special=special, promised=promised, now=now, asked_at=asked_at)
    return {"zone": typed.zone, "until": until, "cases": found, "calendar": calendar}


def _effect(original: Calendar, drafted: Hours) -> dict[str, Any]:
    """What these hours would do to open tickets."""
    effect = effect_on_tickets(of=original, drafted=drafted, now=timezone.now())
    return {"effect": effect, "is_counted": True}


_ClosureForms = cast(
    "type[ClosureFormSet]",
    inlineformset_factory(Calendar, Closure, form=ClosureForm, formset=ClosureFormSet, extra=0),
)


def _closures(request: StaffRequest, calendar: Calendar) -> tuple[list[Closure] | None, list[str]]:
    """Closures as they stand in the form, and what is wrong with them; None: as they are saved."""
    forms = _ClosureForms(data=request.POST, instance=calendar)
    if not forms.management_form.is_valid():
        return None, []
    if forms.is_valid():
        return forms.kept(), []
    wrong = [words for form in forms.forms for found in form.errors.values() for words in found]
    return None, [str(words) for words in (*forms.non_form_errors(), *wrong)]


def _original(request: StaffRequest) -> Calendar | None:
    of = request.POST.get("preview_of", "")
    is_id = of.isdecimal() and len(of) < 18
    return Calendar.objects.filter(pk=int(of)).first() if is_id else None


def _promised(request: StaffRequest, original: Calendar | None) -> tuple[list[Promise], str]:
    """A time that was asked for, and what the policies of this calendar promise; else two hours."""
    typed = request.POST.get("preview_target", "").strip()
    asked: list[Promise] = []
    if typed:
        try:
            asked = [Promise(_("Your question"), typed, time_text.read(typed))]
        except time_text.NoDuration as wrong:
            return [], str(wrong)
    used = Policy.objects.active().filter(calendar=original) if original else ()
    return [*asked, *promises(used)] or [Promise(_("An example"), _("2 hours"), 7200)], ""


def _asked_at(request: StaffRequest) -> datetime | None:
    try:
        asked = datetime.fromisoformat(request.POST.get("preview_at", "")).replace(tzinfo=None)
    except ValueError:
        return None
    return asked if FIRST_YEAR <= asked.year <= LAST_YEAR else None
