"""The customers a person may serve."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk.asked import words
from desk.listing import PAGE_SIZE
from desk.models import QueueItem
from desk.workspace import show


@require_safe
@staff_only(Permission.SEE_CUSTOMERS)
def customers(request: StaffRequest) -> HttpResponse:
    """Customers by name, found by a part of name or code, each with what is open."""
    sought = words(request.GET.get("q", ""))
    found = Customer.objects.live().served_by(request.user).select_related("plan", "consultant")
    if sought:
        found = found.filter(Q(name__icontains=sought) | Q(code__icontains=sought))
    page = Paginator(found.order_by("name", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    shown = list(page)
    live = QueueItem.objects.live().filter(customer__in=shown).order_by()
    open_counts = dict(live.values_list("customer").annotate(Count("pk")))
    rows = [(customer, open_counts.get(customer.pk, 0)) for customer in shown]
    context = {"rows": rows, "page": page, "sought": sought}
    return show(request, "desk/customers.html", context, now=timezone.now(), at="customers")
