"""A new ticket for a customer: choose the customer, then write what they said."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk import places
from desk.asked import words
from desk.workspace import show
from tickets import html
from tickets.forms import REFUSALS, TakenForm
from tickets.models import Contact, Ticket
from tickets.operations import AddressTaken
from tickets.operations.taking import Newcomer, take
from tickets.portal_forms import refusal
from tickets.views.agent.page import AtCustomer

CHOICES = 20
"""Customers offered at once; who is not among them is found by typing."""


@require_safe
@staff_only(Permission.ANSWER_TICKETS)
def choose_customer(request: StaffRequest) -> HttpResponse:
    """For whom the new ticket is: customers by a part of their name or code."""
    sought = words(request.GET.get("q", ""))
    found = Customer.objects.live().served_by(request.user)
    if sought:
        found = found.filter(Q(name__icontains=sought) | Q(code__icontains=sought))
    shown = list(found.order_by("name", "pk")[: CHOICES + 1])
    context = {
        "sought": sought,
        "rows": [(customer, places.new_ticket(customer.code)) for customer in shown[:CHOICES]],
        "has_more": len(shown) > CHOICES,
    }
    return show(
        request, "tickets/agent/choose_customer.html", context, now=timezone.now(), at="new"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.ANSWER_TICKETS)
def new(request: AtCustomer) -> HttpResponse:
    """The form for a ticket taken in for this customer, and taking it in."""
    contacts = Contact.objects.active().order_by("name", "pk")
    initial = {"contact": request.GET.get("contact")}
    form = TakenForm(
        request.POST or None, request.FILES or None, contacts=contacts, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        ticket = _taken(request, form)
        if ticket is not None:
            return redirect(places.ticket(request.customer.code, ticket.number))
    context = {"form": form, "people": contacts.count()}
    return show(
        request,
        "tickets/agent/new.html",
        context,
        now=timezone.now(),
        at="new",
        status=422 if form.errors else 200,
    )


def _taken(request: AtCustomer, form: TakenForm) -> Ticket | None:
    """The new ticket; None when it was refused, which the form then says."""
    given = form.cleaned_data
    fields = ("name", "email", "role", "phone")
    try:
        return take(
            customer=request.customer,
            by=request.user,
            asker=given["contact"] or Newcomer(**{field: given[field] for field in fields}),
            subject=given["subject"],
            body=html.from_text(given["body"]),
            kind=given["kind"],
            channel=given["channel"],
            uploads=form.uploads(),
            holds=given["holds"],
            now=timezone.now(),
        )
    except AddressTaken as taken:
        said = _("%(name)s has this address. Choose that person above.")
        form.add_error("email", said % {"name": taken.contact.name})
    except REFUSALS as refused:
        form.add_error(*refusal(refused))
    return None
