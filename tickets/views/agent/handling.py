"""How a ticket is handled: its owner, what it is, what was understood, resolving and reopening."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.policy import Permission
from accounts.requests import staff_only
from tickets import operations
from tickets.forms import (
    REFUSALS,
    OwnerForm,
    PropertiesForm,
    ResolutionForm,
    UnderstandingForm,
    WritingForm,
    said,
)
from tickets.models import Ticket
from tickets.operations import CannotServe, HoldNeedsPromise
from tickets.promise_forms import VowForm
from tickets.surroundings import staff_for
from tickets.views.agent.draft import Draft
from tickets.views.agent.page import (
    AtCustomer,
    posted,
    show_ticket,
    ticket_of,
    to_ticket,
)


@posted
@staff_only(Permission.ASSIGN_TICKETS)
def owner(request: AtCustomer, number: int) -> HttpResponse:
    """Make somebody the owner, or nobody."""
    ticket = ticket_of(number)
    form = OwnerForm(request.POST, staff=staff_for(request.customer))
    if not form.is_valid():
        return _refuse(
            request, ticket, _("That person does not serve this customer. Choose another owner.")
        )
    try:
        operations.assign(
            ticket=ticket,
            owner=form.cleaned_data["owner"],
            by=request.user,
            now=timezone.now(),
        )
    except CannotServe:
        return _refuse(
            request, ticket, _("That person does not serve this customer. Choose another owner.")
        )
    return to_ticket(request, number)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def properties(request: AtCustomer, number: int) -> HttpResponse:
    """Change subject, kind, priority or state; what is not sent stays."""
    ticket, form = ticket_of(number), PropertiesForm(request.POST)
    if not form.is_valid():
        words = [str(word) for errors in form.errors.values() for word in errors]
        return _refuse(request, ticket, *words)
    try:
        operations.change(ticket=ticket, by=request.user, now=timezone.now(), **form.changes())
    except HoldNeedsPromise as refused:
        vow = VowForm({"due_at": "", "reason": ""})
        vow.refuse(refused)
        return show_ticket(request, ticket, draft=Draft(task="hold", vow=vow), status=422)
    except REFUSALS as refused:
        return _refuse(request, ticket, said(refused))
    return to_ticket(request, number)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def understanding(request: AtCustomer, number: int) -> HttpResponse:
    """Write what they said and what they need: clarified once both are written."""
    ticket, form = ticket_of(number), UnderstandingForm(request.POST)
    if not form.is_valid():
        return show_ticket(request, ticket, draft=Draft(understanding=form), status=422)
    operations.write_understanding(
        ticket=ticket, by=request.user, now=timezone.now(), **form.cleaned_data
    )
    return to_ticket(request, number)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def resolution(request: AtCustomer, number: int) -> HttpResponse:
    """Say that it is solved, with what we learned; a reply still waiting goes first."""
    ticket, form = ticket_of(number), ResolutionForm(request.POST)
    draft = Draft(task="resolve", resolution=form)
    if not form.is_valid():
        return show_ticket(request, ticket, draft=draft, status=422)
    try:
        operations.resolve(ticket=ticket, by=request.user, now=timezone.now(), **form.cleaned_data)
    except REFUSALS as refused:
        return _refuse(request, ticket, said(refused))
    return to_ticket(request, number)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def reopening(request: AtCustomer, number: int) -> HttpResponse:
    """Take a settled ticket up again; the customer is told, with words when some were written."""
    ticket, form = ticket_of(number), WritingForm(request.POST)
    if not form.is_valid():
        return _refuse(request, ticket, *form.words_of_errors())
    try:
        operations.reopen(ticket=ticket, by=request.user, body=form.markup(), now=timezone.now())
    except REFUSALS as refused:
        return _refuse(request, ticket, said(refused))
    return to_ticket(request, number)


def _refuse(request: AtCustomer, ticket: Ticket, *words: str) -> HttpResponse:
    return show_ticket(request, ticket, draft=Draft(problems=list(words)), status=422)
