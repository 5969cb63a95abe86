"""214 open tickets, 9 would be overdue at once: what a policy does, before it is saved."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import site
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.audited import asker
from accounts.hosts import desk_origin
from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk import places
from desk.models import Policy
from desk.policy_forms import PolicyForm
from tickets.policy_preview import preview


@require_POST
@staff_only(Permission.CONFIGURE_CUSTOMERS)
def policy_preview(request: StaffRequest) -> HttpResponse:
    """What would become of open tickets by the policy that is sent; or what is wrong with it."""
    asking = type("Asking", (PolicyForm,), {"asked_by": asker(request)})
    form: Any = asking(request.POST, instance=_original(request) or Policy())
    form.is_valid()  # a name that is missing does not matter here
    wrong = [
        (form.fields[name].label if name in form.fields else "", words)
        for name, said in form.errors.items()
        for words in said
        if name != "name"
    ]
    shown: dict[str, Any] = {"wrong": wrong}
    if not wrong:
        found = preview(draft=form.instance, by=request.user, now=timezone.now())
        shown["found"] = found
        shown["customers"] = [
            (customer, desk_origin() + places.customer(customer.code), effect)
            for customer, effect in found.customers
        ]
    if request.headers.get("HX-Request"):
        return render(request, "tickets/admin/_policy_preview.html", shown)
    shown |= {**site.each_context(request), "title": _("Preview")}
    return render(request, "tickets/admin/policy_preview.html", shown)


def _original(request: StaffRequest) -> Policy | None:
    """The stored policy that is being changed, if this person may see it."""
    of = request.POST.get("preview_of", "")
    if not of.isdecimal() or len(of) > 17:
        return None
    served = Customer.objects.all().served_by(request.user)
    return Policy.objects.filter(Q(customer=None) | Q(customer__in=served), pk=int(of)).first()
