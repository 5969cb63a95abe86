"""Dashboards taken along: as files, and by mail every week or month."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audited import asker
from desk.dashboards import BadAsk, NoSuchFigure, asked_from, labels
from desk.models import FigureMail
from desk.operations.figure_mails import MOST, TooMany, stop, subscribe
from desk.pdf import CannotPrint
from servicedesk.dashboards import export, picker
from servicedesk.dashboards.views import asked_of, reader, refused

_Answer = TypeVar("_Answer", bound=HttpResponseBase)


@require_safe
def dashboard_csv(request: HttpRequest, name: str) -> HttpResponse:
    """Figures, series and tables of a dashboard."""
    user, now = reader(request), timezone.now()
    _check(name)
    try:
        asked = asked_of(request)
    except BadAsk as problem:
        return refused(request, name, problem)
    told = export.as_csv(name, user=user, asked=asked, now=now)
    answer = HttpResponse(told, content_type="text/csv; charset=utf-8")
    return _named(answer, export.filename(name, asked, "csv"))


@require_safe
def dashboard_pdf(request: HttpRequest, name: str) -> HttpResponse:
    """The same on paper; where no PDF can be made, back to the page with the reason."""
    user, now = reader(request), timezone.now()
    _check(name)
    try:
        asked = asked_of(request)
    except BadAsk as problem:
        return refused(request, name, problem)
    try:
        pdf = export.as_pdf(name, user=user, asked=asked, now=now)
    except CannotPrint as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(f"{reverse('dashboard', args=[name])}?{picker.query(asked)}")
    answer = HttpResponse(pdf, content_type="application/pdf")
    return _named(answer, export.filename(name, asked, "pdf"))


@require_safe
def rows_csv(request: HttpRequest, name: str, figure: str) -> HttpResponseBase:
    """The rows that a figure counts, all of them."""
    user, now = reader(request), timezone.now()
    _check(name)
    try:
        asked = asked_of(request)
    except BadAsk as problem:
        return refused(request, name, problem)
    chosen = request.GET.get("of", "")
    try:
        told = export.rows_as_csv(name, figure, user=user, asked=asked, now=now, chosen=chosen)
    except NoSuchFigure as missing:
        raise Http404 from missing
    answer = StreamingHttpResponse(told, content_type="text/csv; charset=utf-8")
    return _named(answer, export.filename(f"{name}-{figure}", asked, "csv"))


@require_POST
def send_by_mail(request: HttpRequest, name: str) -> HttpResponse:
    """Have a dashboard sent every Monday or on the first, with the filters it is shown with."""
    user, now = reader(request), timezone.now()
    _check(name)
    every, form = request.POST.get("every", ""), request.POST.get("format", "")
    if every not in FigureMail.Every.values or form not in FigureMail.Format.values:
        raise Http404
    try:
        asked = asked_from(picker.of_page(request.POST.dict()), today=timezone.localdate(now))
    except BadAsk as problem:
        return refused(request, name, problem)
    query = picker.whose_query(asked)
    try:
        subscribe(user=user, dashboard=name, query=query, every=every, form=form,
                  by=asker(request), now=now)  # fmt: skip
    except TooMany:
        messages.warning(request, _("You get %(n)s dashboards by mail: stop one first.")
                         % {"n": MOST})  # fmt: skip
    else:
        messages.success(request, _("It will come by mail."))
    return _back(request, name)


@require_POST
def stop_mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Stop one of one's own."""
    user = reader(request)
    mail = get_object_or_404(FigureMail, pk=mail_id, user=user)
    if stop(mail=mail, by=asker(request), now=timezone.now()):
        messages.success(request, _("It comes no more."))
    return _back(request, mail.dashboard)


def _check(name: str) -> None:
    if name not in labels():
        raise Http404


def _named(answer: _Answer, filename: str) -> _Answer:
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


def _back(request: HttpRequest, name: str) -> HttpResponse:
    """To the page the form stood on, if that is one of ours."""
    there = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}):
        there = reverse("dashboard", args=[name])
    return HttpResponseRedirect(f"{there}#by-mail")
