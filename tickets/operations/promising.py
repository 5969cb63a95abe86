"""Promises: a time the customer was given. One is open at a time; none is ever forgotten."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from desk.words import State
from tickets import html
from tickets.models import Contact, Entry, Promise, Ticket
from tickets.operations.judging import rejudge
from tickets.operations.refusals import TicketClosed, TicketSettled
from tickets.operations.sending import send_waiting
from tickets.operations.vows import check_vow, end_open, fulfil, open_promise, vow
from tickets.operations.writing import ask_judge, entry_by_staff, event, tell_contacts


class NoPromise(Exception):
    """There is no open promise to keep; give one first."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number} has no open promise")
        self.ticket = ticket


@transaction.atomic
def promise(
    *,
    ticket: Ticket,
    by: User,
    due_at: datetime,
    reason: str,
    now: datetime,
    contact: Contact | None = None,
    then_state: str | None = None,
) -> Promise:
    """Give the customer a time and the reason for it, and tell them; what waits to go goes first.

    An open promise is renegotiated by it, as long as its time has not passed; else that one is
    broken. `contact` is whom it was given to; None: all who take part. Raises TicketSettled,
    PromiseInThePast, PromiseTooFar, NoReason.
    """
    check_vow(due_at=due_at, reason=reason, now=now)
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if ticket.is_settled:
        raise TicketSettled(ticket)
    if send_waiting(ticket=ticket, now=now):
        ticket.refresh_from_db()
    entry = entry_by_staff(
        ticket=ticket,
        kind=Entry.Kind.PROMISE,
        by=by,
        body=html.from_text(reason.strip()),
        now=now,
        quiet=True,
    )
    given = vow(
        entry=entry, by=by, due_at=due_at, reason=reason, given_at=now, now=now, contact=contact
    )
    _move(ticket, then_state or ticket.state, by, now)
    tell_contacts(entry=entry, now=now)
    rejudge(ticket=ticket, now=now)
    ask_judge(ticket)
    return given


def hold(*, ticket: Ticket, by: User, due_at: datetime, reason: str, now: datetime) -> Promise:
    """Put a ticket on hold (a release, a third party): only with a promise. Raises as `promise`."""
    return promise(
        ticket=ticket, by=by, due_at=due_at, reason=reason, now=now, then_state=State.ON_HOLD
    )


@transaction.atomic
def keep(*, ticket: Ticket, by: User, now: datetime) -> Promise:
    """Say that the open promise is fulfilled, other than by an answer. Raises NoPromise.

    After its time it stays broken, and says when it was fulfilled. A ticket on hold goes on.
    """
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if ticket.state == State.CLOSED:
        raise TicketClosed(ticket)
    kept = fulfil(ticket=ticket, by=by, now=now)
    if kept is None:
        raise NoPromise(ticket)
    if ticket.state == State.ON_HOLD:
        _move(ticket, State.OPEN, by, now)
    rejudge(ticket=ticket, now=now)
    ask_judge(ticket)
    return kept


@transaction.atomic
def break_overdue(*, ticket: Ticket, now: datetime) -> Promise | None:
    """Write down that the open promise was broken, once its time has passed; None: it was not."""
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    given = open_promise(ticket)
    if given is None or now <= given.due_at:
        return None
    end_open(ticket=ticket, by=None, now=now)
    given.refresh_from_db()
    return given


def _move(ticket: Ticket, state: str, by: User, now: datetime) -> None:
    before = ticket.state
    after = State.OPEN if state == State.NEW else state
    ticket.updated_at = max(ticket.updated_at, now)
    ticket.state = after
    ticket.save(update_fields=["state", "updated_at"])
    if before != after:
        event(ticket=ticket, by=by, field="state", old=before, new=after, now=now)
