"""A contact's own tokens of the API."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.token_forms import TokenForm, rows, shown
from tickets.operations.contact_tokens import make_contact_token, revoke_contact_token
from tickets.requests import ContactRequest, contact_only
from tickets.scopes import Scope


@require_http_methods(["GET", "HEAD", "POST"])
@contact_only
def tokens(request: ContactRequest) -> HttpResponse:
    """The reader's tokens, and making one: its secret stands on the answer, and never again."""
    now, contact, secret = timezone.now(), request.contact, ""
    form = TokenForm(request.POST or None, scopes=Scope.choices)
    if form.is_valid():
        _token, secret = make_contact_token(contact=contact, **form.facts(now))
        form = TokenForm(scopes=Scope.choices)
    held = shown(contact.api_tokens.all(), now=now)
    context = {
        "form": form,
        "secret": secret,
        "now": now,
        "page": "me",
        "rows": rows(held, names=list(Scope.choices), now=now),
    }
    return render(
        request, "tickets/portal/tokens.html", context, status=422 if form.errors else 200
    )


@require_POST
@contact_only
def revocation(request: ContactRequest, token_id: int) -> HttpResponseBase:
    """End a token at once; somebody else's is a 404."""
    token = get_object_or_404(request.contact.api_tokens, pk=token_id)
    revoke_contact_token(token=token, now=timezone.now())
    messages.success(request, _("The token is revoked."))
    return redirect("portal:tokens")
