"""Asking departments about a ticket, and their answers. No customer ever sees any of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Permission, may
from accounts.requests import staff_only
from tickets import operations
from tickets.ask_forms import AskForm, HandForm, WordsForm, serving
from tickets.forms import REFUSALS, said
from tickets.models import Ask
from tickets.operations import AskEnded, NobodyThere
from tickets.views.agent.page import (
    AtCustomer,
    Draft,
    known,
    posted,
    show_ticket,
    ticket_of,
    to_ticket,
)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def asks(request: AtCustomer, number: int) -> HttpResponse:
    """Ask a department; somebody of it gets it with a time to answer by."""
    ticket, form = known(number), AskForm(request.POST, customer=request.customer)
    if not form.is_valid():
        return _refuse(request, number, draft=Draft(ask=form))
    given = form.cleaned_data
    try:
        operations.ask_department(
            ticket=ticket,
            department=given["department"],
            owner=given["person"],
            question=form.markup(),
            by=request.user,
            now=timezone.now(),
        )
    except NobodyThere as absent:
        words = _("Nobody of %(department)s is in and serves this customer: name somebody.")
        form.add_error("department", words % {"department": absent.department})
        return _refuse(request, number, draft=Draft(ask=form))
    except REFUSALS as refused:
        return _refuse(request, number, said(refused), draft=Draft(ask=form))
    return to_ticket(request, number)


@posted
@staff_only(Permission.WRITE_NOTES)
def answer(request: AtCustomer, number: int, ask_id: int) -> HttpResponse:
    """Answer an ask of one's department: a note, which whoever asked hears of."""
    ask, form = _known(number, ask_id), WordsForm(request.POST)
    _refuse_strangers(request.user, ask)
    if not form.is_valid():
        return _refuse(request, number, _("Write your answer first."))
    try:
        operations.answer_ask(ask=ask, by=request.user, body=form.markup(), now=timezone.now())
    except AskEnded:
        return _ended(request, number)
    except REFUSALS as refused:
        return _refuse(request, number, said(refused))
    return to_ticket(request, number)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def withdrawal(request: AtCustomer, number: int, ask_id: int) -> HttpResponse:
    """Take an ask back."""
    try:
        operations.withdraw_ask(ask=_known(number, ask_id), by=request.user, now=timezone.now())
    except AskEnded:
        return _ended(request, number)
    return to_ticket(request, number)


@posted
@staff_only(Permission.WRITE_NOTES)
def owner(request: AtCustomer, number: int, ask_id: int) -> HttpResponse:
    """Give an ask to somebody else of the department."""
    ask = _known(number, ask_id)
    if not may(request.user, Permission.ANSWER_TICKETS):
        _refuse_strangers(request.user, ask)
    people = serving(request.customer).filter(departments=ask.department_id)
    form = HandForm(request.POST, people=people)
    if not form.is_valid():
        return _refuse(request, number, _("Choose somebody of the department."))
    chosen = form.cleaned_data["owner"]
    try:
        operations.hand_ask(ask=ask, owner=chosen, by=request.user, now=timezone.now())
    except AskEnded:
        return _ended(request, number)
    return to_ticket(request, number)


def _known(number: int, ask_id: int) -> Ask:
    rows = Ask.objects.select_related("ticket")
    return get_object_or_404(rows, pk=ask_id, ticket__number=number)


def _refuse_strangers(user: User, ask: Ask) -> None:
    """Only whoever was asked answers: the department's people, and whose ask it is."""
    theirs = user.departments.filter(pk__in=[ask.department_id])
    if ask.owner_id != user.pk and not theirs.exists():
        raise PermissionDenied


def _ended(request: AtCustomer, number: int) -> HttpResponse:
    return _refuse(request, number, _("This was answered or taken back by now. Ask again."))


def _refuse(request: AtCustomer, number: int, *words: str, draft: Any = None) -> HttpResponse:
    shown = replace(draft or Draft(), problems=list(words))
    return show_ticket(request, ticket_of(number), draft=shown, status=422)
