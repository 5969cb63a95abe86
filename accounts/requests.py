"""Requests of people on staff: who asks is known, and what they may do has been looked at."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import User
from accounts.policy import Permission, may


class StaffRequest(HttpRequest):
    """A request that `staff_only` has let in."""

    user: User  # nobody anonymous comes this far
    door: str
    theme: str
    htmx: Any


_Request = TypeVar("_Request", bound=StaffRequest)
_Rest = ParamSpec("_Rest")
View = Callable[Concatenate[_Request, _Rest], HttpResponseBase]
Open = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]


def staff_only(
    permission: Permission | None = None,
) -> Callable[[View[_Request, _Rest]], Open[_Rest]]:
    """Let in people on staff who have the permission (any person on staff without one).

    A stranger is sent to sign in and comes back; who lacks the permission gets 403.
    """

    def guarded(view: View[_Request, _Rest]) -> Open[_Rest]:
        @wraps(view)
        def answer(
            request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if permission is not None and not may(request.user, permission):
                raise PermissionDenied(permission)
            return view(cast(_Request, request), *args, **kwargs)

        return answer

    return guarded


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page goes there itself; a fragment has the page around it go, not itself be the form."""
    if "HX-Request" not in request.headers:
        return redirect_to_login(request.get_full_path())
    around = cast(Any, request).htmx.current_url_abs_path or "/"
    return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(around)["Location"]})
