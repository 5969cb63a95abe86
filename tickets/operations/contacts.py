"""What our staff change about a customer's people: written down twice, in one transaction.

In full in the customer's schema (`ContactChange`), where it goes when the customer leaves; in the
audit log of ours without what identifies the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.operations.auditing import (
    By,
    Changes,
    changes_between,
    facts_of,
    fingerprint,
    record,
)
from accounts.time_zones import known_time_zone
from customers.models import Customer
from tickets.models import Contact, ContactChange, ContactToken, SignInCode
from tickets.operations.people import AddressTaken, add_contact

PERSONAL = frozenset({"name", "email", "phone"})
"""What the log of ours has masked."""

OTHERS = frozenset({"created_at", "last_seen_at", "signed_out_at", "theme", "bounced_at", "bounce"})
"""What nobody of ours sets."""


class LastOwner(Exception):
    """A customer keeps somebody who reads along and looks after its people; name another first."""


class ChangedMeanwhile(Exception):
    """The person is not any more as whoever changes them has seen."""


def contact_facts(contact: Contact) -> dict[str, Any]:
    """The person as their history tells it."""
    return facts_of(contact, without=OTHERS)


@transaction.atomic
def enter_contact(
    *, customer: Customer, by: By, now: datetime, email: str, name: str, **facts: str
) -> Contact:
    """Add a person to the open customer. Raises AddressTaken, UnknownTimeZone."""
    known_time_zone(facts.get("time_zone", "UTC"))
    contact = add_contact(email=email, name=name, now=now, **facts)
    _record("added", customer, contact, before={}, by=by, now=now)
    return contact


@transaction.atomic
def enter_contacts(
    *, customer: Customer, people: Sequence[Mapping[str, str]], by: By, now: datetime
) -> tuple[list[Contact], list[str]]:
    """Add many, each ``{"name", "email", "role"}``: those added, and addresses known before."""
    added: list[Contact] = []
    known: list[str] = []
    for person in people:
        try:
            facts = {"language": customer.language, "time_zone": customer.time_zone, **person}
            added.append(enter_contact(customer=customer, by=by, now=now, **facts))
        except AddressTaken as taken:
            known.append(taken.contact.email)
    return added, known


@transaction.atomic
def change_contact(
    *, customer: Customer, contact: Contact, by: By, now: datetime, seen: str, **facts: Any
) -> Contact:
    """Keep what was changed about a person, if they are still as `seen` (a fingerprint) says.

    Raises AddressTaken, ChangedMeanwhile, LastOwner, UnknownTimeZone. Codes that were mailed to a
    former address let nobody in any more; that mail to that came back says nothing of the new one.
    """
    contact = _locked(contact)
    before, address = contact_facts(contact), contact.email
    if fingerprint(facts=before) != seen:
        raise ChangedMeanwhile
    known_time_zone(facts.get("time_zone", contact.time_zone))
    for name, value in facts.items():
        setattr(contact, name, value)
    contact.email = contact.email.lower()
    _refuse_a_taken_address(contact)
    _refuse_without_owner(contact)
    if contact.email != address:
        SignInCode.objects.filter(contact_id=contact.pk).delete()
        contact.bounced_at, contact.bounce = None, ""
    contact.save(update_fields=[*facts, "email", "bounced_at", "bounce"])
    _record("changed", customer, contact, before=before, by=by, now=now)
    return contact


@transaction.atomic
def switch_off_contact(*, customer: Customer, contact: Contact, by: By, now: datetime) -> Contact:
    """Have a person come in no more and be written to no more. Raises LastOwner.

    Their browsers are out at the next request, and stay out when the person is let in again; their
    tokens are revoked, and codes on their way let nobody in.
    """
    contact = _locked(contact)
    before = contact_facts(contact)
    contact.is_active, contact.signed_out_at = False, now
    _refuse_without_owner(contact)
    contact.save(update_fields=["is_active", "signed_out_at"])
    ContactToken.objects.filter(contact_id=contact.pk, revoked_at=None).update(revoked_at=now)
    SignInCode.objects.filter(contact_id=contact.pk).delete()
    _record("switched_off", customer, contact, before=before, by=by, now=now)
    return contact


@transaction.atomic
def switch_on_contact(*, customer: Customer, contact: Contact, by: By, now: datetime) -> Contact:
    """Let a person come in again; tokens that were revoked stay so, and so do ended sessions."""
    contact = _locked(contact)
    before = contact_facts(contact)
    contact.is_active = True
    contact.save(update_fields=["is_active"])
    _record("switched_on", customer, contact, before=before, by=by, now=now)
    return contact


@transaction.atomic
def trust_address(*, customer: Customer, contact: Contact, by: By, now: datetime) -> Contact:
    """Say that mail arrives at a person's address again; nothing changes where none came back."""
    contact = _locked(contact)
    if contact.bounced_at is None:
        return contact
    before = contact_facts(contact)
    contact.bounced_at, contact.bounce = None, ""
    contact.save(update_fields=["bounced_at", "bounce"])
    _record("address_works", customer, contact, before=before, by=by, now=now)
    return contact


def _locked(contact: Contact) -> Contact:
    """The person's row, with the customer's owners held: two who demote each other take turns."""
    owners = Contact.objects.active().filter(role=Contact.Role.OWNER).order_by("pk")
    list(owners.select_for_update())
    return Contact.objects.select_for_update().get(pk=contact.pk)


def _refuse_a_taken_address(contact: Contact) -> None:
    others = Contact.objects.filter(email__iexact=contact.email).exclude(pk=contact.pk)
    if known := others.first():
        raise AddressTaken(known)


def _refuse_without_owner(contact: Contact) -> None:
    if contact.is_active and contact.role == Contact.Role.OWNER:
        return
    owners = Contact.objects.active().filter(role=Contact.Role.OWNER)
    if owners.filter(pk=contact.pk).exists() and not owners.exclude(pk=contact.pk).exists():
        raise LastOwner(contact.email)


def _record(
    action: str,
    customer: Customer,
    contact: Contact,
    *,
    before: Mapping[str, Any],
    by: By,
    now: datetime,
) -> None:
    changes = changes_between(before=before, after=contact_facts(contact))
    if not changes and action == "changed":
        return
    ContactChange.objects.create(
        contact=contact,
        at=now,
        staff=by.user,
        staff_name=by.name,
        from_address=by.address or None,
        action=action,
        changes=changes,
    )
    record(
        action=action,
        of=contact,
        changes=_without_the_person(changes),
        by=by,
        now=now,
        customer_code=customer.code,
        name=f"#{contact.pk}",
    )


def _without_the_person(changes: Changes) -> Changes:
    return {
        name: ["•" if value else None for value in pair] if name in PERSONAL else pair
        for name, pair in changes.items()
    }
