"""From the desk to the admin: the desk gives a form to post, the admin's host takes it."""

from __future__ import annotations

from datetime import timedelta

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import staff_sessions
from accounts.addresses import client_address
from accounts.hosts import admin_origin, desk_origin
from accounts.limits import Allowance, TooManyTries, count_try, forgive_try
from accounts.models import Limit
from accounts.operations.handing_over import NoHandOver, hand_over, take_over
from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only

PER_ADDRESS = Allowance(tries=20, window=timedelta(minutes=15))


@require_POST
@staff_only(Permission.ENTER_ADMIN)
def depart(request: StaffRequest) -> HttpResponseBase:
    """At the desk: a form with the secret, which posts itself to the admin's host.

    Only this page may post there, and says where it comes from: the admin demands it.
    """
    row, secret = hand_over(user=request.user, now=timezone.now())
    context = {
        "action": f"{admin_origin()}/hand-over/",
        "row": row,
        "secret": secret,
        "next": _safe(request.POST.get("next", "")),
    }
    shown = csp_update({"form-action": [admin_origin()]})(
        lambda asked: render(asked, "account/hand_over.html", context)
    )
    response = shown(request)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@csrf_exempt  # nobody is signed in here yet: the secret, its age and where it comes from count
@require_POST
def arrive(request: HttpRequest) -> HttpResponse:
    """At the admin: begin a session of its own for whoever brings a fresh secret from the desk."""
    now, address = timezone.now(), client_address(request)
    key = f"hand-over:{address}"
    try:
        count_try(Limit, key=key, allowance=PER_ADDRESS, now=now)
        if request.headers.get("Origin") != desk_origin():
            raise NoHandOver
        user = take_over(
            row_id=request.POST.get("hand_over", ""),
            secret=request.POST.get("secret", ""),
            address=address,
            now=now,
        )
    except (NoHandOver, TooManyTries):
        return render(request, "account/no_hand_over.html", {"desk": desk_origin()}, status=403)
    forgive_try(Limit, key=key)
    staff_sessions.begin(request, user, now=now)
    return HttpResponseRedirect(_safe(request.POST.get("next", "")))


def _safe(path: str) -> str:
    """A path of the admin's own host; its front page for anything else."""
    is_path = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_path else "/"
