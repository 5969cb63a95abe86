"""What the customer's people say at a ticket. Runs as the customer's own login, or as the desk.

The state follows by a trigger: a message moves *waiting* and *resolved* to *open*, a confirmation
moves *resolved* to *closed*, a withdrawal any but *closed* to *closed*.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from desk.words import State
from tickets.models import Contact, Entry, Ticket
from tickets.operations.refusals import TicketClosed, TicketNotSettled, TicketSettled
from tickets.operations.storing import Upload, attach
from tickets.operations.writing import cleaned, entry_by_contact, ring_judge


@transaction.atomic
def answer(
    *,
    ticket: Ticket,
    contact: Contact,
    body: str,
    now: datetime,
    uploads: Sequence[Upload] = (),
    quiet: bool = False,
) -> Entry:
    """Add the contact's message; a resolved ticket opens again. Raises TicketClosed, EmptyBody."""
    ticket.refresh_from_db(fields=["state"])
    if ticket.state == State.CLOSED:
        raise TicketClosed(ticket)
    body = cleaned(body, has_files=bool(uploads))
    try:
        entry = entry_by_contact(
            ticket=ticket, kind=Entry.Kind.MESSAGE, contact=contact, body=body, now=now
        )
    except IntegrityError as refused:  # closed since: the database looks again, with the row locked
        raise TicketClosed(ticket) from refused
    attach(entry=entry, uploads=uploads, now=now)
    ticket.refresh_from_db()
    if not quiet:
        ring_judge()
    return entry


@transaction.atomic
def confirm(*, ticket: Ticket, contact: Contact, now: datetime, quiet: bool = False) -> Entry:
    """Say that the solution works: the ticket is closed. Raises TicketNotSettled."""
    ticket.refresh_from_db(fields=["state"])
    if ticket.state != State.RESOLVED:
        raise TicketNotSettled(ticket)
    try:
        entry = entry_by_contact(
            ticket=ticket, kind=Entry.Kind.CONFIRMED, contact=contact, body="", now=now
        )
    except IntegrityError as refused:  # open again since
        raise TicketNotSettled(ticket) from refused
    ticket.refresh_from_db()
    if not quiet:
        ring_judge()
    return entry


class OthersTicket(Exception):
    """Somebody else asked it; only they may say that it is no longer needed."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number} was asked by another person")
        self.ticket = ticket


@transaction.atomic
def withdraw(*, ticket: Ticket, contact: Contact, now: datetime, quiet: bool = False) -> Entry:
    """Say that one's own ticket is no longer needed: it is closed, and its clocks are cancelled.

    Its open promise is void, which the judge writes down. Raises OthersTicket, TicketSettled.
    """
    if ticket.requester_id != contact.pk:
        raise OthersTicket(ticket)
    ticket.refresh_from_db(fields=["state"])
    if ticket.is_settled:
        raise TicketSettled(ticket)
    try:
        entry = entry_by_contact(
            ticket=ticket, kind=Entry.Kind.WITHDRAWN, contact=contact, body="", now=now
        )
    except IntegrityError as refused:  # closed since
        raise TicketSettled(ticket) from refused
    ticket.refresh_from_db()
    if not quiet:
        ring_judge()
    return entry
