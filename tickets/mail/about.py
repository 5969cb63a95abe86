"""Which ticket a letter is about, by its item in the outbox: apps say so at start."""

from __future__ import annotations

from collections.abc import Callable

from desk.models import OutboxItem
from tickets.models import Ticket

TicketOf = Callable[[OutboxItem], Ticket | None]
"""The ticket of an item, inside its customer; None where it is about none, or about several."""

_tickets: dict[str, TicketOf] = {}


def serve(kind: str, ticket_of: TicketOf) -> None:
    """Have `ticket_of` find the ticket of letters of this kind."""
    _tickets[kind] = ticket_of


def ticket_of(item: OutboxItem) -> Ticket | None:
    """The ticket that the letter of an item is about, inside its customer."""
    found = _tickets.get(item.kind)
    return found(item) if found else None


def of_entry(item: OutboxItem) -> Ticket | None:
    """Of a letter about an entry."""
    return Ticket.objects.filter(entries=int(item.row)).first()


def of_ticket(item: OutboxItem) -> Ticket | None:
    """Of a letter whose row is the ticket."""
    return Ticket.objects.filter(pk=item.row).first()
