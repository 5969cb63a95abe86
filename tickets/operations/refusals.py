"""Why an operation on a ticket refuses; shared by several verbs."""

from __future__ import annotations

from tickets.models import Ticket


class EmptyBody(ValueError):
    """Nothing was written and nothing attached; write a sentence first."""


class TicketClosed(Exception):
    """The ticket is closed; open a new one that refers to it."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number} is closed")
        self.ticket = ticket


class TicketSettled(TicketClosed):
    """The ticket is resolved or closed already; reopen it first."""


class TicketNotSettled(Exception):
    """The ticket is neither resolved nor closed, so there is nothing to reopen or confirm."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number} is {ticket.state}")
        self.ticket = ticket
