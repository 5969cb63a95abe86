from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tickets import markup
from tickets.models import Contact


class AddressTaken(Exception):
    """There is a contact with that address already; pick that one."""

    def __init__(self, contact: Contact) -> None:
        super().__init__(contact.email)
        self.contact = contact


@transaction.atomic
def add_contact(
    *,
    email: str,
    name: str,
    now: datetime,
    role: str = Contact.Role.USER,
    language: str = "en",
    time_zone: str = "UTC",
    phone: str = "",
) -> Contact:
    """Add a person to the open customer; a name nobody could see becomes the address.

    Raises AddressTaken with the contact there is.
    """
    known = Contact.objects.filter(email__iexact=email).first()
    if known is not None:
        raise AddressTaken(known)
    seen = markup.one_line(name)[:120]
    return Contact.objects.create(
        email=email.lower(),
        name=email.lower()[:120] if markup.is_blank(seen) else seen,
        role=role,
        language=language,
        time_zone=time_zone,
        phone=markup.one_line(phone),
        created_at=now,
    )
