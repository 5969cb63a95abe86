"""The one text to whose address a mail named that nobody vouches for; no word of that mail."""

from __future__ import annotations

from datetime import datetime

from customers.models import Customer
from desk.models import OutboxItem
from tickets.mail import addresses
from tickets.mail.letters import Letter, branding_of, reader_of


def unverified(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    return Letter(
        template="unverified",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader_of(item.contact_id),
        written_at=item.created_at,
        is_automatic=True,
    )
