"""What keeps a person's own account safe: second step, recovery codes, sessions, password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staff_sessions, totp
from accounts.browsers import in_words
from accounts.forms import NewPasswordForm, PasswordForm, SetUpForm, wait, wrong_code
from accounts.limits import TooManyTries
from accounts.operations import WeakPassword, second_step, sessions
from accounts.operations.passwords import change_password
from accounts.requests import StaffRequest, staff_only
from accounts.sealing import Unreadable, seal, unseal
from desk.workspace import show

_PENDING = "second_step_secret"
_FRESH = "recovery_codes_until"
_SHOWN_FOR = 15 * 60.0
"""Seconds in which recovery codes just made may be looked at and downloaded, in that session."""


@require_safe
@staff_only()
def security(request: StaffRequest) -> HttpResponse:
    """Everything at a glance, with a way to each change."""
    now, user = timezone.now(), request.user
    places = [
        {
            "id": place.pk,
            "address": place.ip,
            "browser": in_words(place.user_agent),
            "seen_at": place.last_seen_at,
            "is_this": place.session_key == request.session.session_key,
        }
        for place in sessions.of(user, now=now)
    ]
    context = {
        "has_second_step": second_step.is_set_up(user=user),
        "codes_left": len(second_step.recovery_codes(user=user)),
        "is_required": second_step.is_required(user=user),
        "places": places,
    }
    return _page(request, "security", context, now=now)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def set_up(request: StaffRequest) -> HttpResponse:
    """A secret as a picture and as text; the code of the app that has it, and the password."""
    now, user = timezone.now(), request.user
    if second_step.is_set_up(user=user):
        return redirect("desk:security")
    secret = _pending_secret(request)
    form = SetUpForm(request.POST or None)

    def do() -> None:
        typed = form.cleaned_data["code"]
        by = staff_sessions.by(request)
        second_step.set_up(user=user, secret=secret, typed=typed, by=by, now=now)

    if request.method == "POST" and _proved(request, form, now, do):
        del request.session[_PENDING]
        return _to_fresh_codes(request, now)
    address = totp.address(secret, email=user.email, issuer=settings.VENDOR_NAME)
    size, path = totp.picture(address)
    context = {"form": form, "secret": totp.spoken(secret), "size": size, "path": path}
    context |= {"address": address, "is_required": second_step.is_required(user=user)}
    return _page(request, "second_step", context, now=now, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def switch_off(request: StaffRequest) -> HttpResponse:
    """Back to the password alone, after saying it again."""
    now, user = timezone.now(), request.user
    form = PasswordForm(request.POST or None)

    def do() -> None:
        second_step.switch_off(user=user, by=staff_sessions.by(request), now=now)

    if request.method == "POST" and _proved(request, form, now, do):
        messages.success(request, _("The second step is switched off."))
        return redirect("desk:security")
    context = {"form": form, "is_required": second_step.is_required(user=user)}
    return _page(request, "second_step_off", context, now=now, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def recovery_codes(request: StaffRequest) -> HttpResponse:
    """Codes just made, shown for a while; else a way to make new ones."""
    now, user = timezone.now(), request.user
    form = PasswordForm(request.POST or None)

    def do() -> None:
        second_step.make_recovery_codes(user=user, by=staff_sessions.by(request), now=now)

    if request.method == "POST" and _proved(request, form, now, do):
        return _to_fresh_codes(request, now)
    context = {"form": form, "codes": _fresh_codes(request, now)}
    context["has_second_step"] = second_step.is_set_up(user=user)
    return _page(request, "recovery_codes", context, now=now, status=_status(form))


@require_safe
@staff_only()
def recovery_codes_file(request: StaffRequest) -> HttpResponse:
    """The codes just made as a file, one a line."""
    codes = _fresh_codes(request, timezone.now())
    if not codes:
        raise Http404("no codes were just made here")
    lines = [f"{settings.VENDOR_NAME}: {request.user.email}", "", *codes, ""]
    named = 'attachment; filename="recovery-codes.txt"'
    return HttpResponse("\n".join(lines), "text/plain; charset=utf-8", headers={
        "Content-Disposition": named,
    })  # fmt: skip


@require_POST
@staff_only()
def hide_recovery_codes(request: StaffRequest) -> HttpResponseRedirect:
    """The person has kept the codes: they are shown no more."""
    request.session.pop(_FRESH, None)
    return redirect("desk:security")


@require_POST
@staff_only()
def end_session(request: StaffRequest, session_id: int) -> HttpResponseRedirect:
    """Sign somewhere else out."""
    by = staff_sessions.by(request)
    if not sessions.end(user=request.user, session_id=session_id, by=by, now=timezone.now()):
        raise Http404("no session of theirs")
    messages.success(request, _("Signed out there."))
    return redirect("desk:security")


@require_POST
@staff_only()
def end_other_sessions(request: StaffRequest) -> HttpResponseRedirect:
    """Sign everywhere else out."""
    key, by = str(request.session.session_key), staff_sessions.by(request)
    sessions.end_others(user=request.user, key=key, by=by, now=timezone.now())
    messages.success(request, _("Signed out everywhere else."))
    return redirect("desk:security")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def password(request: StaffRequest) -> HttpResponse:
    """Another password; all other sessions end."""
    now = timezone.now()
    form = NewPasswordForm(request.POST or None)

    def do() -> None:
        key, by = str(request.session.session_key), staff_sessions.by(request)
        wanted = form.cleaned_data["new_password"]
        change_password(user=request.user, password=wanted, key=key, by=by, now=now)

    if request.method == "POST" and _proved(request, form, now, do):
        staff_sessions.keep(request)
        messages.success(request, _("Your password is changed; you are signed out elsewhere."))
        return redirect("desk:security")
    return _page(request, "password", {"form": form}, now=now, status=_status(form))


def _proved(request: StaffRequest, form: forms.Form, now: datetime, do: Callable[[], None]) -> bool:
    """Do it when the form is right and the password proved; else say in the form what is wrong."""
    if not form.is_valid():
        return False
    try:
        typed = form.cleaned_data["current_password"]
        second_step.prove(user=request.user, password=typed, now=now)
        do()
    except _REFUSED as refused:
        form.add_error(*_in_words(refused, now))
    return form.is_valid()


_REFUSALS: dict[type[Exception], tuple[str | None, Callable[[], str]]] = {
    second_step.WrongPassword: ("current_password", lambda: _("That is not your password.")),
    second_step.WrongCode: ("code", wrong_code),
    second_step.StepRequired: (
        None,
        lambda: _("This installation asks people of your role for a second step."),
    ),
    second_step.NoSecondStep: (None, lambda: _("There is no second step.")),
    second_step.AlreadySetUp: (None, lambda: _("There is a second step already.")),
}
"""Refusal → the field it is about, and its words."""

_REFUSED: tuple[type[Exception], ...] = (TooManyTries, WeakPassword, *_REFUSALS)


def _in_words(refused: Exception, now: datetime) -> tuple[str | None, Any]:
    if isinstance(refused, TooManyTries):
        return None, wait(refused, now=now)
    if isinstance(refused, WeakPassword):
        return "new_password", list(refused.reasons)
    field, words = _REFUSALS[type(refused)]
    return field, words()


def _pending_secret(request: StaffRequest) -> str:
    """The secret that is being set up, sealed in the session until it is done."""
    try:
        return unseal(request.session.get(_PENDING, ""))
    except Unreadable:
        secret = totp.new_secret()
        request.session[_PENDING] = seal(secret)
        return secret


def _to_fresh_codes(request: StaffRequest, now: datetime) -> HttpResponseRedirect:
    request.session[_FRESH] = now.timestamp() + _SHOWN_FOR
    return redirect("desk:recovery_codes")


def _fresh_codes(request: StaffRequest, now: datetime) -> list[str]:
    if request.session.get(_FRESH, 0) < now.timestamp():
        return []
    return second_step.recovery_codes(user=request.user)


def _status(form: forms.Form) -> int:
    return 422 if form.errors else 200


def _page(
    request: StaffRequest,
    name: str,
    context: Mapping[str, Any],
    *,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    return show(request, f"account/{name}.html", context, now=now, at="me", status=status)
