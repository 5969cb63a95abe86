"""The company's tickets, one ticket, and asking for help."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desk.words import State
from tickets import (
    operations,
    portal_hours,
    portal_lists,
    portal_questions,
    portal_trail,
    portal_welcome,
    portal_words,
)
from tickets.models import Ticket
from tickets.portal_forms import REFUSALS, MessageForm, QuestionForm
from tickets.requests import ContactRequest, contact_only
from tickets.views.portal.answering import show

_FRESH = timedelta(minutes=1)
"""So long a ticket's page says that we have it: nothing need be kept from the form to the page."""


@require_safe
@contact_only
def tickets(request: ContactRequest) -> HttpResponse:
    """Everything the company has asked, what waits for the reader first."""
    now, contact = timezone.now(), request.contact
    wish = portal_lists.wish(request.GET, contact=contact)
    visible = portal_lists.theirs(contact, mine=wish.mine)
    figures, number = portal_lists.figures(visible, now), request.GET.get("page", "1")
    page = portal_lists.page_of(visible, wish, number=number, now=now, count=figures.of(wish))
    context = {
        "page": "tickets",
        "now": now,
        "wish": wish,
        "greeting": portal_words.greeting(contact.name, now),
        "figures": figures,
        "found": page,
        "sections": portal_lists.sections(page, wish, now),
        "whose": portal_lists.whose(wish),
        "welcome": None if wish.query else portal_welcome.welcome(request.customer, now=now),
    }
    return render(request, "tickets/portal/tickets.html", context)


@require_safe
@contact_only
def ticket(request: ContactRequest, number: int) -> HttpResponse:
    """One ticket: what was said, and what can be said; that we have it, while it is new."""
    asked = _visible(request, number)
    if _is_fresh(asked) and asked.requester_id == request.contact.pk:
        reference = f"{request.customer.prefix}-{asked.number}"
        messages.success(request, _("We have it: %(ticket)s") % {"ticket": reference})
    return _show_ticket(request, asked, MessageForm())


@require_POST
@contact_only
def messages_of(request: ContactRequest, number: int) -> HttpResponseBase:
    """Write back; a resolved ticket is open again."""
    asked, form = _visible(request, number), MessageForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            entry = operations.write_back(
                ticket=asked,
                contact=request.contact,
                body=form.cleaned_data["html"],
                uploads=form.uploads(),
                now=timezone.now(),
            )
        except REFUSALS as problem:
            form.refuse(problem)
        else:
            return redirect(f"{_page_of(asked)}#entry-{entry.seq}")
    return _show_ticket(request, asked, form)


@require_POST
@contact_only
def confirmation(request: ContactRequest, number: int) -> HttpResponseBase:
    """Say that the solution works: the ticket is closed."""
    asked = _visible(request, number)
    try:
        operations.confirm(ticket=asked, contact=request.contact, now=timezone.now())
    except operations.TicketNotSettled:
        messages.warning(request, _("There is nothing to confirm any more. Have a look below."))
    else:
        messages.success(request, _("Good to hear. Thank you for telling us!"))
    return redirect(_page_of(asked))


@require_http_methods(["GET", "HEAD", "POST"])
@contact_only
def withdrawal(request: ContactRequest, number: int) -> HttpResponseBase:
    """Say that one's own ticket is no longer needed: asked once more, then closed."""
    own = Ticket.objects.filter(requester=request.contact).select_related("requester")
    asked = get_object_or_404(own, number=number)
    if request.method != "POST" and not asked.is_settled:
        context = {"page": "tickets", "ticket": asked}
        return render(request, "tickets/portal/withdrawal.html", context)
    try:
        operations.withdraw(ticket=asked, contact=request.contact, now=timezone.now())
    except operations.TicketClosed:
        messages.warning(request, _("This ticket is solved or closed already."))
    else:
        messages.success(request, _("It is closed. Thank you for telling us."))
    return redirect(_page_of(asked))


@require_http_methods(["GET", "HEAD", "POST"])
@contact_only
def new(request: ContactRequest) -> HttpResponseBase:
    """Ask for help."""
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = QuestionForm(*given, initial={"refers": request.GET.get("refers")})
    earlier = _earlier(request, form)
    if form.is_valid():
        try:
            opened = operations.ask(
                contact=request.contact,
                subject=form.cleaned_data["subject"],
                kind=form.cleaned_data["kind"],
                body=form.with_reference(earlier, prefix=request.customer.prefix),
                uploads=form.uploads(),
                now=timezone.now(),
            )
        except REFUSALS as problem:
            form.refuse(problem)
        else:
            return redirect("portal:ticket", number=opened.number)
    return show(request, "new", form, {"page": "new", "earlier": earlier})


def _is_fresh(asked: Ticket) -> bool:
    return asked.state == State.NEW and timezone.now() - asked.opened_at < _FRESH


def _visible(request: ContactRequest, number: int) -> Ticket:
    tickets = Ticket.objects.all().visible_to(request.contact).select_related("requester")
    return get_object_or_404(tickets, number=number)


def _earlier(request: ContactRequest, form: QuestionForm) -> Ticket | None:
    """The ticket a new one refers to, if this person may read it."""
    number = str(form["refers"].value() or "")
    return _visible(request, int(number)) if number.isdecimal() and len(number) < 9 else None


def _page_of(asked: Ticket) -> str:
    return f"/tickets/{asked.number}/"


def _show_ticket(request: ContactRequest, asked: Ticket, form: MessageForm) -> HttpResponse:
    now, hours = timezone.now(), request.customer.hours
    ours = hours["zone"] if hours else ""
    trail = portal_trail.trail(asked, last=request.GET.get("last", ""), now=now, ours=ours)
    context: dict[str, Any] = {
        "page": "tickets",
        "now": now,
        "ticket": asked,
        "trail": trail,
        "standing": portal_words.standing(asked.state, is_held=trail.is_held),
        "steps": portal_words.steps(asked.state),
        "expected": portal_hours.expected(hours, now=now),
        "question": portal_questions.asked(asked, request.contact, now=now),
        "is_own": asked.requester_id == request.contact.pk,
    }
    return show(request, "ticket", form, context)
