"""Closing a ticket without an answer: withdrawn, spam, a duplicate that goes on elsewhere."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.policy import Permission
from accounts.requests import staff_only
from desk.words import Dismissal, State
from tickets import operations
from tickets.forms import REFUSALS, said
from tickets.models import Ticket
from tickets.operations import TicketClosed
from tickets.promise_forms import DismissalForm
from tickets.views.agent.draft import Draft
from tickets.views.agent.page import AtCustomer, posted, show_ticket, ticket_of, to_ticket


@posted
@staff_only(Permission.ANSWER_TICKETS)
def dismissal(request: AtCustomer, number: int) -> HttpResponse:
    """Close it for its reason; a duplicate is merged into the ticket whose number is given."""
    ticket, form = ticket_of(number), DismissalForm(request.POST)
    into = _into(form) if form.is_valid() else None
    draft = Draft(task="dismiss", dismissal=form)
    if form.errors:
        return show_ticket(request, ticket, draft=draft, status=422)
    reason = form.cleaned_data["reason"]
    try:
        operations.dismiss(
            ticket=ticket, by=request.user, now=timezone.now(), reason=reason, into=into
        )
    except REFUSALS as problem:
        if ticket.state == State.CLOSED:
            draft = Draft(problems=[said(problem)])
        else:
            form.add_error("into", _words(problem))
        return show_ticket(request, ticket, draft=draft, status=422)
    return to_ticket(request, number)


def _into(form: DismissalForm) -> Ticket | None:
    """The ticket a duplicate goes on in; None for another reason, or where there is none."""
    wanted: int = form.cleaned_data.get("into") or 0
    if form.cleaned_data["reason"] != Dismissal.DUPLICATE:
        return None
    into = Ticket.objects.filter(number=wanted).first()
    if into is None:
        form.add_error("into", _("There is no ticket with this number at this customer."))
    return into


def _words(problem: Exception) -> str:
    if isinstance(problem, TicketClosed):
        return _("That ticket is closed. Reopen it first, or name another one.")
    return said(problem)
