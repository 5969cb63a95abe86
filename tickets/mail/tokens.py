"""What our letters carry so that answers find home: derived, for one purpose, never stored.

A token says which ticket is meant and nothing of who speaks.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode

from django.conf import settings

LETTERS = 26
"""Of a token: 128 bits in base32, in lower case as mail servers may make it."""


def token(said: str, *, key: str | None = None) -> str:
    """The token for what it is good for; by the secret key of today, or a `key` that is given."""
    return b32encode(_derived(said, key)[:16]).decode().rstrip("=").lower()


def is_right(typed: str, said: str) -> bool:
    """Whether it is the token by the key of today or one still good; as long for any wrong one."""
    given = typed.lower().encode(errors="replace")
    return sum(hmac.compare_digest(token(said, key=one).encode(), given) for one in _keys()) > 0


def own_mark() -> str:
    """32 hex digits that all mail of this installation carries, and no other's."""
    return _mark(settings.SECRET_KEY)


def is_own_mark(typed: str) -> bool:
    """Whether mail that carries it left here."""
    given = typed.strip().lower().encode(errors="replace")
    return sum(hmac.compare_digest(_mark(one).encode(), given) for one in _keys()) > 0


def _mark(key: str) -> str:
    return _derived("own mail", key).hex()[:32]


def _derived(said: str, key: str | None) -> bytes:
    return hmac.new(
        (key or settings.SECRET_KEY).encode(), f"mail:{said}".encode(), hashlib.sha256
    ).digest()


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
