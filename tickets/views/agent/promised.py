"""Promises at a ticket: giving one, putting on hold, saying that one is kept."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone

from accounts.policy import Permission
from accounts.requests import staff_only
from tickets import operations
from tickets.forms import REFUSALS, said
from tickets.operations import NoPromise
from tickets.promise_forms import VowForm
from tickets.views.agent.draft import Draft
from tickets.views.agent.page import (
    AtCustomer,
    known,
    posted,
    show_ticket,
    ticket_of,
    to_ticket,
)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def promise(request: AtCustomer, number: int) -> HttpResponse:
    """Give the customer a time, or a new one instead of the old; they are told at once."""
    return _give(request, number, task="promise")


@posted
@staff_only(Permission.ANSWER_TICKETS)
def hold(request: AtCustomer, number: int) -> HttpResponse:
    """Put the ticket on hold until a time that the customer is told."""
    return _give(request, number, task="hold")


def _give(request: AtCustomer, number: int, *, task: str) -> HttpResponse:
    ticket, form = known(number), VowForm(request.POST, needed=True)
    draft = Draft(task=task, vow=form)
    if not form.is_valid():
        return show_ticket(request, ticket_of(number), draft=draft, status=422)
    verb = operations.hold if task == "hold" else operations.promise
    try:
        verb(ticket=ticket, by=request.user, now=timezone.now(), **form.cleaned_data)
    except REFUSALS as refused:
        if not form.refuse(refused):
            draft = Draft(problems=[said(refused)])
        return show_ticket(request, ticket_of(number), draft=draft, status=422)
    return to_ticket(request, number)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def kept(request: AtCustomer, number: int) -> HttpResponse:
    """Say that what was promised is done, other than by an answer."""
    try:
        operations.keep(ticket=known(number), by=request.user, now=timezone.now())
    except (*REFUSALS, NoPromise) as refused:
        draft = Draft(problems=[said(refused)])
        return show_ticket(request, ticket_of(number), draft=draft, status=422)
    return to_ticket(request, number)
