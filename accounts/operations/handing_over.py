"""Crossing from the desk to the admin's host without signing in again: once, within 30 seconds."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import HandOver, User
from accounts.operations.auditing import By, record
from accounts.policy import Permission, may

LIFE = timedelta(seconds=30)


class NoHandOver(Exception):
    """The token is wrong, used, too old, or its person may not enter the admin (any more)."""


@transaction.atomic
def hand_over(*, user: User, now: datetime) -> tuple[HandOver, str]:
    """Let somebody cross; gives the row and the secret that crosses, which is derived from it."""
    row = HandOver.objects.create(user=user, created_at=now, expires_at=now + LIFE)
    return row, secret_of(row_id=row.pk)


@transaction.atomic
def take_over(*, row_id: str, secret: str, address: str, now: datetime) -> User:
    """Let in at the admin whoever brings the secret. Raises NoHandOver; then nothing was used."""
    known = _as_uuid(row_id)
    if not hmac.compare_digest(secret_of(row_id=known).encode(), secret.encode()):
        raise NoHandOver
    unused = HandOver.objects.filter(pk=known, used_at__isnull=True, expires_at__gt=now)
    if unused.update(used_at=now) != 1:
        raise NoHandOver
    user = HandOver.objects.select_related("user").get(pk=known).user
    if not may(user, Permission.ENTER_ADMIN):
        raise NoHandOver
    record(action="entered_admin", of=user, changes={}, by=By(user, address or None), now=now)
    return user


def forget(*, now: datetime) -> int:
    """Delete crossings long over. Returns how many."""
    return HandOver.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()[0]


def secret_of(*, row_id: uuid.UUID) -> str:
    """HMAC-SHA256 of purpose and row, as 64 hex digits."""
    said = f"hand-over:{row_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()


def _as_uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NoHandOver from None
