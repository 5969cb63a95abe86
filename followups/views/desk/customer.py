"""One customer: who they are, how they stand, their tickets, people, visits, wishes and work."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.addresses import client_address
from accounts.operations.auditing import By
from accounts.policy import Permission, may
from accounts.requests import staff_only
from customers.models import ToDo
from customers.operations.ticking import tick
from desk import places
from desk.listing import PAGE_SIZE
from desk.words import SETTLED
from desk.workspace import show
from followups import customer_page as reading
from tickets.models import Contact, Ticket
from tickets.views.agent.page import AtCustomer, satisfaction

PARTS = ("now", "settled", "people", "work", "product")


@require_safe
@staff_only(Permission.READ_TICKETS)
def customer(request: AtCustomer) -> HttpResponse:
    """One part of what we know of a customer; as many statements whatever there is of it."""
    wanted = request.GET.get("show", "")
    tab = wanted if wanted in PARTS else "now"
    context = {
        "tab": tab,
        "new_href": places.new_ticket(request.customer.code),
        "may_answer": may(request.user, Permission.ANSWER_TICKETS),
        "may_configure": may(request.user, Permission.CONFIGURE_CUSTOMERS),
        **_READS[tab](request),
    }
    return show(
        request, f"followups/customer_{tab}.html", context, now=timezone.now(), at="customers"
    )


@require_POST
@staff_only(Permission.CONFIGURE_CUSTOMERS)
def to_do_done(request: AtCustomer, to_do_id: int) -> HttpResponse:
    """Tick what was to be done for the customer."""
    row = get_object_or_404(ToDo.objects.select_related("customer"), pk=to_do_id,
                            customer=request.customer)  # fmt: skip
    by = By(request.user, client_address(request) or None)
    tick(to_do=row, by=by, now=timezone.now())
    messages.success(request, _("Done: %(what)s") % {"what": row})
    return redirect(f"{places.customer(request.customer.code)}?show=work")


def _tickets(request: AtCustomer, *, is_settled: bool) -> dict[str, Any]:
    tickets = Ticket.objects.select_related("requester", "handling__owner").order_by(
        "-updated_at", "-pk"
    )
    tickets = tickets.filter(state__in=SETTLED) if is_settled else tickets.live()
    page = Paginator(tickets, PAGE_SIZE).get_page(request.GET.get("page"))
    code = request.customer.code
    rows = [(ticket, places.ticket(code, ticket.number)) for ticket in page]
    return {"page": page, "rows": rows, "is_settled": is_settled}


def _now(request: AtCustomer) -> dict[str, Any]:
    now = timezone.now()
    today = timezone.localtime(now).date()
    return {
        "told": reading.overview(customer=request.customer, now=now, today=today),
        "lines": satisfaction(request),
        "people": reading.key_people(),
        "today": today,
        **_tickets(request, is_settled=False),
    }


def _settled(request: AtCustomer) -> dict[str, Any]:
    return _tickets(request, is_settled=True)


def _people(request: AtCustomer) -> dict[str, Any]:
    return {
        "people": Contact.objects.active().order_by("name", "pk"),
        "lines": satisfaction(request),
    }


def _work(request: AtCustomer) -> dict[str, Any]:
    now = timezone.now()
    return {
        "told": reading.work(customer=request.customer, now=now),
        "today": timezone.localtime(now).date(),
    }


def _product(request: AtCustomer) -> dict[str, Any]:
    return {"told": reading.wanted(customer=request.customer)}


_READS = {
    "now": _now,
    "settled": _settled,
    "people": _people,
    "work": _work,
    "product": _product,
}
