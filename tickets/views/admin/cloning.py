"""Taking over the set-up of a similar customer, on the admin's host: chosen, looked at, taken."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin import site
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.audited import asker
from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk.operations.cloning import differences, take_over

MOST = 500
"""How many customers the list offers at most; further ones are found by what is typed."""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.CONFIGURE_CUSTOMERS)
def set_up(request: StaffRequest, customer_id: int) -> HttpResponse:
    """Whose set-up is like it, and what would be taken, old → new; a POST takes what is ticked."""
    served = Customer.objects.all().served_by(request.user)
    facts = served.select_related("plan", "team", "consultant", "product_manager")
    customer = facts.filter(pk=customer_id).first()
    if customer is None:
        raise Http404("no such customer")
    asked = str((request.POST if request.method == "POST" else request.GET).get("of", ""))
    others = facts.exclude(pk=customer.pk)
    like = others.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    if request.method == "POST" and like is not None:
        return _take(request, customer, like)
    typed = str(request.GET.get("q", "")).strip()[:80]
    offered = others.filter(name__icontains=typed) if typed else others
    context = {
        **site.each_context(request),
        "title": _("Take over a set-up"),
        "customer": customer,
        "offered": offered.select_related(None).only("name", "code").order_by("name", "pk")[:MOST],
        "typed": typed,
        "like": like,
        "found": differences(customer=customer, like=like, now=timezone.now()) if like else [],
    }
    return TemplateResponse(request, "tickets/admin/set_up.html", context)


def _take(request: StaffRequest, customer: Customer, like: Customer) -> HttpResponse:
    taken = take_over(
        customer=customer,
        like=like,
        keys=request.POST.getlist("take"),
        by=asker(request),
        now=timezone.now(),
    )
    told = {"n": len(taken), "name": like.name}
    messages.success(
        request,
        ngettext(
            "%(n)s thing is set up as at %(name)s.", "%(n)s things are set up as at %(name)s.",
            len(taken),
        ) % told,
    )  # fmt: skip
    return redirect("customer_stage", customer_id=customer.pk)
