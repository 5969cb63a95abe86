"""Making and revoking tokens of the API, and noting that one was used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import tokens
from accounts.models import ApiToken, HeldToken, User
from accounts.operations.auditing import COMMAND_LINE, By, record
from accounts.policy import Permission, may

USE_IS_NOTED_EVERY = timedelta(minutes=1)


class ScopeNotHeld(Exception):
    """A token can be given only what its person may do; choose among those scopes."""

    def __init__(self, scopes: Iterable[str]) -> None:
        self.scopes = sorted(scopes)
        super().__init__(", ".join(self.scopes))


class NoScope(ValueError):
    """A token that may do nothing is of no use; choose at least one scope."""


class LivesTooLong(ValueError):
    """A token lives a year at most, and not into the past; choose an earlier end."""


@transaction.atomic
def make_token(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime,
    now: datetime,
    by: By = COMMAND_LINE,
) -> tuple[ApiToken, str]:
    """Make a token for a person on staff. Gives its row, and the secret that is never shown again.

    The caller has had them prove who they are. Raises NoScope, ScopeNotHeld and LivesTooLong.
    """
    wanted = set(scopes)
    refuse_scopes(wanted, held={scope for scope in Permission if may(user, scope)})
    refuse_life(expires_at=expires_at, now=now)
    secret = tokens.new_secret()
    token = ApiToken.objects.create(
        user=user,
        scopes=sorted(wanted),
        **facts_of(secret=secret, name=name, expires_at=expires_at, now=now),
    )
    changes = {"scopes": [None, token.scopes], "expires_at": [None, expires_at.isoformat()]}
    record(action="token_made", of=token, changes=changes, by=by, now=now, name=_named(token))
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, now: datetime, by: By = COMMAND_LINE) -> ApiToken:
    """End a token at once; an ended one stays as it is."""
    held = ApiToken.objects.select_for_update().get(pk=token.pk)
    if held.revoked_at is None:
        held.revoked_at = now
        held.save(update_fields=["revoked_at"])
        record(action="token_revoked", of=held, changes={}, by=by, now=now, name=_named(held))
    return held


def revoke_all(*, user: User, by: By, now: datetime) -> None:
    """End every token of this person, in the caller's transaction: their password is another."""
    for token in ApiToken.objects.filter(user=user, revoked_at=None).order_by("pk"):
        revoke_token(token=token, now=now, by=by)


def _named(token: ApiToken) -> str:
    return f"{token.name} {token.hint} ({token.user})"


def note_use(*, token: HeldToken, now: datetime) -> None:
    """Write when a token was used last, to the minute: not every request writes."""
    if token.last_used_at is not None and token.last_used_at > now - USE_IS_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
    rows = type(token)._default_manager.filter(stale, pk=token.pk)
    rows.update(last_used_at=now)


def refuse_scopes(wanted: set[str], *, held: Iterable[str]) -> None:
    """Raise NoScope for none, ScopeNotHeld for those that are not among what the person holds."""
    if not wanted:
        raise NoScope
    if missing := wanted - {str(scope) for scope in held}:
        raise ScopeNotHeld(missing)


def refuse_life(*, expires_at: datetime, now: datetime) -> None:
    """Raise LivesTooLong for an end in the past or beyond the longest life."""
    if not now < expires_at <= now + tokens.LONGEST_LIFE:
        raise LivesTooLong


def facts_of(*, secret: str, name: str, expires_at: datetime, now: datetime) -> dict[str, Any]:
    """The columns that every kind of token has, whoever holds it."""
    return {
        "name": " ".join(name.split())[:80],
        "digest": tokens.digest(secret),
        "hint": tokens.hint(secret),
        "created_at": now,
        "expires_at": expires_at,
    }
