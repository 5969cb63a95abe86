"""Looking at the portal as a contact sees it: from the admin's host to the customer's."""

from __future__ import annotations

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.admin import site
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audited import asker
from accounts.policy import Permission
from accounts.requests import staff_only
from tickets.mail.addresses import portal
from tickets.models import Contact
from tickets.operations.looking_in import LIFE, NobodyToSee, ReasonMissing, look_in
from tickets.viewing import ARRIVAL
from tickets.viewings_shown import shown
from tickets.views.admin.people import AtCustomer

_EARLIER = 10
"""How many viewings of a person are told beside the form."""


@require_safe
@staff_only(Permission.SEE_AS_CONTACT)
def viewing(request: AtCustomer, contact_id: int) -> HttpResponse:
    """Why one looks; and who looked before."""
    contact, now = get_object_or_404(Contact, pk=contact_id), timezone.now()
    rows = contact.viewings.order_by("-began_at")[:_EARLIER]
    context = {
        **site.each_context(request),
        "title": _("See the portal as %(name)s") % {"name": contact.name},
        "subtitle": request.customer.name,
        "at": request.customer.code,
        "contact": contact,
        "minutes": LIFE.seconds // 60,
        "can": contact.is_active and request.customer.domains.exists(),
        "earlier": [shown(one, now=now) for one in rows],
        "now": now,
    }
    return render(request, "tickets/admin/viewing.html", context)


@require_POST
@staff_only(Permission.SEE_AS_CONTACT)
def depart(request: AtCustomer, contact_id: int) -> HttpResponseBase:
    """Begin a viewing: a form with its secret, which posts itself to the customer's portal."""
    contact, customer = get_object_or_404(Contact, pk=contact_id), request.customer
    try:
        row, secret = look_in(
            customer=customer,
            contact=contact,
            by=asker(request),
            reason=request.POST.get("reason", ""),
            now=timezone.now(),
        )
    except ReasonMissing:
        messages.error(request, _("Say why: the customer reads it."))
        return redirect("admin_viewing", at=customer.code, contact_id=contact.pk)
    except NobodyToSee:
        messages.error(request, _("This person is switched off, or the customer has no host."))
        return redirect("admin_viewing", at=customer.code, contact_id=contact.pk)
    origin = portal(customer).rstrip("/")
    context = {"action": f"{origin}{ARRIVAL}", "row": row, "secret": secret, "contact": contact}
    page = csp_update({"form-action": [origin]})(
        lambda asked: render(asked, "tickets/admin/viewing_begun.html", context)
    )
    response = page(request)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
