"""Mailed secrets are derived, not stored: the row holds a uuid, the key makes the digits."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

SIGN_IN = "sign-in"


def derived(*, schema: str, purpose: str, row: UUID) -> bytes:
    """HMAC-SHA256 over schema, purpose and row: a value of one customer is worthless at another."""
    said = f"{schema}:{purpose}:{row}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).digest()


def digits(*, schema: str, code_id: UUID) -> str:
    """The six digits of a one-time sign-in code."""
    number = int.from_bytes(derived(schema=schema, purpose=SIGN_IN, row=code_id)[:8], "big")
    return f"{number % 1_000_000:06d}"
