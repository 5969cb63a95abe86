"""A mail that is being decided on, with what is known of it by now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from customers.models import Customer
from desk.models import IncomingMail
from tickets.inbound.reading import Letter
from tickets.inbound.verifying import Verdict
from tickets.inbound.which import Found, Which
from tickets.inbound.whose import Whose
from tickets.models import Contact, Note, Ticket
from tickets.operations.keeping_mail import finish, keep
from tickets.operations.taking_in import Files, hold


@dataclass
class Case:
    """The mail, whose it is, and inside that customer who wrote it and to which ticket.

    `contact` may be switched off; None: nobody we know.
    """

    incoming: IncomingMail
    letter: Letter
    verdict: Verdict
    home: Whose
    taken: Files | None
    now: datetime
    contact: Contact | None = None
    which: Which = field(default_factory=Which)
    found: list[Found] = field(default_factory=list)

    @property
    def customer(self) -> Customer:
        """Whose it is; raises LookupError while it is nobody's."""
        if self.home.customer is None:
            raise LookupError(f"mail {self.incoming.pk} is nobody's")
        return self.home.customer

    @property
    def sender(self) -> str:
        """The address of From, lower case; "" without one."""
        return self.letter.author.email.lower() if self.letter.author else ""

    def hold(self, reason: str) -> IncomingMail:
        """Let it wait for a person: at its ticket, its customer, or unrouted."""
        return hold(
            incoming=self.incoming, letter=self.letter, customer=self.home.customer, reason=reason,
            now=self.now, verdict=self.verdict, contact=self.contact, ticket=self.which.ticket,
            found=[*self.found, *self.which.found], detail=self.home.detail,
        )  # fmt: skip

    def close(
        self, outcome: str, reason: str, *, ticket: Ticket | None = None, note: Note | None = None
    ) -> IncomingMail:
        """It becomes nothing that a customer reads; its bytes are kept where it belongs."""
        if self.home.customer is not None:
            keep(
                incoming=self.incoming, letter=self.letter, verdict=self.verdict,
                contact=self.contact, ticket=ticket, note=note,
                found=[*self.found, *self.which.found],
            )  # fmt: skip
        return finish(
            incoming=self.incoming, letter=self.letter, outcome=outcome, reason=reason,
            customer=self.home.customer, verdict=self.verdict, contact=self.contact,
            ticket=ticket, detail=self.home.detail, now=self.now,
        )  # fmt: skip
