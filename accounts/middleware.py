"""What holds for everybody on staff who is signed in, whatever page they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts import staff_sessions
from accounts.hosts import desk_origin
from accounts.models import User
from accounts.operations import second_step

SECURITY = "/me/security/"
"""Where a second step is set up, at the desk."""

_OPEN = (SECURITY, "/sign-out/")


class StaffMiddleware:
    """Notes where staff are signed in, and sends whoever lacks a needed second step to set it up.

    Programs with a token have no session; the API refuses theirs (`accounts.api.doors.StaffDoor`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if cast(Any, request).door != "portal" and request.user.is_authenticated:
            staff_sessions.note_seen(request, now=timezone.now())
            if _lacks_second_step(request):
                return _to_set_up(request)
        return self.get_response(request)


def _lacks_second_step(request: HttpRequest) -> bool:
    if request.path_info.startswith(_OPEN):
        return False
    return second_step.is_lacking(user=cast(User, request.user))


def _to_set_up(request: HttpRequest) -> HttpResponse:
    """A page goes there; a fragment has the page around it go."""
    where = f"{desk_origin()}{SECURITY}totp/"
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)
