"""The reader's own tokens of the API."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import wait
from accounts.limits import TooManyTries
from accounts.operations.second_step import WrongPassword, prove
from accounts.operations.tokens import make_token, revoke_token
from accounts.requests import StaffRequest, staff_only
from accounts.staff_sessions import by
from accounts.token_forms import StaffTokenForm, rows, shown, staff_scopes
from desk.workspace import show


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def tokens(request: StaffRequest) -> HttpResponse:
    """The reader's tokens, and making one: its secret stands on the answer, and never again."""
    now, user, secret = timezone.now(), request.user, ""
    names = staff_scopes(user)
    form = StaffTokenForm(request.POST or None, scopes=names)
    if form.is_valid() and _proved(request, form, now):
        _token, secret = make_token(user=user, by=by(request), **form.facts(now))
        form = StaffTokenForm(scopes=names)
    held = shown(user.api_tokens.all(), now=now)
    context = {"form": form, "secret": secret, "rows": rows(held, names=names, now=now)}
    status = 422 if form.errors else 200
    return show(request, "desk/tokens.html", context, now=now, at="me", status=status)


def _proved(request: StaffRequest, form: StaffTokenForm, now: datetime) -> bool:
    """Whether it is the reader's password; else the form says so."""
    try:
        prove(user=request.user, password=form.cleaned_data["current_password"], now=now)
    except WrongPassword:
        form.add_error("current_password", _("That is not your password."))
    except TooManyTries as refused:
        form.add_error(None, wait(refused, now=now))
    return form.is_valid()


@require_POST
@staff_only()
def revocation(request: StaffRequest, token_id: int) -> HttpResponse:
    """End a token at once; somebody else's is a 404."""
    token = get_object_or_404(request.user.api_tokens, pk=token_id)
    revoke_token(token=token, now=timezone.now(), by=by(request))
    messages.success(request, _("The token is revoked."))
    return redirect("desk:tokens")
