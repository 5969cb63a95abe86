"""What we sign in to a mailbox with: kept sealed in one column, opened only to sign in."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.db import transaction

from accounts.sealing import Unreadable, is_current, seal, unseal
from desk.models import Mailbox

OAUTH = ("client_id", "client_secret", "refresh_token", "tenant")
"""What OAuth2 needs, sealed together as JSON; a password is sealed as it is."""


def sealed(secret: Mapping[str, str], *, sign_in: str) -> str:
    """The words by their names, as the column keeps them for that way to sign in."""
    if sign_in == Mailbox.SignIn.PASSWORD:
        return seal(secret["password"])
    return seal(json.dumps({name: secret[name] for name in OAUTH if secret.get(name)}))


def opened(mailbox: Mailbox) -> dict[str, str]:
    """The words by their names; nothing while there are none. Raises accounts' Unreadable."""
    if not mailbox.secret:
        return {}
    text = unseal(mailbox.secret)
    if mailbox.sign_in == Mailbox.SignIn.PASSWORD:
        return {"password": text}
    try:
        known = json.loads(text)
    except ValueError as problem:
        raise Unreadable from problem
    return {name: str(known[name]) for name in OAUTH if known.get(name)}


@transaction.atomic
def seal_mailboxes_anew() -> tuple[int, int]:
    """Seal them all with today's key: how many were, and how many nobody can read any more."""
    anew = unreadable = 0
    for mailbox in Mailbox.objects.select_for_update().exclude(secret="").order_by("pk"):
        if is_current(mailbox.secret):
            continue
        try:
            mailbox.secret = seal(unseal(mailbox.secret))
        except Unreadable:
            unreadable += 1
            continue
        mailbox.save(update_fields=["secret"])
        anew += 1
    return anew, unreadable
