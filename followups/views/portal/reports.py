"""The company's service reports, for those of its people who read them, and links to share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import Allowance, TooManyTries, count_try
from customers.inside import tenant_connection
from desk.pdf import CannotPrint, can_print
from followups import report_months, report_page
from followups.links import REPORT, token
from followups.models import ReportShare, ServiceReport
from followups.operations import sharing
from tickets.models import Contact, Limit
from tickets.portal_forms import refusal
from tickets.requests import ContactRequest, Door, PortalRequest, contact_only

P = ParamSpec("P")
Page = Callable[Concatenate[ContactRequest, P], HttpResponseBase]

PRINTS = Allowance(tries=30, window=timedelta(hours=1))
"""How often one person, or the holders of one link, may have a PDF made."""


def readers_only(view: Page[P]) -> Door[P]:
    """Show it to those whose role reads the company's reports; for others it is not there."""

    @wraps(view)
    def guarded(request: ContactRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not sharing.may_read(request.contact):
            raise Http404("not theirs to read")
        return view(request, *args, **kwargs)

    return contact_only(guarded)


@require_safe
@readers_only
def reports(request: ContactRequest) -> HttpResponse:
    """All published reports, the newest first, or when the first one comes."""
    now = timezone.now()
    held = ServiceReport.objects.order_by("-month")
    running = report_months.this_month(zone=request.customer.time_zone, now=now)
    context = {
        "page": "reports",
        "rows": [(one, report_months.written(one.month)) for one in held],
        "first_on": report_months.after(running),
        "now": now,
    }
    return render(request, "portal/reports.html", context)


@require_safe
@readers_only
def report(request: ContactRequest, month: str) -> HttpResponse:
    """One report, its files, and the links by which others read it."""
    found, now = _published(month), timezone.now()
    context = {
        "page": "reports",
        "now": now,
        "report": found,
        "month": month,
        "body": body(request, found),
        "why_no_pdf": can_print(),
        "shares": _shares(request, found),
        "days": sharing.DAYS,
        "may_share": sharing.may_share(request.contact),
    }
    return render(request, "portal/report.html", context)


@require_safe
@readers_only
def html(request: ContactRequest, month: str) -> HttpResponse:
    """The report as an HTML file that needs nothing else."""
    content = _published(month).content
    colour = request.customer.brand_colour
    text = report_page.html_file(content, language=get_language() or "en", colour=colour)
    return as_file(text.encode(), report_page.file_name(content, ending="html"), "text/html")


@require_safe
@readers_only
def pdf(request: ContactRequest, month: str) -> HttpResponseBase:
    """The report as a PDF; where none can be made, back to the page, which says why."""
    found = _published(month)
    return print_out(request, found, key=f"report-pdf:{request.contact.pk}") or redirect(
        "followups:report", month
    )


@require_POST
@readers_only
def shares(request: ContactRequest, month: str) -> HttpResponseBase:
    """Make a link for somebody who has no sign-in."""
    found, days = _published(month), request.POST.get("days", "")
    if not sharing.may_share(request.contact) or days not in map(str, sharing.DAYS):
        raise Http404("no such link")
    try:
        sharing.share(report=found, by=request.contact, days=int(days), now=timezone.now())
    except sharing.TooManyShares:
        messages.warning(request, _("There are ten links already. Revoke one first."))
    else:
        messages.success(request, _("Here is your link. Whoever has it reads this report."))
    return redirect(reverse("followups:report", args=[month]) + "#links")


@require_POST
@readers_only
def revocation(request: ContactRequest, month: str, share_id: int) -> HttpResponseBase:
    """End a link at once: an owner any, others their own; else it is a 404."""
    shared = get_object_or_404(ReportShare, pk=share_id, report=_published(month))
    if not sharing.may_revoke(request.contact, shared):
        raise Http404("not theirs to end")
    sharing.revoke(shared=shared, now=timezone.now())
    messages.success(request, _("The link is revoked."))
    return redirect(reverse("followups:report", args=[month]) + "#links")


def body(request: PortalRequest, found: ServiceReport) -> Any:
    """The report in the reader's language."""
    colour = request.customer.brand_colour
    return report_page.body_of(found.content, language=get_language() or "en", colour=colour)


def print_out(request: PortalRequest, found: ServiceReport, *, key: str) -> HttpResponse | None:
    """The report's PDF; None, with the reason as a message, where there is none."""
    language, colour = get_language() or "en", request.customer.brand_colour
    try:
        count_try(Limit, key=key, allowance=PRINTS, now=timezone.now())
        made = report_page.pdf_file(found.content, language=language, colour=colour)
    except TooManyTries as problem:
        messages.warning(request, refusal(problem)[1])
        return None
    except CannotPrint as problem:
        messages.warning(request, str(problem))
        return None
    name = report_page.file_name(found.content, ending="pdf")
    return as_file(made.pdf, name, "application/pdf")


def as_file(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to be kept; no browser opens it as a page of ours."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=f"{kind}; charset=utf-8", headers=headers)


def _published(month: str) -> ServiceReport:
    try:
        first = report_months.read(month)
    except report_months.NoSuchMonth as problem:
        raise Http404(month) from problem
    return get_object_or_404(ServiceReport, month=first)


def _shares(request: ContactRequest, found: ServiceReport) -> list[dict[str, Any]]:
    """The open links that this person may see: an owner all of them, others their own."""
    held = ReportShare.objects.filter(report=found).open(timezone.now())
    if request.contact.role != Contact.Role.OWNER:
        held = held.filter(contact=request.contact)
    schema = tenant_connection().schema_name
    return [
        {"share": one, "address": request.build_absolute_uri(_address(one, schema))}
        for one in held.order_by("-created_at", "-pk")
    ]


def _address(one: ReportShare, schema: str) -> str:
    opening = token(schema=schema, purpose=REPORT, row=one.secret)
    return reverse("followups:shared_report", args=[one.pk, opening])
