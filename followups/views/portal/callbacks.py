"""Saying how we did: signed in, or by the link of a mail; and asking to be left alone.

Looking by the link changes nothing, however often and by whom: programs that look at mails open
every address. The link is a person's own: who is signed in as somebody else does not get in by it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from accounts.addresses import client_address
from accounts.limits import TooManyTries
from customers.inside import tenant_connection
from followups import callbacks_shown
from followups.forms import RatingForm
from followups.links import CALLBACK, opens
from followups.models import Answer, Callback
from followups.operations.leaving_alone import leave_alone_by_form
from followups.operations.scoring import BadScores, CallbackOver, give_by_form
from tickets.portal_forms import PortalForm
from tickets.requests import ContactRequest, PortalRequest, contact_only
from tickets.views.portal.answering import show_page

_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@contact_only
def callbacks(request: ContactRequest) -> HttpResponseBase:
    """What the reader was asked and what they said; nobody else's, not even for an owner."""
    now, contact = timezone.now(), request.contact
    page = callbacks_shown.page_of(contact, number=request.GET.get("page", "1"), now=now)
    context = {
        "page": "callbacks",
        "now": now,
        "waiting": callbacks_shown.waiting(contact, now=now),
        "found": page,
        "ended": callbacks_shown.on(page, now=now),
        "given": callbacks_shown.given(contact),
    }
    return render(request, "portal/callbacks.html", context)


@require_http_methods(_METHODS)
@contact_only
def callback(request: ContactRequest, callback_id: int) -> HttpResponseBase:
    """One's own callback; a colleague's is a 404 for everybody, an owner too."""
    rows = Callback.objects.of(request.contact).select_related("contact", "ticket")
    own = get_object_or_404(rows, pk=callback_id)
    return _asked(request, own, here=reverse("followups:callback", args=[own.pk]))


@require_http_methods(_METHODS)
def callback_link(request: HttpRequest, callback_id: int, token: str) -> HttpResponseBase:
    """How we did, for whoever holds the mail, in its reader's language and zone."""
    return _by_link(request, callback_id, token, _answered_by_link)


@require_http_methods(_METHODS)
def stop_link(request: HttpRequest, callback_id: int, token: str) -> HttpResponseBase:
    """No more such questions: asked once more on a page, which works after its callback, too."""
    return _by_link(request, callback_id, token, _left_alone)


def _by_link(
    request: HttpRequest,
    callback_id: int,
    token: str,
    page: Callable[[HttpRequest, Callback, str], HttpResponseBase],
) -> HttpResponseBase:
    own = _opened(cast(PortalRequest, request), callback_id, token)
    if own is None:
        return render(request, "portal/callback_gone.html", status=404)
    contact = own.contact
    cast(PortalRequest, request).theme = contact.theme
    with translation.override(contact.language), timezone.override(contact.time_zone):
        response = page(request, own, token)
        response["Content-Language"] = get_language()
    response["X-Robots-Tag"] = "noindex"
    return response


def _opened(request: PortalRequest, callback_id: int, token: str) -> Callback | None:
    """The callback that this link opens for whoever holds it; all that is wrong looks the same."""
    rows = Callback.objects.select_related("contact", "ticket")
    found = rows.filter(pk=callback_id, contact__is_active=True).first()
    schema = tenant_connection().schema_name
    if found is None or not opens(token, schema=schema, purpose=CALLBACK, row=found.secret):
        return None
    is_somebody_else = request.contact is not None and request.contact.pk != found.contact_id
    return None if is_somebody_else else found


def _answered_by_link(request: HttpRequest, own: Callback, token: str) -> HttpResponseBase:
    here = reverse("followups:callback_link", args=[own.pk, token])
    stop = reverse("followups:callback_stop", args=[own.pk, token])
    return _asked(request, own, here=here, stop=stop)


def _asked(request: HttpRequest, own: Callback, *, here: str, stop: str = "") -> HttpResponseBase:
    """The page with its form; an answer leads back to where it was given. `stop`: by the link."""
    now, given = timezone.now(), request.POST if request.method == "POST" else None
    shown = callbacks_shown.shown(own, now=now)
    said = RatingForm.filled(shown.scores, shown.words)
    initial = said | callbacks_shown.chosen(own, request.GET.get("score", ""))
    form = RatingForm(given, initial=initial, callback=own)
    if not shown.is_over and form.is_valid():
        if _give(own, form, now, ip=client_address(request) if stop else ""):
            return redirect(here)
        shown = callbacks_shown.shown(own, now=now)
    context = {"page": "callbacks", "now": now, "one": shown, "here": here, "stop": stop}
    if shown.is_over:
        return render(request, "portal/callback_over.html", context | {"form": form}, status=410)
    context["is_asked"] = not shown.is_answered or form.is_bound or bool(request.GET)
    return show_page(request, "portal/callback.html", form, context)


def _give(own: Callback, form: RatingForm, now: datetime, *, ip: str) -> bool:
    """Whether the answer was taken; else the form says why not, or the callback is over."""
    via = Answer.Via.MAIL if ip else Answer.Via.PORTAL
    scores, words = form.scores, form.said
    try:
        give_by_form(callback=own, scores=scores, words=words, via=via, now=now, ip=ip)
    except CallbackOver:
        own.refresh_from_db()
    except BadScores as problem:
        form.refuse_scores(problem)
    except TooManyTries as problem:
        form.refuse(problem)
    else:
        return True
    return False


def _left_alone(request: HttpRequest, own: Callback, token: str) -> HttpResponseBase:
    here = reverse("followups:callback_stop", args=[own.pk, token])
    form = PortalForm({} if request.method == "POST" else None)
    if form.is_valid():
        try:
            leave_alone_by_form(contact=own.contact, ip=client_address(request), now=timezone.now())
        except TooManyTries as problem:
            form.refuse(problem)
        else:
            return redirect(here)
    return show_page(request, "portal/callback_stop.html", form, {"own": own, "here": here})
