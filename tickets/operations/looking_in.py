"""Looking at the portal as a contact sees it: begun by one of ours with a reason, for 30 minutes.

What the person of ours has is derived from the viewing's id, with which they cross to the portal's
host once, within 30 seconds. The customer's owners read who looked, and end what runs.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, record
from accounts.policy import Permission, may, serves
from customers.inside import tenant_connection
from customers.models import Customer
from tickets import markup
from tickets.models import Contact, ContactChange, Viewing
from tickets.viewing import may_look

LIFE = timedelta(minutes=30)
CROSSING = timedelta(seconds=30)


class MayNotLook(Exception):
    """Looking takes a permission, and to serve the customer."""


class NobodyToSee(Exception):
    """Who is switched off sees nothing, and where there is no host nobody does."""


class ReasonMissing(ValueError):
    """The customer reads why somebody looked, so a reason is given."""


class NoCrossing(Exception):
    """The token is wrong, used, too old, or its person may not look (any more)."""


@transaction.atomic
def look_in(
    *, customer: Customer, contact: Contact, by: By, reason: str, now: datetime
) -> tuple[Viewing, str]:
    """Begin a viewing; gives the row and the secret that crosses, which is derived from it.

    One at a time: what else this person looks at here ends. Written down twice, as what is changed
    about a contact. Raises MayNotLook, NobodyToSee, ReasonMissing.
    """
    user = _looker(customer, by)
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if not contact.is_active or not customer.domains.exists():
        raise NobodyToSee(contact)
    reason = _told(reason)
    Viewing.objects.filter(staff=user, ended_at=None, expires_at__gt=now).update(ended_at=now)
    row = Viewing.objects.create(
        contact=contact,
        staff=user,
        staff_name=user.name,
        reason=reason,
        began_at=now,
        expires_at=now + LIFE,
    )
    _record(customer, row, by, now)
    return row, secret_of(viewing_id=row.pk)


@transaction.atomic
def cross(*, viewing_id: str, secret: str, now: datetime) -> Viewing:
    """Let in at the portal whoever brings the secret. Raises NoCrossing; then nothing was used."""
    known = _as_uuid(viewing_id)
    if not hmac.compare_digest(secret_of(viewing_id=known).encode(), secret.encode()):
        raise NoCrossing
    unused = Viewing.objects.filter(
        pk=known,
        used_at=None,
        ended_at=None,
        began_at__gt=now - CROSSING,
        contact__is_active=True,
    )
    if unused.update(used_at=now) != 1 or not may_look(known):
        raise NoCrossing
    return Viewing.objects.select_related("contact").get(pk=known)


@transaction.atomic
def end_viewing(*, viewing: Viewing, now: datetime) -> None:
    """Have it be over, for whoever looks, at their next request; ended twice it is once."""
    Viewing.objects.filter(pk=viewing.pk, ended_at=None, expires_at__gt=now).update(ended_at=now)


def secret_of(*, viewing_id: UUID) -> str:
    """HMAC-SHA256 of purpose, customer and viewing, as 64 hex digits; the customer's is open."""
    said = f"viewing:{tenant_connection().schema_name}:{viewing_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()


def _looker(customer: Customer, by: By) -> User:
    user = by.user
    if user is None or not may(user, Permission.SEE_AS_CONTACT):
        raise MayNotLook
    if not serves(user, team_id=customer.team_id):
        raise MayNotLook
    return user


def _told(reason: str) -> str:
    said = markup.one_line(reason)[:300]
    if markup.is_blank(said):
        raise ReasonMissing
    return said


def _record(customer: Customer, row: Viewing, by: By, now: datetime) -> None:
    changes = {"reason": [None, row.reason]}
    ContactChange.objects.create(
        contact=row.contact,
        at=now,
        staff=by.user,
        staff_name=by.name,
        from_address=by.address or None,
        action="viewed",
        changes=changes,
    )
    record(
        action="viewed",
        of=row.contact,
        changes=changes,
        by=by,
        now=now,
        customer_code=customer.code,
        name=f"#{row.contact_id}",
    )


def _as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoCrossing from None
