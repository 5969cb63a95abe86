"""Service reports at the desk: those to be looked through, and one of them, put into words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audited import asker
from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk.workspace import show
from followups import report_list, report_months
from followups.models import ReportDraft, Story
from followups.operations import reporting
from followups.operations.reporting import ReportRefused
from followups.report_forms import Writing
from followups.report_page import shown
from followups.report_words import refusal
from product.quiet import zone_of
from tickets.models import Handling
from tickets.views.agent.page import AtCustomer


@require_safe
@staff_only(Permission.WRITE_REPORTS)
def reports(request: StaffRequest) -> HttpResponse:
    """Reports of all customers one serves: to be looked through first, or all, or one's own."""
    now = timezone.now()
    found = report_list.listed(user=request.user, asked=request.GET.dict(), now=now)
    return show(request, "followups/reports.html", {"found": found}, now=now, at="reports")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.WRITE_REPORTS)
def report(request: AtCustomer, month: str) -> HttpResponseBase:
    """One report: its figures, its stories, its words; a POST keeps what was written."""
    first, now = known(month), timezone.now()
    held = ReportDraft.objects.filter(month=first).first()
    if held is None:
        return _missing(request, first, now)
    stories = Story.objects.select_related("ticket", "visit").filter(month=first)
    rows = list(stories.order_by("position", "pk"))
    typed = request.POST if request.method == "POST" else None
    writing = Writing(held, rows, typed)
    if typed is None:
        return _show(request, held, writing, now=now)
    if not writing.is_valid():
        return _show(request, held, writing, now=now, status=422)
    try:
        _write(request, first, writing, now)
    except ReportRefused as problem:
        return _refused(request, first, writing, problem, now)
    messages.success(request, _("Saved."))
    return redirect("followups:desk_report", request.customer.code, month)


@require_POST
@staff_only(Permission.WRITE_REPORTS)
def drafting(request: AtCustomer, month: str) -> HttpResponse:
    """Have a draft of a month that has none."""
    first, now = known(month), timezone.now()
    if first > report_months.this_month(zone=request.customer.time_zone, now=now):
        raise Http404("a month to come")
    reporting.draft(customer=request.customer, month=first, now=now)
    return redirect("followups:desk_report", request.customer.code, month)


@require_POST
@staff_only(Permission.WRITE_REPORTS)
def counting(request: AtCustomer, month: str) -> HttpResponse:
    """Count its figures anew, and look for new stories."""
    return _done(request, month, reporting.recount, _("Counted anew."))


@require_POST
@staff_only(Permission.WRITE_REPORTS)
def review(request: AtCustomer, month: str) -> HttpResponse:
    """Say that one has looked it through; then it can be published."""
    return _done(request, month, reporting.review, _("You have looked it through. Publish it."))


def known(month: str) -> date:
    """The first day of a month as an address has it, else a 404."""
    try:
        return report_months.read(month)
    except report_months.NoSuchMonth as problem:
        raise Http404(month) from problem


def draft_of(month: str) -> ReportDraft:
    """The draft of a month at the customer that is open, else a 404."""
    return get_object_or_404(ReportDraft, month=known(month))


def version_of(request: AtCustomer) -> int:
    """Which version of the draft was looked at; 0, which none is, for anything else."""
    said = request.POST.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 9 else 0


def _done(request: AtCustomer, month: str, verb: Any, words: str) -> HttpResponse:
    """Do one thing to a draft and go back to it, saying what became of it."""
    draft_of(month)
    try:
        verb(
            customer=request.customer,
            month=known(month),
            version=version_of(request),
            by=asker(request),
            now=timezone.now(),
        )
    except ReportRefused as problem:
        messages.error(request, refusal(problem))
    else:
        messages.success(request, words)
    return redirect("followups:desk_report", request.customer.code, month)


def _write(request: AtCustomer, first: date, writing: Writing, now: datetime) -> None:
    given = writing.form.cleaned_data
    reporting.write(
        customer=request.customer,
        month=first,
        version=given["version"],
        words=given["words"],
        outlook=given["outlook"],
        stories=writing.texts(move=request.POST.get("move", "")),
        by=asker(request),
        now=now,
    )


def _refused(
    request: AtCustomer, first: date, writing: Writing, problem: ReportRefused, now: datetime
) -> HttpResponse:
    """The page with all that was typed, ready to be kept after one has looked."""
    held = ReportDraft.objects.get(month=first)
    writing.problem = refusal(problem)
    typed = writing.form.data.copy()
    typed["version"] = str(held.version)
    writing.form.data = typed
    return _show(request, held, writing, now=now, status=409)


def _missing(request: AtCustomer, first: date, now: datetime) -> HttpResponse:
    """There is no draft yet: have one made, if the month has begun."""
    running = report_months.this_month(zone=request.customer.time_zone, now=now)
    context = {
        "customer": request.customer,
        "first": first,
        "month": report_months.written(first),
        "can_draft": first <= running,
    }
    status = 200 if first <= running else 404
    return show(
        request, "followups/report_missing.html", context, now=now, at="reports", status=status
    )


def _show(
    request: AtCustomer, held: ReportDraft, writing: Writing, *, now: datetime, status: int = 200
) -> HttpResponse:
    numbers = [one.story.ticket_id for one in writing.lines if one.story and one.story.ticket_id]
    known_to_us = Handling.objects.in_bulk(numbers)
    with timezone.override(zone_of(held.content["zone"])):
        report = shown(held.content)
    context = {
        "customer": request.customer,
        "held": held,
        "month": report_months.written(held.month),
        "is_over": now >= report_months.month_of(request.customer, held.month).until,
        "report": report,
        "writing": writing,
        "lines": [
            (one, known_to_us.get((one.story and one.story.ticket_id) or 0))
            for one in writing.lines
        ],
        "picked": sum(one.is_picked for one in writing.lines),
        "most": reporting.PICKED,
    }
    return show(request, "followups/report.html", context, now=now, at="reports", status=status)
