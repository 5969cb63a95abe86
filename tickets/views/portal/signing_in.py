"""Signing in by a mailed code. A GET never signs in; nobody learns which address is known."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.addresses import client_address
from tickets import operations
from tickets.portal_forms import REFUSALS, AddressForm, CodeForm
from tickets.requests import PortalRequest
from tickets.sessions import SessionStore
from tickets.views.portal.answering import show

ASKED = "asked"
"""Key in a stranger's session: the id of the request, the address, and where they wanted to go."""


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Ask for the address and have a code mailed; the answer is the same for any address."""
    wanted = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    if cast(PortalRequest, request).contact is not None:
        return redirect(wanted)
    form = AddressForm(request.POST or None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            asked = operations.ask_for_code(
                email=email, ip=client_address(request), now=timezone.now()
            )
        except REFUSALS as problem:
            form.refuse(problem)
        else:
            request.session[ASKED] = {"id": str(asked), "email": email, "next": wanted}
            request.session.set_expiry(settings.SIGN_IN_CODE_LIFE)
            return redirect("portal:code")
    return show(request, "sign_in", form, {"next": wanted})


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponseBase:
    """Take the six digits. The mail's link only fills them in: pressing the button signs in."""
    asked = request.session.get(ASKED, {"email": "", "next": "/"})
    if request.method != "POST":
        given = {"id": request.GET.get("id", asked.get("id")), "code": request.GET.get("code")}
        if given["id"] is None or cast(PortalRequest, request).contact is not None:
            return redirect("portal:sign_in")
        return show(request, "code", CodeForm(initial=given), {"asked": asked})
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            _let_in(request, form)
        except REFUSALS as problem:
            form.refuse(problem)
        else:
            return redirect(_safe(request, asked["next"]))
    return show(request, "code", form, {"asked": asked})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End this device's session."""
    request.session.flush()
    messages.success(request, _("You are signed out."))
    return redirect("portal:sign_in")


def _let_in(request: HttpRequest, form: CodeForm) -> None:
    now = timezone.now()
    contact = operations.sign_in(
        code_id=form.cleaned_data["id"],
        typed=form.cleaned_data["code"],
        ip=client_address(request),
        now=now,
    )
    # Nothing of a stranger's session lives on, its key least of all.
    cast(SessionStore, request.session).leave_behind()
    request.session["contact"] = contact.pk
    request.session["since"] = now.timestamp()
    request.session.set_expiry(settings.CONTACT_SESSION_LIFE)
    rotate_token(request)


def _safe(request: HttpRequest, wanted: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours else "/"
