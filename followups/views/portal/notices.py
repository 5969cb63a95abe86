"""A notice, and saying whether it works: signed in, or by the link of its mail.

Looking by the link changes nothing, however often and by whom: programs that look at mails open
every address. The link is a person's own: who is signed in as somebody else does not get in by it.
"""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from customers.inside import tenant_connection
from followups.forms import AnswerForm
from followups.links import NOTICE, opens
from followups.models import Notice
from followups.news import Told, told
from followups.operations.answering import NoticeOver, answer_by_form, read
from tickets.portal_forms import REFUSALS
from tickets.requests import ContactRequest, PortalRequest, contact_only
from tickets.views.portal.answering import show_page

_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(_METHODS)
@contact_only
def notice(request: ContactRequest, notice_id: int) -> HttpResponseBase:
    """One's own notice; a colleague's is a 404 for everybody, an owner too."""
    own = get_object_or_404(Notice.objects.of(request.contact), pk=notice_id)
    if is_looked_at(request):
        read(notices=[own], now=timezone.now())
    return _asked(request, own, here=reverse("followups:notice", args=[own.pk]))


@require_http_methods(_METHODS)
def notice_link(request: HttpRequest, notice_id: int, token: str) -> HttpResponseBase:
    """The notice for whoever holds its mail, in its reader's language and zone."""
    own = _opened(cast(PortalRequest, request), notice_id, token)
    if own is None:
        return render(request, "portal/notice_gone.html", status=404)
    contact = own.contact
    cast(PortalRequest, request).theme = contact.theme
    with translation.override(contact.language), timezone.override(contact.time_zone):
        here = reverse("followups:notice_link", args=[own.pk, token])
        response = _asked(request, own, here=here)
        response["Content-Language"] = get_language()
    response["X-Robots-Tag"] = "noindex"
    return response


def is_looked_at(request: HttpRequest) -> bool:
    """Whether its person looks: no browser that fetches in advance, nobody of ours as them."""
    purpose = request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    is_ours = cast(Any, request).viewing is not None
    return request.method == "GET" and not is_ours and "prefetch" not in purpose


def _opened(request: PortalRequest, notice_id: int, token: str) -> Notice | None:
    """The notice that this link opens for whoever holds it; all that is wrong looks the same."""
    rows = Notice.objects.select_related("contact").filter(pk=notice_id, contact__is_active=True)
    found = rows.filter(expires_at__gt=timezone.now()).first()
    if found is None:
        return None
    schema = tenant_connection().schema_name
    if not opens(token, schema=schema, purpose=NOTICE, row=found.secret):
        return None
    is_somebody_else = request.contact is not None and request.contact.pk != found.contact_id
    return None if is_somebody_else else found


def _asked(request: HttpRequest, own: Notice, *, here: str) -> HttpResponseBase:
    """The page with its form; an answer leads back to where it was given."""
    given = request.POST if request.method == "POST" else None
    form = AnswerForm(given, initial={"say": request.GET.get("say")}, after=own.answer)
    if form.is_valid():
        said = form.cleaned_data
        try:
            works = said["say"] == Notice.Answer.WORKS
            answer_by_form(notice=own, works=works, words=said["body"], now=timezone.now())
        except NoticeOver:
            own.refresh_from_db()
        except REFUSALS as problem:
            form.refuse(problem)
        else:
            return redirect(_back(request, own) or here)
    (one,) = told([own], now=timezone.now())
    context = _context(request, form, one, here)
    return show_page(request, "portal/notice.html", form, context)


def _context(request: HttpRequest, form: AnswerForm, one: Told, here: str) -> dict[str, Any]:
    is_asked_again = form.is_bound or "say" in request.GET
    return {
        "page": "news",
        "now": timezone.now(),
        "form": form,
        "one": one,
        "here": here,
        "is_asked": one.is_waiting or (is_asked_again and not one.is_over),
    }


def _back(request: HttpRequest, own: Notice) -> str:
    """The ticket's page, when the answer was given there."""
    number = request.POST.get("ticket", "")
    if not number.isdecimal() or len(number) > 8:
        return ""
    about = own.tickets.filter(ticket__number=int(number))
    return f"/tickets/{int(number)}/" if about.exists() else ""
