"""What a view of the portal may rely on: the request's types, and that somebody is signed in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Literal, ParamSpec, cast
from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from customers.models import PortalCustomer
from tickets.models import Contact, Viewing

P = ParamSpec("P")


class PortalRequest(HttpRequest):
    """A request at a customer's portal, with or without somebody signed in."""

    door: Literal["portal"]
    customer: PortalCustomer
    contact: Contact | None
    viewing: Viewing | None
    session: SessionBase
    theme: str


class ContactRequest(PortalRequest):
    """A request of somebody who is signed in at the portal."""

    contact: Contact


Page = Callable[Concatenate[ContactRequest, P], HttpResponseBase]
Door = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def contact_only(view: Page[P]) -> Door[P]:
    """Send a stranger to the sign-in first; after it they are where they wanted to go."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if cast(PortalRequest, request).contact is not None:
            return view(cast(ContactRequest, request), *args, **kwargs)
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        query = f"?{urlencode({'next': wanted})}" if wanted != "/" else ""
        return redirect(reverse("portal:sign_in") + query)

    return guarded
