"""How the reader wants pages and mails: language, theme, and news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tickets import operations
from tickets.models import Contact
from tickets.operations.preferring import MAY_BE_SENT, is_sent_report, prefer_report
from tickets.portal_forms import NewsWishesForm, WishesForm
from tickets.requests import ContactRequest, PortalRequest, contact_only
from tickets.views.portal.answering import show
from tickets.views.portal.signing_in import ASKED

_KEPT = timedelta(days=365)


@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponseBase:
    """Choose language and theme. A stranger's choice is kept in cookies, a contact's in the row."""
    contact = cast(PortalRequest, request).contact
    if contact is None:
        return _remember(request)
    form = WishesForm(request.POST or None, initial=_looks(contact))
    if form.is_valid():
        return _prefer(request, contact, form)
    return show(request, "me", form, {"page": "me", "news": _news_form(contact)})


@require_POST
@contact_only
def news(request: ContactRequest) -> HttpResponseBase:
    """Choose whether news comes by mail, the hours without any, and whether we may ask."""
    contact = request.contact
    form = _news_form(contact, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        operations.prefer_news(
            contact=contact,
            by_mail=said["news_by_mail"],
            is_asked=said["is_asked"],
            quiet_from=said["quiet_from"],
            quiet_until=said["quiet_until"],
        )
        if "is_sent_report" in said:
            prefer_report(contact=contact, is_sent=said["is_sent_report"])
        messages.success(request, _("Saved."))
        return redirect("portal:me")
    context = {"page": "me", "form": WishesForm(initial=_looks(contact)), "news": form}
    return show(request, "me", form, context)


def _looks(contact: Contact) -> dict[str, Any]:
    return {"language": contact.language, "theme": contact.theme}


def _news_form(contact: Contact, typed: Any = None) -> NewsWishesForm:
    names = ("news_by_mail", "is_asked", "quiet_from", "quiet_until")
    held = {name: getattr(contact, name) for name in names}
    held["is_sent_report"] = is_sent_report(contact)
    return NewsWishesForm(typed, initial=held, may_be_sent=contact.role in MAY_BE_SENT)


def _prefer(request: HttpRequest, contact: Contact, form: WishesForm) -> HttpResponseBase:
    operations.prefer(contact=contact, **form.cleaned_data)
    with translation.override(contact.language):
        messages.success(request, _("Saved."))
    return redirect("portal:me")


def _remember(request: HttpRequest) -> HttpResponseBase:
    response = redirect("portal:code" if ASKED in request.session else "portal:sign_in")
    form = WishesForm(request.POST)
    if request.method == "POST" and form.is_valid():
        response.set_cookie(
            "language",
            form.cleaned_data["language"],
            max_age=_KEPT,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
    return response
