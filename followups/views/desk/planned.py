"""Who is asked next: over all customers, at one of them, and leaving somebody out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.addresses import client_address
from accounts.audited import asker
from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk.models import CallbackPlan, CallbackSkip
from desk.operations import skipping
from desk.workspace import show
from followups.planned import TICKETS, Asking, asking, planned
from followups.skip_forms import SkipForm
from tickets.models import Contact
from tickets.views.agent.page import AtCustomer


@require_safe
@staff_only(Permission.SEE_CALLBACKS)
def upcoming(request: StaffRequest) -> HttpResponse:
    """Who is asked in the next thirty days, by day; opens no customer."""
    now = timezone.now()
    found = planned(user=request.user, asked=request.GET.dict(), now=now)
    ways = [("", _("All")), *((str(one.pk), str(one)) for one in found.plans)]
    ways.append((TICKETS, _("After a ticket")))
    context = {
        "found": found,
        "tabs": [
            {"label": label, "href": f"?plan={way}", "is_current": way == found.chosen}
            for way, label in ways
        ],
    }
    return show(request, "followups/planned.html", context, now=now, at="callbacks")


@require_safe
@staff_only(Permission.SEE_CALLBACKS)
def people(request: AtCustomer, plan_id: int) -> HttpResponse:
    """Whom a plan asks next at one customer, who is left out, and why."""
    return _show(request, _asking(request, plan_id))


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def skips(request: AtCustomer, plan_id: int) -> HttpResponseBase:
    """Leave somebody out until a day."""
    found = _asking(request, plan_id)
    form = _form(found, request.POST)
    if not form.is_valid():
        return _show(request, found, form=form, status=422)
    skipping.skip(
        customer=request.customer,
        plan=found.plan,
        contact_id=form.contact_id,
        until=form.cleaned_data["until"],
        reason=form.cleaned_data["reason"],
        by=request.user,
        address=client_address(request),
        now=timezone.now(),
    )
    messages.success(request, _("They are not asked until then."))
    return redirect("followups:planned_people", request.customer.code, plan_id)


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def unskip(request: AtCustomer, plan_id: int, skip_id: int) -> HttpResponseBase:
    """Ask them as planned, after all."""
    rows = CallbackSkip.objects.filter(customer=request.customer)
    skip = get_object_or_404(rows.select_related("customer"), pk=skip_id)
    skipping.take_back(skip=skip, by=asker(request), now=timezone.now())
    messages.success(request, _("They are asked as planned."))
    return redirect("followups:planned_people", request.customer.code, plan_id)


def _asking(request: AtCustomer, plan_id: int) -> Asking:
    plans = CallbackPlan.objects.select_related("questionnaire")
    plan = get_object_or_404(plans, pk=plan_id, kind=CallbackPlan.Kind.PERIODIC)
    return asking(customer=request.customer, plan=plan, now=timezone.now())


def _form(found: Asking, typed: Any = None) -> SkipForm:
    people = list(Contact.objects.active().order_by("name", "pk"))
    return SkipForm(typed, people=people, today=found.today, until=found.until)


def _show(
    request: AtCustomer, found: Asking, *, form: SkipForm | None = None, status: int = 200
) -> HttpResponse:
    ids = {one.contact_id for one in found.skips if one.contact_id is not None}
    named = dict(Contact.objects.filter(pk__in=ids).values_list("pk", "name"))
    context = {
        "found": found,
        "skips": [(one, named.get(one.contact_id or 0, "")) for one in found.skips],
        "form": form or _form(found),
        "may_skip": may(request.user, Permission.WORK_CALLBACKS),
    }
    page = "followups/planned_people.html"
    return show(request, page, context, now=timezone.now(), at="callbacks", status=status)
