"""What a token of the API is: its form, its digest, how long it may live, how often it may ask."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from accounts.limits import Allowance

PREFIX = "sd_"
"""How every token begins, so that people and scanners for leaked secrets know one."""

USUAL_LIFE, LONGEST_LIFE = timedelta(days=90), timedelta(days=365)

PER_TOKEN = Allowance(tries=600, window=timedelta(minutes=1))
FAILURES_PER_ADDRESS = Allowance(tries=60, window=timedelta(minutes=1))

_FORM = re.compile(r"sd_[A-Za-z0-9_-]{43}", re.A)  # 256 bits in base64url
_HINT = 7  # letters of it that are kept to tell one from another: 24 of its 256 bits


def new_secret() -> str:
    """A token as its maker sees it once: 256 random bits behind the prefix."""
    return PREFIX + secrets.token_urlsafe(32)


def is_formed(secret: str) -> bool:
    """Whether it can be a token at all; else nobody need be asked."""
    return _FORM.fullmatch(secret) is not None


def digest(secret: str) -> str:
    """What is kept of a token: its SHA-256 as hex. Of 256 random bits no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hint(secret: str) -> str:
    """The beginning of a token, for its owner to know it by."""
    return f"{secret[:_HINT]}…"
