"""The reader's own tokens of the API."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.operations.tokens import make_token, revoke_token
from accounts.requests import StaffRequest, staff_only
from accounts.token_forms import SHOWN, TokenForm, rows, staff_scopes
from desk.workspace import show


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def tokens(request: StaffRequest) -> HttpResponse:
    """The reader's tokens, and making one: its secret stands on the answer, and never again."""
    now, user, secret = timezone.now(), request.user, ""
    names = staff_scopes(user)
    form = TokenForm(request.POST or None, scopes=names)
    if form.is_valid():
        _token, secret = make_token(user=user, **form.facts(now))
        form = TokenForm(scopes=names)
    held = user.api_tokens.order_by("-pk")[:SHOWN]
    context = {"form": form, "secret": secret, "rows": rows(held, names=names, now=now)}
    status = 422 if form.errors else 200
    return show(request, "desk/tokens.html", context, now=now, at="me", status=status)


@require_POST
@staff_only()
def revocation(request: StaffRequest, token_id: int) -> HttpResponse:
    """End a token at once; somebody else's is a 404."""
    token = get_object_or_404(request.user.api_tokens, pk=token_id)
    revoke_token(token=token, now=timezone.now())
    messages.success(request, _("The token is revoked."))
    return redirect("desk:tokens")
