"""The reader's own settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.addresses import client_address
from accounts.models import User
from accounts.operations import By
from accounts.operations.absence import be_away
from accounts.operations.preferring import prefer
from accounts.requests import StaffRequest, staff_only
from accounts.time_zones import time_zones
from desk.forms import AbsenceForm, PreferenceForm
from desk.workspace import show


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def me(request: StaffRequest) -> HttpResponse:
    """Language, theme, time zone and single keys: shown, and kept when posted."""
    user, now = request.user, timezone.now()
    kept = {field: getattr(user, field) for field in PreferenceForm.base_fields}
    form = PreferenceForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        prefer(user=user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect("desk:me")
    return _show(request, now, form=form, absence=_absence_of(user, now))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def absence(request: StaffRequest) -> HttpResponse:
    """When the reader is away and who stands in; `back` in what is posted says that they are here.

    Asked for by GET (from signing in anew, say) it is the page of settings.
    """
    user, now = request.user, timezone.now()
    if request.method != "POST":
        return redirect("desk:me")
    form = AbsenceForm(request.POST, user=user, now=now)
    if "back" in request.POST:
        _keep(request, now, away_from=None, away_until=None, deputy=user.deputy)
    elif form.is_valid():
        _keep(request, now, **form.cleaned_data)
    else:
        kept = {field: getattr(user, field) for field in PreferenceForm.base_fields}
        return _show(request, now, form=PreferenceForm(initial=kept), absence=form)
    return redirect("desk:me")


def _keep(request: StaffRequest, now: datetime, **said: Any) -> None:
    by = By(request.user, client_address(request))
    be_away(user=request.user, by=by, now=now, **said)
    messages.success(request, _("Saved."))


def _absence_of(user: User, now: datetime) -> AbsenceForm:
    """What is kept; an absence that is over is nothing to be kept."""
    is_over = user.away_until is not None and user.away_until <= now
    fields = ("deputy",) if is_over else tuple(AbsenceForm.base_fields)
    return AbsenceForm(
        initial={field: getattr(user, field) for field in fields}, user=user, now=now
    )


def _show(
    request: StaffRequest, now: datetime, *, form: PreferenceForm, absence: AbsenceForm
) -> HttpResponse:
    context = {
        "form": form,
        "absence": absence,
        "zones": time_zones(),
        "is_away_or_will_be": request.user.away_from is not None,
    }
    status = 422 if form.errors or absence.errors else 200
    return show(request, "desk/me.html", context, now=now, at="me", status=status)
