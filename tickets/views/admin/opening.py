"""Opening a customer's group, on the admin's host: checklist, first people, progress."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audited import asker
from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer, Opening
from desk.checklist import STAGE, checklist, missing
from desk.checklist import first_people as named
from desk.operations.callback_plans import first_moments
from desk.operations.first_report import first_report_on
from tickets.mail.addresses import portal
from tickets.opening_forms import FirstPeople, first_people_form
from tickets.operations import opening_groups
from tickets.operations.opening_groups import GroupIsOpen, NotReady, OpeningRuns

CONFIGURES = Permission.CONFIGURE_CUSTOMERS

STEP_WORDS = {
    "laying": gettext_lazy("Laying tables and login"),
    "people": gettext_lazy("Adding the first people"),
    "invitations": gettext_lazy("Inviting them"),
    "going_live": gettext_lazy("Going live"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(CONFIGURES)
def opening(request: StaffRequest, customer_id: int) -> HttpResponse:
    """What is missing, who comes first, and how far it is; a POST has the group opened."""
    customer = _customer(request, customer_id)
    if request.method == "POST":
        _ask(request, customer)
        return redirect("open_group", customer_id=customer.pk)
    rows = first_people_form(language=customer.language, people=named(customer))
    return _page(request, customer, rows)


@require_POST
@staff_only(CONFIGURES)
def first_people(request: StaffRequest, customer_id: int) -> HttpResponse:
    """Keep the first people; what is wrong comes back as it was typed."""
    customer = _customer(request, customer_id)
    wants_more = "more" in request.POST
    rows = first_people_form(language=customer.language, posted=request.POST, more=wants_more)
    if wants_more:
        return _page(request, customer, rows)
    if not rows.is_valid():
        return _page(request, customer, rows, status=422)
    try:
        opening_groups.name_first_people(
            customer=customer, people=rows.people(), by=asker(request), now=timezone.now()
        )
        messages.success(request, _("The first people are kept."))
    except (GroupIsOpen, OpeningRuns):
        messages.error(request, _("The group is open, or is being opened: look at its people."))
    return redirect("open_group", customer_id=customer.pk)


@require_safe
@staff_only(CONFIGURES)
def progress(request: StaffRequest, customer_id: int) -> HttpResponse:
    """How far the opening is, for the page that waits; it reloads when that is over."""
    customer = _customer(request, customer_id)
    row = Opening.objects.filter(customer=customer).first()
    if row is None or not opening_groups.is_running(row):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    shown = {"customer": customer, **_progress(row)}
    return render(request, "tickets/admin/_opening_progress.html", shown)


def _ask(request: StaffRequest, customer: Customer) -> None:
    try:
        opening_groups.ask_to_open(customer=customer, by=asker(request), now=timezone.now())
    except NotReady as refused:
        lacking = ", ".join(str(item.label) for item in refused.items)
        messages.error(request, _("Still missing: %(lacking)s.") % {"lacking": lacking})
    except GroupIsOpen:
        messages.info(request, _("The group is open already."))


def _customer(request: StaffRequest, customer_id: int) -> Customer:
    known = Customer.objects.served_by(request.user).select_related("plan", "consultant", "team")
    customer = known.filter(pk=customer_id).first()
    if customer is None:
        raise Http404("no such customer")
    return customer


def _page(
    request: StaffRequest, customer: Customer, rows: FirstPeople, *, status: int = 200
) -> HttpResponse:
    row, items = Opening.objects.filter(customer=customer).first(), checklist(customer)
    is_open = opening_groups.is_open(customer=customer, opening=row)
    lacking = missing(items)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Open the group"),
        "subtitle": customer.name,
        "customer": customer,
        "items": [(item, where(customer, item.key)) for item in items],
        "done": len(items) - len(lacking),
        "is_ready": not lacking,
        "is_open": is_open,
        "rows": rows,
        "running": row is not None and opening_groups.is_running(row),
        "opening": row,
        "portal": portal(customer) if is_open and customer.domains.exists() else "",
        "ahead": _ahead(customer) if is_open else None,
        **(_progress(row) if row else {}),
    }
    return render(request, "tickets/admin/opening.html", context, status=status)


def _ahead(customer: Customer) -> dict[str, Any]:
    """What comes of itself once the group is open: the first report, and who is asked when."""
    now = timezone.now()
    return {
        "report": first_report_on(time_zone=customer.time_zone, since=now),
        "surveys": first_moments(customer=customer, now=now),
    }


def where(customer: Customer, key: str) -> str:
    """Where a line of the checklist is mended."""
    if key == "owner":
        return f"{reverse('open_group', args=[customer.pk])}#first-people"
    if key == STAGE:
        return reverse("customer_stage", args=[customer.pk])
    if key == "calendar":
        return f"{reverse('admin:desk_customerhours_add')}?customer={customer.pk}"
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _progress(row: Opening) -> dict[str, Any]:
    total = row.steps_total or len(opening_groups.STEPS)
    words = STEP_WORDS.get(row.step)
    return {
        "step": words if row.started_at else _("Waiting for the worker"),
        "steps_done": row.steps_done,
        "steps_total": total,
        "problem": row.problem if row.failed_at else "",
    }
