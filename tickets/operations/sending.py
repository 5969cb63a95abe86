"""Letting a waiting reply go, or taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from customers.inside import current_customer_id
from desk.models import Due
from desk.words import State
from tickets.models import Entry, Pending, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.judging import rejudge
from tickets.operations.storing import publish
from tickets.operations.vows import fulfil, vow
from tickets.operations.writing import entry_by_staff, event


class AlreadySent(Exception):
    """The reply has gone to the customer; write a correction instead."""

    def __init__(self, pending: Pending) -> None:
        super().__init__(f"reply {pending.pk} was sent at {pending.sent_at}")
        self.pending = pending


class AlreadyUndone(Exception):
    """The reply was taken back; write it again."""

    def __init__(self, pending: Pending) -> None:
        super().__init__(f"reply {pending.pk} was undone at {pending.undone_at}")
        self.pending = pending


@transaction.atomic
def send(*, pending: Pending, now: datetime, quiet: bool = False) -> Entry:
    """Let a waiting reply go: it becomes part of the trail, and the customer is told.

    The state moves as the author asked (a holding reply moves only *new* to *open*), unless the
    ticket was settled meanwhile. Raises AlreadySent and AlreadyUndone.
    """
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=pending.ticket_id)
    pending = Pending.objects.select_for_update().get(pk=pending.pk)
    if pending.sent_at:
        raise AlreadySent(pending)
    if pending.undone_at:
        raise AlreadyUndone(pending)
    entry = let_go(ticket=ticket, pending=pending, by=_author(pending), now=now, quiet=quiet)
    publish(pending=pending, entry=entry)
    _forget_due(pending)
    return entry


def let_go(*, ticket: Ticket, pending: Pending, by: User, now: datetime, quiet: bool) -> Entry:
    """Write the entry of a reply and move the state, for callers that hold both rows locked.

    Quiet callers (imports, history) judge the ticket themselves when all is told.
    """
    entry = entry_by_staff(
        ticket=ticket, kind=pending.kind, by=by, body=pending.body, now=now, quiet=quiet
    )
    pending.sent_at, pending.entry = now, entry
    pending.save(update_fields=["sent_at", "entry"])
    _promise(pending, entry, by, now)
    _move(ticket, pending, by, now)
    if not quiet:
        rejudge(ticket=ticket, now=now)
    return entry


def _promise(pending: Pending, entry: Entry, by: User, now: datetime) -> None:
    """Give the promise the reply came with; or keep the open one, if it is the answer promised."""
    if pending.promise_due_at is not None:
        vow(
            entry=entry,
            by=by,
            due_at=pending.promise_due_at,
            reason=pending.promise_reason,
            given_at=pending.written_at,
            now=now,
        )
    elif pending.keeps_promise and pending.kind == Pending.Kind.REPLY:
        fulfil(ticket=entry.ticket, by=by, now=now)


def _author(pending: Pending) -> User:
    author: User = pending.author
    return author


def _move(ticket: Ticket, pending: Pending, by: User, now: datetime) -> None:
    wants_hold = pending.then_state == State.ON_HOLD
    after = pending.then_state if pending.kind == Pending.Kind.REPLY or wants_hold else State.OPEN
    if pending.kind == Pending.Kind.REPLY and _was_overtaken(pending, now):
        after = State.OPEN
    before = ticket.state
    holds = pending.kind == Pending.Kind.HOLDING and before != State.NEW and not wants_hold
    if ticket.is_settled or holds or before == after:
        return
    ticket.state, ticket.updated_at = after, max(ticket.updated_at, now)
    ticket.save(update_fields=["state", "updated_at"])
    event(ticket=ticket, by=by, field="state", old=before, new=after, now=now)


def _was_overtaken(pending: Pending, now: datetime) -> bool:
    """Whether the customer said something while the reply waited: that is still to be answered."""
    if now <= pending.written_at:
        return False
    meanwhile = Entry.objects.filter(
        ticket_id=pending.ticket_id,
        author_kind=AuthorKind.CONTACT,
        written_at__gt=pending.written_at,
    ).exclude(kind=Entry.Kind.RATED)  # nothing is asked by it
    return meanwhile.exists()


def _forget_due(pending: Pending) -> None:
    Due.objects.filter(
        customer_id=current_customer_id(), kind=Due.Kind.SEND, row_id=pending.pk
    ).delete()


def send_due(*, pending_id: int, now: datetime) -> None:
    """Send a reply whose time has come; one that was sent or undone meanwhile needs nothing."""
    try:
        send(pending=Pending.objects.get(pk=pending_id), now=now)
    except (AlreadySent, AlreadyUndone):
        return


def send_waiting(*, ticket: Ticket, now: datetime, quiet: bool = False) -> list[Entry]:
    """Send, oldest first, what still waits at a ticket: something later is about to be said."""
    waiting = Pending.objects.waiting().filter(ticket=ticket).order_by("pk")
    return [send(pending=pending, now=now, quiet=quiet) for pending in waiting]


def send_waiting_at(*, tickets: Sequence[Ticket], now: datetime) -> list[Ticket]:
    """Send what still waits at these tickets; returns those where something went."""
    waiting = set(
        Pending.objects.waiting().filter(ticket__in=tickets).values_list("ticket", flat=True)
    )
    return [one for one in tickets if one.pk in waiting and send_waiting(ticket=one, now=now)]


@transaction.atomic
def undo(*, pending: Pending, by: User, now: datetime) -> Pending:
    """Take a reply back before it goes. Raises AlreadySent when it was too late, AlreadyUndone."""
    Ticket.objects.select_for_update(no_key=True).get(pk=pending.ticket_id)
    pending = Pending.objects.select_for_update().get(pk=pending.pk)
    if pending.sent_at:
        raise AlreadySent(pending)
    if pending.undone_at:
        raise AlreadyUndone(pending)
    pending.undone_at = now
    pending.save(update_fields=["undone_at"])
    event(ticket=pending.ticket, by=by, field="undone", old=pending.kind, new="", now=now)
    _forget_due(pending)
    return pending
