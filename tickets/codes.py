"""Mailed secrets are derived, not stored: the row holds a uuid, the key makes the digits."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

SIGN_IN = "sign-in"


def derived(*, schema: str, purpose: str, row: UUID, key: str | None = None) -> bytes:
    """HMAC-SHA256 over schema, purpose and row: a value of one customer is worthless at another.

    By the secret key of today, unless another `key` is given.
    """
    said = f"{schema}:{purpose}:{row}".encode()
    return hmac.new((key or settings.SECRET_KEY).encode(), said, hashlib.sha256).digest()


def digits(*, schema: str, code_id: UUID, key: str | None = None) -> str:
    """The six digits of a one-time sign-in code."""
    said = derived(schema=schema, purpose=SIGN_IN, row=code_id, key=key)
    return f"{int.from_bytes(said[:8], 'big') % 1_000_000:06d}"


def is_right(typed: str, *, schema: str, code_id: UUID) -> bool:
    """Whether these are the code's digits by the secret key of today or by one still good.

    So a code that was mailed before the key was changed works. Takes the same time for every digit.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    right = [digits(schema=schema, code_id=code_id, key=key) for key in keys]
    return sum(hmac.compare_digest(one.encode(), typed.encode()) for one in right) > 0
