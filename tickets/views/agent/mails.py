"""One mail that came in: what it says, why it waits; its bytes as text, and its files."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk import places
from desk.models import IncomingMail
from desk.workspace import show
from tickets import files
from tickets.mail_decided import told
from tickets.mail_forms import AcceptanceForm, RefusalForm, RoutingForm
from tickets.mail_read import letter_of, raw_of
from tickets.mail_shown import Shown, shown

P = ParamSpec("P")

SHOWN_RAW = 256 * 1024
"""Bytes of a raw mail that its text view shows; the whole is for download."""

_SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_SUGGESTED = 200


def posted(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """Let only POST in; who comes by GET (from signing in anew, say) goes to the mail."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request = cast(HttpRequest, args[0])
        if request.method in ("GET", "HEAD"):
            return redirect(places.mail(cast(int, kwargs["incoming_id"])))
        return require_POST(view)(*args, **kwargs)

    return answer


def known(request: StaffRequest, incoming_id: int) -> IncomingMail:
    """The mail, if it is nobody's or of a customer the reader serves; else 404."""
    rows = IncomingMail.objects.served_by(request.user)
    return get_object_or_404(
        rows.select_related("customer__plan", "settled_by", "mailbox"), pk=incoming_id
    )


@require_safe
@staff_only(Permission.ROUTE_MAIL)
def mail(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """A mail with what can be done about it."""
    return show_mail(request, known(request, incoming_id))


@require_safe
@staff_only(Permission.ROUTE_MAIL)
def raw(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """Its bytes as they came, as text that no browser takes for anything else."""
    kept = raw_of(known(request, incoming_id))
    text = kept[:SHOWN_RAW]
    if len(kept) > SHOWN_RAW:
        more = _("[%(count)d more bytes: download the mail to read them]")
        text += ("\n\n" + more % {"count": len(kept) - SHOWN_RAW} + "\n").encode()
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=_SAFE)


@require_safe
@staff_only(Permission.ROUTE_MAIL)
def eml(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """The mail as a file."""
    found = known(request, incoming_id)
    return _attachment(raw_of(found), f"mail-{found.pk}.eml", "message/rfc822")


@require_safe
@staff_only(Permission.ROUTE_MAIL)
def file(request: StaffRequest, incoming_id: int, place: int) -> HttpResponse:
    """One of its files, read again from its bytes; a program is not handed out."""
    letter = letter_of(known(request, incoming_id))
    if letter is None or place >= len(letter.files):
        raise Http404("no such file")
    found = letter.files[place]
    name = files.safe_name(found.name)
    try:
        files.check(name, found.content)
    except files.FileRefused as refused:
        raise Http404("we do not hand this out") from refused
    return _attachment(found.content, name, files.content_type(found.content, name))


def _attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    disposition = content_disposition_header(True, name) or "attachment"
    headers = _SAFE | {"Content-Disposition": disposition}
    return HttpResponse(content, content_type=kind, headers=headers)


def show_mail(
    request: StaffRequest, found: IncomingMail, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """Answer with its page; `forms` are those that were refused, with what was typed."""
    page = shown(mail=found, user=request.user)
    context: dict[str, Any] = {
        "page": page,
        "mail": found,
        "here": places.mail(found.pk),
        "customer_href": places.customer(found.customer.code) if found.customer else "",
        "told": told(found),
        "suggested": _suggested(request) if page.is_nobodys else [],
        "routing_form": RoutingForm(user=request.user),
        "refusal_form": RefusalForm(),
        "acceptance_form": _acceptance(page),
        "back": f"?show={found.outcome}" if page.is_waiting else "?show=all",
        **forms,
    }
    return show(
        request, "tickets/agent/mail.html", context, now=timezone.now(), at="mail", status=status
    )


def _acceptance(page: Shown) -> AcceptanceForm | None:
    if not page.is_waiting or page.mail.customer is None:
        return None
    initial = {
        "who": _supposed(page),
        "where": "here" if page.ticket else "new",
        "name": page.mail.sender_name or page.mail.sender.partition("@")[0],
        "email": page.mail.sender,
        "role": "user",
    }
    return AcceptanceForm(initial=initial, said=page.contact, ticket=page.ticket)


def _supposed(page: Shown) -> str:
    """Who wrote it unless the reader says otherwise; in whose name anybody can write, nobody."""
    if page.contact is None:
        return "other" if page.named else "new"
    return "said" if page.mail.is_verified else ""


def _suggested(request: StaffRequest) -> list[Customer]:
    served = Customer.objects.live().served_by(request.user).only("code", "name")
    return list(served.order_by("name", "pk")[:_SUGGESTED])
