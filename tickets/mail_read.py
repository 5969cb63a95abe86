"""A mail that came in, read again for a page: from its kept bytes, in the process apart."""

from __future__ import annotations

import atexit

from customers.inside import schema_of
from desk.models import IncomingMail
from tickets.inbound.apart import Reader, Unreadable
from tickets.inbound.reading import Letter, TooLarge
from tickets.models import Mail

READER = Reader()
"""This process's, begun with the first mail that is read."""
atexit.register(READER.close)


def raw_of(mail: IncomingMail) -> bytes:
    """Its bytes as they came, wherever they stand; of a customer's mail in the customer's schema.

    Where they are missing (a restored customer's, say) they are empty.
    """
    if mail.raw is not None:
        return bytes(mail.raw)
    if mail.customer is None:
        return b""
    with schema_of(mail.customer):
        kept = Mail.objects.filter(incoming_id=mail.pk).values_list("raw", flat=True).first()
    return bytes(kept or b"")


def letter_of(mail: IncomingMail) -> Letter | None:
    """What it says; None when it cannot be read."""
    try:
        return READER.read(raw_of(mail))
    except (TooLarge, Unreadable):
        return None
