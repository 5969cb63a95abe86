"""Asking somebody no more. Runs as the customer's own login.

What is open is taken back by the desk, which a trigger wakes (`sd.asked_no_more_1`) whoever sets
the wish: this, or a person's settings.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from followups.operations.scoring import count_by_link
from tickets.models import Contact
from tickets.operations.writing import ring_judge


@transaction.atomic
def leave_alone(*, contact: Contact) -> None:
    """Never ask this person again how we did, until they say otherwise in their settings."""
    contact.is_asked = False
    contact.save(update_fields=["is_asked"])
    ring_judge()


def leave_alone_by_form(*, contact: Contact, ip: str, now: datetime) -> None:
    """The same by a mailed link. Raises TooManyTries."""
    count_by_link(ip=ip, now=now)
    leave_alone(contact=contact)
