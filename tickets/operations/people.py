from __future__ import annotations

from datetime import datetime

from django.db import transaction

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
    """Add a person to the open customer. Raises AddressTaken with the contact there is."""
    known = Contact.objects.filter(email__iexact=email).first()
    if known is not None:
        raise AddressTaken(known)
    return Contact.objects.create(
        email=email.lower(),
        name=name,
        role=role,
        language=language,
        time_zone=time_zone,
        phone=phone,
        created_at=now,
    )
