"""Low scores over all customers: the list, and one with everything about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk import places
from desk.workspace import show
from followups.models import Rescue
from followups.rescue_forms import ActionForm, ClosingForm, ContactForm
from followups.rescue_list import asked_for, listed
from followups.rescue_page import colleagues, shown
from tickets.views.agent.page import AtCustomer

STATES = (
    ("open", gettext_lazy("Waiting for us")),
    ("asked", gettext_lazy("Asked again")),
    ("closed", pgettext_lazy("low scores", "Closed")),
    ("all", pgettext_lazy("low scores", "All")),
)
WHOSE = (("all", gettext_lazy("Everybody's")), ("mine", gettext_lazy("Mine")))


@require_safe
@staff_only(Permission.SEE_CALLBACKS)
def rescues(request: StaffRequest) -> HttpResponse:
    """Low scores at all customers one serves: what waits for us, the most pressing first."""
    now, asked = timezone.now(), asked_for(request.GET.dict())
    found = listed(user=request.user, asked=asked, page=request.GET.get("page"))
    context = {
        "asked": asked,
        "page": found.page,
        "rows": found.rows,
        "query": f"{asked.query()}&",
        "states": [
            {
                "label": label,
                "href": f"?{asked.query(state=state)}",
                "is_current": asked.state == state,
            }
            for state, label in STATES
        ],
        "whose": [
            {"label": label, "href": f"?{asked.query(who=who)}", "is_current": asked.who == who}
            for who, label in WHOSE
        ],
        "sorts": [("due", _("Due first")), ("new", _("Newest")), ("score", _("Lowest score"))],
    }
    return show(request, "followups/rescues.html", context, now=now, at="rescues")


@require_safe
@staff_only(Permission.SEE_CALLBACKS)
def rescue(request: AtCustomer, rescue_id: int) -> HttpResponse:
    """One low score: who said what, what we know, what was done, what is next."""
    return show_rescue(request, known(rescue_id), now=timezone.now())


def known(rescue_id: int) -> Rescue:
    """The open customer's rescue, with what a page of it needs; else 404."""
    rows = Rescue.objects.select_related("ticket", "consultant", "cause", "closed_by")
    return get_object_or_404(rows, pk=rescue_id)


def show_rescue(
    request: AtCustomer, found: Rescue, *, now: datetime, status: int = 200, **forms: Any
) -> HttpResponse:
    """Answer with its page; `forms` are those that were refused, with what was typed."""
    customer = request.customer
    page = shown(customer=customer, rescue=found, user=request.user, now=now)
    may_work = may(request.user, Permission.WORK_CALLBACKS)
    is_to_do = may_work and page.is_to_do
    context = {
        "page": page,
        "rescue": found,
        "here": places.rescue(customer.code, found.pk),
        "customer_href": places.customer(customer.code),
        "may_work": may_work,
        "colleagues": colleagues(customer=customer, rescue=found, now=now) if is_to_do else [],
        "contact_form": ContactForm(),
        "action_form": ActionForm(),
        "closing_form": ClosingForm(),
        "is_closing": found.state == "acting" or "closing_form" in forms,
        **forms,
    }
    return show(request, "followups/rescue.html", context, now=now, at="rescues", status=status)
