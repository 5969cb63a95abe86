"""Mails that came in, as rows: for tests of what is shown of them and done with them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from customers.inside import current_customer_id
from desk.models import IncomingMail
from tests.cast import NINE
from tickets.models import Contact, Entry, Mail, Note, Ticket


def came(
    ticket: Ticket,
    *,
    contact: Contact | None = None,
    entry: Entry | None = None,
    note: Note | None = None,
    at: datetime = NINE,
    public: dict[str, Any] | None = None,
    **facts: Any,
) -> Mail:
    """A mail that became an entry or a note, or is held at the ticket; inside the customer."""
    is_held = entry is None and note is None
    told = {
        "outcome": "held" if is_held else "added",
        "reason": "unverified" if is_held else "new",
        "sender": contact.email if contact else "somebody@example.org",
        "sender_name": contact.name if contact else "",
        "subject": "Toner",
    }
    row = IncomingMail.objects.create(
        key=secrets.token_hex(32), way="smtp", recipient="acme@desk.example", size=3,
        sha256="0" * 64, received_at=at, state="done", worked_at=at,
        customer_id=current_customer_id(), ticket_id=ticket.pk, number=ticket.number,
        entry_id=entry.pk if entry else None, **(told | (public or {})),
    )  # fmt: skip
    said = {"is_verified": not is_held, "sender": row.sender, "subject": row.subject}
    return Mail.objects.create(
        incoming_id=row.pk, ticket=ticket, entry=entry, note=note, contact=contact,
        arrived_at=at, **({"raw": b"..."} | said | facts),
    )  # fmt: skip
