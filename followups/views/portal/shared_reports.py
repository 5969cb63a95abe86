"""A report for whoever has a link to it: the published report alone, and nothing by looking.

A link that is wrong, or another company's, is not there; one that ended says so.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.addresses import client_address
from accounts.limits import Allowance, TooManyTries, count_try
from customers.inside import tenant_connection
from desk.pdf import can_print
from followups.links import REPORT, opens
from followups.models import ReportShare
from followups.views.portal.reports import body, print_out
from tickets.models import Limit
from tickets.requests import PortalRequest

WRONG = Allowance(tries=30, window=timedelta(hours=1))
"""Wrong links that one address may try."""


@require_safe
def shared_report(request: HttpRequest, share_id: int, token: str) -> HttpResponseBase:
    """The report, as it was published."""
    asked = cast(PortalRequest, request)
    shared = _opened(asked, share_id, token)
    if not _is_open(shared):
        return _alone(render(request, "portal/report_over.html", {"shared": shared}, status=410))
    context = {
        "shared": shared,
        "body": body(asked, shared.report),
        "token": token,
        "has_pdf": can_print() is None,
    }
    return _alone(render(request, "portal/report_shared.html", context))


@require_safe
def shared_pdf(request: HttpRequest, share_id: int, token: str) -> HttpResponseBase:
    """The same as a PDF."""
    asked = cast(PortalRequest, request)
    shared = _opened(asked, share_id, token)
    made = None
    if _is_open(shared):
        made = print_out(asked, shared.report, key=f"report-pdf:share:{shared.pk}")
    return _alone(made or redirect("followups:shared_report", share_id, token))


def _opened(request: PortalRequest, share_id: int, token: str) -> ReportShare:
    """The share that this link is of, ended or not; wrong ones are counted, and not there.

    Who has tried too many is let see none for an hour, not even a right one.
    """
    now, key = timezone.now(), f"report-link:{client_address(request)}"
    tried = Limit.objects.filter(key=key, window_started_at__gt=now - WRONG.window)
    if tried.filter(count__gte=WRONG.tries).exists():
        raise Http404("too many wrong links")
    rows = ReportShare.objects.select_related("report", "contact")
    found = rows.filter(pk=share_id).first()
    schema = tenant_connection().schema_name
    if found is None or not opens(token, schema=schema, purpose=REPORT, row=found.secret):
        with suppress(TooManyTries):
            count_try(Limit, key=key, allowance=WRONG, now=now)
        raise Http404("no such link")
    return found


def _is_open(shared: ReportShare) -> bool:
    """Whether it still shows the report: its time runs, and nobody ended it or left."""
    is_ended = shared.revoked_at is not None or shared.expires_at <= timezone.now()
    is_nobodys = shared.contact is not None and not shared.contact.is_active
    return not is_ended and not is_nobodys


def _alone(response: HttpResponse) -> HttpResponse:
    """Found by no search engine, named to nobody by a link on it, kept by no cache."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
