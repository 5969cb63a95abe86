"""Taking a question in for somebody: by phone, mostly, or what came by another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from customers.models import Customer
from tickets.models import Contact, Ticket
from tickets.operations.opening import open_ticket
from tickets.operations.people import add_contact
from tickets.operations.replying import acknowledge
from tickets.operations.storing import Upload


@dataclass(frozen=True)
class Newcomer:
    """Somebody at the customer whom we do not know yet."""

    name: str
    email: str
    role: str = Contact.Role.USER
    phone: str = ""


@transaction.atomic
def take(
    *,
    customer: Customer,
    by: User,
    asker: Contact | Newcomer,
    subject: str,
    body: str,
    kind: str,
    channel: str,
    now: datetime,
    uploads: Sequence[Upload] = (),
    holds: bool = False,
) -> Ticket:
    """Open a ticket for a contact, or for a newcomer who becomes one; `holds`: we are on it.

    The holding reply waits its ten seconds like every other. All or nothing. Raises AddressTaken
    and as `open_ticket` does.
    """
    requester = asker if isinstance(asker, Contact) else _welcome(asker, customer, now)
    ticket = open_ticket(
        requester=requester,
        subject=subject,
        body=body,
        kind=kind,
        channel=channel,
        now=now,
        uploads=uploads,
        taken_by=by,
    )
    if holds:
        acknowledge(ticket=ticket, by=by, now=now)
    return ticket


def _welcome(newcomer: Newcomer, customer: Customer, now: datetime) -> Contact:
    return add_contact(
        email=newcomer.email,
        name=newcomer.name,
        role=newcomer.role,
        phone=newcomer.phone,
        language=customer.language,
        time_zone=customer.time_zone,
        now=now,
    )
