"""One of ours at the portal as a contact sees it: coming in, leaving; and owners, who read it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.addresses import client_address
from accounts.hosts import admin_origin
from accounts.limits import Allowance, TooManyTries, count_try, forgive_try
from tickets.models import Contact, Limit, Viewing
from tickets.operations.looking_in import NoCrossing, cross, end_viewing
from tickets.requests import ContactRequest, contact_only
from tickets.sessions import SessionStore
from tickets.viewing import VIEWING
from tickets.viewings_shown import shown

PER_ADDRESS = Allowance(tries=20, window=timedelta(minutes=15))
PAGE = 50
TOLD = timedelta(hours=1)
"""So long a viewing's browser is told that it is over, and not asked to sign in."""


@csrf_exempt  # nobody is signed in here yet: the secret, its age and where it comes from count
@require_POST
def arrive(request: HttpRequest) -> HttpResponse:
    """Begin a session that only reads for whoever brings a fresh secret from the admin."""
    now, key = timezone.now(), f"viewing:{client_address(request)}"
    try:
        count_try(Limit, key=key, allowance=PER_ADDRESS, now=now)
        if request.headers.get("Origin") != admin_origin():
            raise NoCrossing
        viewing = cross(
            viewing_id=request.POST.get("viewing", ""),
            secret=request.POST.get("secret", ""),
            now=now,
        )
    except (NoCrossing, TooManyTries):
        return render(request, "tickets/portal/no_viewing.html", status=403)
    forgive_try(Limit, key=key)
    session = cast(SessionStore, request.session)
    session.leave_behind()
    session["contact"], session["since"] = viewing.contact_id, now.timestamp()
    session[VIEWING] = str(viewing.pk)
    session.set_expiry(viewing.expires_at - now + TOLD)
    rotate_token(request)
    return redirect("portal:tickets")


@require_POST
def leave(request: HttpRequest) -> HttpResponseBase:
    """End one's viewing; who has none goes to the first page."""
    viewing = cast(Any, request).viewing
    if viewing is None:
        return redirect("portal:tickets")
    end_viewing(viewing=viewing, now=timezone.now())
    request.session.flush()
    cast(Any, request).contact = cast(Any, request).viewing = None
    return render(request, "tickets/portal/viewing_over.html")


@require_safe
@contact_only
def viewings(request: ContactRequest) -> HttpResponseBase:
    """For owners: who of ours looked at the portal as one of their people, newest first."""
    now = _owners_only(request)
    rows = Viewing.objects.select_related("contact").order_by("-began_at")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": "me",
        "found": page,
        "rows": [shown(one, now=now) for one in page],
        "now": now,
    }
    return render(request, "tickets/portal/viewings.html", context)


@require_POST
@contact_only
def ending(request: ContactRequest, viewing_id: UUID) -> HttpResponseBase:
    """For owners: have somebody of ours be out at their next request."""
    now = _owners_only(request)
    end_viewing(viewing=get_object_or_404(Viewing, pk=viewing_id), now=now)
    messages.success(request, _("It is ended: they see nothing more."))
    return redirect("portal:viewings")


def _owners_only(request: ContactRequest) -> Any:
    if request.contact.role != Contact.Role.OWNER:
        raise Http404("for owners")
    return timezone.now()
