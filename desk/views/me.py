"""The reader's own settings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.operations.preferring import prefer
from accounts.requests import StaffRequest, staff_only
from desk.forms import PreferenceForm, time_zones
from desk.workspace import show


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def me(request: StaffRequest) -> HttpResponse:
    """Language, theme, time zone and single keys: shown, and kept when posted."""
    user = request.user
    kept = {field: getattr(user, field) for field in PreferenceForm.base_fields}
    form = PreferenceForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        prefer(user=user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect("desk:me")
    status = 422 if form.errors else 200
    return show(
        request,
        "desk/me.html",
        {"form": form, "zones": time_zones()},
        now=timezone.now(),
        at="me",
        status=status,
    )
