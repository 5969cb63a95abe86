"""One customer: who they are, their people, their tickets."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policy import Permission
from accounts.requests import staff_only
from desk import places
from desk.listing import PAGE_SIZE
from desk.words import SETTLED
from desk.workspace import show
from tickets.models import Contact, Ticket
from tickets.views.agent.page import AtCustomer, satisfaction


@require_safe
@staff_only(Permission.READ_TICKETS)
def customer(request: AtCustomer) -> HttpResponse:
    """A customer's tickets, open or settled, a page at a time, and its people."""
    is_settled = request.GET.get("show") == "settled"
    tickets = Ticket.objects.select_related("requester", "handling__owner").order_by(
        "-updated_at", "-pk"
    )
    tickets = tickets.filter(state__in=SETTLED) if is_settled else tickets.live()
    page = Paginator(tickets, PAGE_SIZE).get_page(request.GET.get("page"))
    code = request.customer.code
    context = {
        "page": page,
        "rows": [(ticket, places.ticket(code, ticket.number)) for ticket in page],
        "is_settled": is_settled,
        "people": Contact.objects.active().order_by("name", "pk"),
        "lines": satisfaction(request),
        "new_href": places.new_ticket(code),
    }
    return show(request, "tickets/agent/customer.html", context, now=timezone.now(), at="customers")
