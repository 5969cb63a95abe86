"""Who follows a ticket because one of us said so: they get the mails about its replies.

Whoever is in copy of a verified mail follows by `following`. To follow gives no page and no access.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By
from customers.models import Customer
from tickets.models import Contact, Follower, Ticket
from tickets.operations.contacts import enter_contact
from tickets.operations.writing import event


class SwitchedOff(Exception):
    """The contact is switched off and written to no more; switch them on first."""


class NotFollowing(Exception):
    """They do not follow this ticket, or no longer; look again."""


@transaction.atomic
def let_follow(*, ticket: Ticket, contact: Contact, by: User, now: datetime) -> Follower:
    """Have a contact get the mails of a ticket. Raises SwitchedOff.

    Who follows already goes on; who was taken out begins again.
    """
    if not Contact.objects.active().filter(pk=contact.pk).exists():
        raise SwitchedOff(contact.email)
    follower, is_new = Follower.objects.select_for_update().get_or_create(
        ticket=ticket, contact=contact, defaults={"added_by": by, "added_at": now}
    )
    if not is_new and follower.ended_at is None:
        return follower
    if not is_new:
        follower.added_by, follower.added_at, follower.ended_at = by, now, None
        follower.save(update_fields=["added_by", "added_at", "ended_at"])
    event(ticket=ticket, by=by, field="follower", old="", new=contact.name, now=now)
    return follower


@transaction.atomic
def let_newcomer_follow(
    *, customer: Customer, ticket: Ticket, email: str, name: str, by: By, user: User, now: datetime
) -> Follower:
    """Add a person to the open customer, who then follows. Raises AddressTaken, SwitchedOff.

    They are a user, in the customer's language and zone; nobody is told.
    """
    facts = {"language": customer.language, "time_zone": customer.time_zone}
    contact = enter_contact(customer=customer, by=by, now=now, email=email, name=name, **facts)
    return let_follow(ticket=ticket, contact=contact, by=user, now=now)


@transaction.atomic
def stop_following(*, ticket: Ticket, contact: Contact, by: User, now: datetime) -> Follower:
    """Have a contact get a ticket's mails no more. Raises NotFollowing.

    Later mails with them in copy change nothing about it.
    """
    rows = Follower.objects.select_for_update()
    follower = rows.filter(ticket=ticket, contact=contact, ended_at__isnull=True).first()
    if follower is None:
        raise NotFollowing
    follower.ended_at = now
    follower.save(update_fields=["ended_at"])
    event(ticket=ticket, by=by, field="follower", old=contact.name, new="", now=now)
    return follower
