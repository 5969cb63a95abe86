"""Tokens of the API for everybody in the demo: derived like their password, so never stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import tokens
from accounts.models import ApiToken, HeldToken, User
from accounts.operations.tokens import facts_of
from accounts.policy import Permission, may
from customers.inside import schema_of
from customers.models import Customer
from tickets.demo.story import Demo, DemoCustomer
from tickets.models import Contact, ContactToken
from tickets.scopes import Scope

NAME = "Demo"
_LIFE = tokens.LONGEST_LIFE


@dataclass
class DemoTokens:
    """The demo's tokens: of staff by address, of contacts by customer code and address."""

    staff: dict[str, str] = field(default_factory=dict)
    contacts: dict[tuple[str, str], str] = field(default_factory=dict)


@transaction.atomic
def give_tokens(*, demo: Demo, now: datetime) -> DemoTokens:
    """Let everybody of the demo have a token with every scope they may hold.

    The same tokens at each run, good for a year from one of its runs. One that was revoked stays
    revoked; who is gone gets none.
    """
    given = DemoTokens()
    for one in demo.vendor.staff:
        user = User.objects.filter(email__iexact=one.email).first()
        if user is not None:
            given.staff[one.email] = _of_staff(user, now)
    for known in demo.customers:
        customer = Customer.objects.filter(code=known.code, laid_at__isnull=False).first()
        if customer is not None:
            with schema_of(customer):
                given.contacts |= _of_contacts(known, now)
    return given


def _of_staff(user: User, now: datetime) -> str:
    secret = _derived(f"staff:{user.email}")
    scopes = [str(scope) for scope in Permission if may(user, scope)]
    _keep(ApiToken, secret, now, user=user, scopes=sorted(scopes))
    return secret


def _of_contacts(customer: DemoCustomer, now: datetime) -> dict[tuple[str, str], str]:
    """Only the demo's own people: whoever was added since makes tokens of their own."""
    given = {}
    for person in customer.contacts:
        contact = Contact.objects.filter(email__iexact=person.email).first()
        if contact is not None:
            secret = _derived(f"{customer.code}:{person.email}")
            _keep(ContactToken, secret, now, contact=contact, scopes=sorted(Scope.values))
            given[customer.code, person.email] = secret
    return given


def _keep(model: type[HeldToken], secret: str, now: datetime, **facts: Any) -> None:
    """Write the token's row; give one that is there another year when half of it is gone."""
    columns = facts_of(secret=secret, name=NAME, expires_at=now + _LIFE, now=now)
    key = columns.pop("digest")
    row, _is_new = model._default_manager.get_or_create(digest=key, defaults={**columns, **facts})
    if not now + _LIFE / 2 <= row.expires_at <= now + _LIFE:
        row.expires_at = now + _LIFE
        row.save(update_fields=["expires_at"])


def _derived(whose: str) -> str:
    said = f"demo token:{whose}".encode()
    digest = hmac.digest(settings.SECRET_KEY.encode(), said, hashlib.sha256)
    return tokens.PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")
