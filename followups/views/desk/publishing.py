"""A service report as the customer will read it, and publishing it to them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audited import asker
from accounts.policy import Permission
from accounts.requests import staff_only
from desk.pdf import CannotPrint, can_print
from desk.workspace import show
from followups import report_page
from followups.models import ReportDraft, ServiceReport
from followups.operations import reporting
from followups.operations.reporting import ReportRefused
from followups.report_words import refusal
from followups.views.desk.reports import draft_of, known, version_of
from product.quiet import quiet_until
from tickets.views.agent.page import AtCustomer

LANGUAGES = (("en", "English"), ("zh-hans", "简体中文"))


@require_safe
@staff_only(Permission.WRITE_REPORTS)
def preview(request: AtCustomer, month: str) -> HttpResponse:
    """The report exactly as the customer reads it, in either language."""
    held, language = draft_of(month), _language(request)
    colour = request.customer.brand_colour
    context = {
        "customer": request.customer,
        "held": held,
        "month": month,
        "language": language,
        "tabs": [
            {"label": name, "href": f"?language={code}", "is_current": code == language}
            for code, name in LANGUAGES
        ],
        "body": report_page.body_of(_content(held, request), language=language, colour=colour),
        "has_pdf": can_print() is None,
        "why_no_pdf": can_print(),
    }
    return render(request, "followups/report_preview.html", context)


@require_safe
@staff_only(Permission.WRITE_REPORTS)
def pdf(request: AtCustomer, month: str) -> HttpResponseBase:
    """The same as a PDF; where none can be made, back to the preview, which says why."""
    held, language = draft_of(month), _language(request)
    content, colour = _content(held, request), request.customer.brand_colour
    try:
        made = report_page.pdf_file(content, language=language, colour=colour).pdf
    except CannotPrint as problem:
        messages.error(request, str(problem))
        return redirect("followups:desk_report_preview", request.customer.code, month)
    name = report_page.file_name(content, ending="pdf")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


@require_safe
@staff_only(Permission.WRITE_REPORTS)
def brand(request: AtCustomer) -> HttpResponse:
    """The customer's colour, for a preview that looks as in their portal."""
    colours = report_page.brand_css(request.customer.brand_colour)
    return HttpResponse(colours, content_type="text/css; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.WRITE_REPORTS)
def publication(request: AtCustomer, month: str) -> HttpResponseBase:
    """Who will be sent it, named before; a POST publishes."""
    held, now = draft_of(month), timezone.now()
    if request.method == "POST":
        return _publish(request, month)
    context = {
        "customer": request.customer,
        "held": held,
        "month": month,
        "title": report_page.title_of(held.content, language=get_language() or "en"),
        "readers": [(one, quiet_until(one, now)) for one in reporting.recipients()],
        "why_no_pdf": can_print(),
    }
    return show(request, "followups/report_publication.html", context, now=now, at="reports")


def _publish(request: AtCustomer, month: str) -> HttpResponse:
    try:
        reporting.publish(
            customer=request.customer,
            month=known(month),
            version=version_of(request),
            by=asker(request),
            now=timezone.now(),
        )
    except ReportRefused as problem:
        messages.error(request, refusal(problem))
    else:
        messages.success(request, _("It is published, and on its way to who gets it by mail."))
    return redirect("followups:desk_report", request.customer.code, month)


def _content(held: ReportDraft, request: AtCustomer) -> dict[str, Any]:
    """What was published, or what would be now."""
    published = ServiceReport.objects.filter(month=held.month).first()
    if published is not None:
        said: dict[str, Any] = published.content
        return said
    return reporting.frozen(held, customer=request.customer)


def _language(request: AtCustomer) -> str:
    """The language that is asked for, else the customer's."""
    asked = request.GET.get("language", request.customer.language)
    return asked if asked in dict(LANGUAGES) else "en"
