"""Visits and calls at one customer: the list, a new one, one of them, and what was found there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.addresses import client_address
from accounts.policy import Permission, may
from accounts.requests import staff_only
from desk import places
from desk.workspace import show
from followups import visits as reading
from followups.models import Visit, VisitPicture
from followups.operations import visiting as verbs
from followups.operations.visiting import CannotVisit, Doing, VisitOver
from followups.visit_forms import REFUSALS, CallOffForm, NotesForm, PlanForm
from tickets.models import Contact
from tickets.models.attachment import FILE_NAME
from tickets.serving import serve
from tickets.surroundings import staff_for
from tickets.views.agent.page import AtCustomer


@require_safe
@staff_only(Permission.READ_TICKETS)
def visits(request: AtCustomer) -> HttpResponse:
    """All visits and calls at a customer: what is planned, then what was."""
    now = timezone.now()
    page, rows = reading.visits(
        customer=request.customer,
        page=request.GET.get("page"),
        today=timezone.localtime(now).date(),
    )
    context = {
        "rows": rows,
        "page": page,
        "new_href": f"{places.visits(request.customer.code)}new/",
        "may_write": may(request.user, Permission.ANSWER_TICKETS),
        "tab": "visits",
    }
    return show(request, "followups/visits.html", context, now=now, at="customers")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.ANSWER_TICKETS)
def new(request: AtCustomer) -> HttpResponse:
    """Plan a visit or call."""
    now = timezone.now()
    initial = {"due_on": timezone.localtime(now).date(), "consultant": _offered(request)}
    form = PlanForm(request.POST or None, staff=staff_for(request.customer), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            visit = verbs.plan(doing=doing_of(request, now), **form.cleaned_data)
            return redirect(places.visit(request.customer.code, visit.pk))
        except CannotVisit as refused:
            form.refuse(refused)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "back": places.visits(request.customer.code)}
    return show(
        request, "followups/visit_new.html", context, now=now, at="customers", status=status
    )


@require_safe
@staff_only(Permission.READ_TICKETS)
def visit(request: AtCustomer, visit_id: int) -> HttpResponse:
    """One of them: when, who, with whom, what was found, its pictures, what became of it."""
    return show_visit(request, known(visit_id), now=timezone.now())


@require_POST
@staff_only(Permission.ANSWER_TICKETS)
def day(request: AtCustomer, visit_id: int) -> HttpResponse:
    """Give it another day, kind or consultant."""
    found, now = known(visit_id), timezone.now()
    form = PlanForm(request.POST, staff=staff_for(request.customer))
    if not form.is_valid():
        return show_visit(request, found, now=now, status=422, plan_form=form)
    try:
        verbs.move(doing=doing_of(request, now), visit=found, **form.cleaned_data)
    except CannotVisit as refused:
        form.refuse(refused)
        return show_visit(request, found, now=now, status=422, plan_form=form)
    except VisitOver:
        _is_over(request)
    return _back(request, visit_id)


@require_POST
@staff_only(Permission.ANSWER_TICKETS)
def calling_off(request: AtCustomer, visit_id: int) -> HttpResponse:
    """Say that it does not take place, and why."""
    found, now, form = known(visit_id), timezone.now(), CallOffForm(request.POST)
    if not form.is_valid():
        return show_visit(request, found, now=now, status=422, off_form=form)
    try:
        verbs.call_off(doing=doing_of(request, now), visit=found, why=form.cleaned_data["why"])
    except VisitOver:
        _is_over(request)
    return _back(request, visit_id)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.ANSWER_TICKETS)
def notes(request: AtCustomer, visit_id: int) -> HttpResponse:
    """Write down what it brought; nothing that was typed is lost by a refusal."""
    found, now = known(visit_id), timezone.now()
    people = Contact.objects.active().order_by("name", "pk")
    initial = {
        "held_at": reading.starts_at(found, now),
        "people": [one.contact_id for one in found.people.all()],
        "words": found.words,
        "next_step": found.next_step,
    }
    form = NotesForm(request.POST or None, request.FILES or None, people=people, initial=initial)
    if request.method == "POST" and form.is_valid() and _held(request, found, form, now):
        return _back(request, visit_id)
    context = {"form": form, "visit": found, "back": places.visit(request.customer.code, found.pk)}
    status = 422 if request.method == "POST" else 200
    return show(
        request, "followups/visit_notes.html", context, now=now, at="customers", status=status
    )


@require_safe
@staff_only(Permission.READ_TICKETS)
def picture(request: AtCustomer, visit_id: int, name: str) -> HttpResponseBase:
    """A picture of a visit at this customer; else 404. The customer itself never gets any."""
    if not FILE_NAME.fullmatch(name):
        raise Http404("that is no name of a file")
    stored = get_object_or_404(VisitPicture, visit=visit_id, name=name)
    return serve(stored, thumbnail="thumb" in request.GET)


def known(visit_id: int) -> Visit:
    """The open customer's visit, with what a page of it needs; else 404."""
    found: Visit = get_object_or_404(reading.known(visit_id))
    return found


def show_visit(
    request: AtCustomer, found: Visit, *, now: datetime, status: int = 200, **forms: Any
) -> HttpResponse:
    """Answer with its page; `forms` are those that were refused, with what was typed."""
    customer, today = request.customer, timezone.localtime(now).date()
    told = reading.shown(customer=customer, visit=found, today=today)
    may_write = may(request.user, Permission.ANSWER_TICKETS)
    staff = staff_for(customer)
    context = {
        "told": told,
        "visit": found,
        "here": told.href,
        "trail": reading.trail(customer=customer, visit=found),
        "stories": reading.stories(found),
        "may_write": may_write,
        "may_story": may(request.user, Permission.WRITE_REPORTS),
        "may_request": may(request.user, Permission.LINK_PROBLEMS),
        "plan_form": PlanForm(staff=staff, initial=PlanForm.filled(found)),
        "off_form": CallOffForm(),
        **forms,
    }
    return show(request, "followups/visit.html", context, now=now, at="customers", status=status)


def doing_of(request: AtCustomer, now: datetime) -> Doing:
    """Who does something, from where and when."""
    return Doing(request.customer, request.user, now, client_address(request) or None)


def _held(request: AtCustomer, found: Visit, form: NotesForm, now: datetime) -> bool:
    try:
        verbs.hold(doing=doing_of(request, now), visit=found, notes=form.notes())
    except REFUSALS as refused:
        form.refuse(refused)
        return False
    except VisitOver:
        _is_over(request)
    return True


def _offered(request: AtCustomer) -> int | None:
    """Who is offered: the customer's consultant, else whoever asks."""
    return request.customer.consultant_id or request.user.pk


def _is_over(request: AtCustomer) -> None:
    messages.error(request, _("It was held or called off by now. Look at what was written."))


def _back(request: AtCustomer, visit_id: int) -> HttpResponse:
    return redirect(places.visit(request.customer.code, visit_id))
