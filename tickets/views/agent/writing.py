"""What an agent writes at a ticket: replies, holding replies, notes, corrections; and undo."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.policy import Permission
from accounts.requests import staff_only
from desk.asked import key
from desk.words import State
from tickets import operations
from tickets.forms import REFUSALS, ReplyForm, WritingForm, said
from tickets.models import Pending, Ticket
from tickets.operations import AlreadySent, AlreadyUndone, TrailMoved, Upload
from tickets.operations.storing import path_of
from tickets.promise_forms import VowForm
from tickets.views.agent.draft import Draft
from tickets.views.agent.page import (
    AtCustomer,
    again,
    known,
    posted,
    show_ticket,
    ticket_of,
    to_ticket,
)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def replies(request: AtCustomer, number: int) -> HttpResponse:
    """Put a reply on its way; 409 when somebody said something the writer has not seen."""
    ticket = known(number)
    draft = _draft(request, ticket)
    kept = tuple(file.name for file in draft.again.files.all()) if draft.again else ()
    form, vow = ReplyForm(request.POST, request.FILES, kept=kept), VowForm(request.POST)
    draft = replace(draft, vow=vow)
    if form.is_valid() and vow.is_valid():
        try:
            _put_on_its_way(request, ticket, draft, form, vow)
            return to_ticket(request, number)
        except TrailMoved:
            seen = form.cleaned_data["seen_seq"]
            return show_ticket(
                request, ticket_of(number), draft=replace(draft, fresh_from=seen), status=409
            )
        except REFUSALS as refused:
            if not vow.refuse(refused):
                form.add_error("body", said(refused))
    draft = replace(draft, reply_errors=form.words_of_errors())
    return show_ticket(request, ticket_of(number), draft=draft, status=422)


def _put_on_its_way(
    request: AtCustomer, ticket: Ticket, draft: Draft, form: ReplyForm, vow: VowForm
) -> None:
    given = form.cleaned_data
    is_holding = given["is_holding"]
    then_state = given["then_state"]
    if is_holding and then_state == State.WAITING:
        then_state = State.OPEN  # we owe the answer: nobody waits for the customer
    operations.reply(
        ticket=ticket,
        by=request.user,
        body=form.markup(),
        kind=Pending.Kind.HOLDING if is_holding else Pending.Kind.REPLY,
        then_state=then_state,
        uploads=[*_kept(draft, form), *form.uploads()],
        seen_seq=given["seen_seq"],
        vow=vow.vow(),
        keeps_promise=given["keeps_promise"],
        now=timezone.now(),
    )


def _draft(request: AtCustomer, ticket: Ticket) -> Draft:
    before = again(ticket, request.user, key(request.POST.get("again", "")))
    return replace(
        before,
        reply_body=request.POST.get("body", ""),
        then_state=request.POST.get("then_state", before.then_state),
        is_holding="is_holding" in request.POST,
        keeps_promise="keeps_shown" not in request.POST or "keeps_promise" in request.POST,
    )


def _kept(draft: Draft, form: ReplyForm) -> list[Upload]:
    """The files of a reply taken back that the writer wants to go with this one."""
    if draft.again is None:
        return []
    wanted = form.cleaned_data["keep"]
    files = [file for file in draft.again.files.all() if file.name in wanted]
    return [Upload(file.filename, path_of(file.name).read_bytes()) for file in files]


@posted
@staff_only(Permission.ANSWER_TICKETS)
def holding_replies(request: AtCustomer, number: int) -> HttpResponse:
    """Say that we are on it; guarded like every reply. The second time it takes a promise."""
    ticket, form, vow = ticket_of(number), WritingForm(request.POST), VowForm(request.POST)
    draft = Draft(task="holding", vow=vow, reply_body=request.POST.get("body", ""))
    seen = form.cleaned_data["seen_seq"] if form.is_valid() else None
    if not vow.is_valid():
        return show_ticket(request, ticket, draft=draft, status=422)
    try:
        operations.acknowledge(
            ticket=ticket,
            by=request.user,
            body=form.markup() if form.cleaned_data.get("body", "").strip() else "",
            seen_seq=seen,
            vow=vow.vow(),
            now=timezone.now(),
        )
    except TrailMoved:
        return show_ticket(request, ticket, draft=replace(draft, fresh_from=seen), status=409)
    except REFUSALS as refused:
        if not vow.refuse(refused):
            draft = Draft(problems=[said(refused)])
        return show_ticket(request, ticket, draft=draft, status=422)
    return to_ticket(request, number)


@posted
@staff_only(Permission.WRITE_NOTES)
def notes(request: AtCustomer, number: int) -> HttpResponse:
    """Write a note for colleagues; the customer never sees it."""
    ticket, form = ticket_of(number), WritingForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            operations.note(
                ticket=ticket,
                by=request.user,
                body=form.markup(),
                uploads=form.uploads(),
                now=timezone.now(),
            )
            return to_ticket(request, number)
        except REFUSALS as refused:
            form.add_error("body", said(refused))
    draft = Draft(
        mode="note", note_body=request.POST.get("body", ""), note_errors=form.words_of_errors()
    )
    return show_ticket(request, ticket, draft=draft, status=422)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def undo(request: AtCustomer, number: int, pending_id: int) -> HttpResponse:
    """Take a waiting reply back; its words stand in the composer again."""
    ticket = ticket_of(number)
    pending = get_object_or_404(ticket.pendings, pk=pending_id)
    try:
        operations.undo(pending=pending, by=request.user, now=timezone.now())
    except AlreadySent:
        messages.warning(
            request, _("It has gone to the customer already. Write a correction instead.")
        )
    except AlreadyUndone:
        pass
    return to_ticket(request, number, more=f"again={pending.pk}")


@posted
@staff_only(Permission.ANSWER_TICKETS)
def correction(request: AtCustomer, number: int, entry_id: int) -> HttpResponse:
    """Follow a reply of one's own by its correction; both stay in the trail."""
    ticket, form = ticket_of(number), WritingForm(request.POST)
    entry = get_object_or_404(ticket.entries, pk=entry_id, staff=request.user)
    if form.is_valid():
        try:
            operations.correct(entry=entry, by=request.user, body=form.markup(), now=timezone.now())
            return to_ticket(request, number)
        except REFUSALS as refused:
            form.add_error("body", said(refused))
    draft = Draft(
        task="correct",
        entry=entry,
        reply_body=request.POST.get("body", ""),
        reply_errors=form.words_of_errors(),
    )
    return show_ticket(request, ticket, draft=draft, status=422)
