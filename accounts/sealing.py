"""Sealing the few secrets that must be read again, such as a second step's, before they are kept.

The key is derived from the secret key (of the desk, SEALING_KEY, where a worker has another); those
before it (SECRET_KEY_FALLBACKS) still open what they sealed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """Sealed with a key that this installation no longer knows."""


def seal(text: str) -> str:
    """The text as it may be kept: AES-128-CBC with an HMAC (Fernet), base64."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed. Raises Unreadable."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as problem:
        raise Unreadable from problem


def is_current(sealed: str) -> bool:
    """Whether today's key sealed it, and not one before."""
    try:
        Fernet(_derived(_secrets()[0])).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in _secrets()])


def _secrets() -> list[str]:
    """The one that seals, then all that may have sealed."""
    known = [settings.SEALING_KEY, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [secret for secret in known if secret]


def _derived(secret: str) -> bytes:
    digest = hmac.new(secret.encode(), b"accounts.sealing", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest)
