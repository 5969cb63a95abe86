"""A contact's tokens for the API on their own host, as the customer's own login."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts import tokens
from accounts.operations.tokens import facts_of, refuse_life, refuse_scopes
from tickets.models import Contact, ContactToken
from tickets.scopes import Scope


@transaction.atomic
def make_contact_token(
    *, contact: Contact, name: str, scopes: Iterable[str], expires_at: datetime, now: datetime
) -> tuple[ContactToken, str]:
    """Make a token for a contact. Gives its row, and the secret that is never shown again.

    Raises what accounts.operations.tokens.make_token raises.
    """
    wanted = set(scopes)
    refuse_scopes(wanted, held=Scope.values)
    refuse_life(expires_at=expires_at, now=now)
    secret = tokens.new_secret()
    token = ContactToken.objects.create(
        contact=contact,
        scopes=sorted(wanted),
        **facts_of(secret=secret, name=name, expires_at=expires_at, now=now),
    )
    return token, secret


def revoke_contact_token(*, token: ContactToken, now: datetime) -> None:
    """End a token at once; an ended one stays as it is."""
    ContactToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
