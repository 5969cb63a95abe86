"""Codes of an authenticator app: RFC 6238 (TOTP) with SHA-1, six digits, steps of 30 seconds.

Pure: no database, no clock of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

import qrcode

STEP_SECONDS = 30
DIGITS = 6
DRIFT = 1
"""So many steps a telephone's clock may be wrong, either way."""


def new_secret() -> str:
    """160 random bits in base32, as apps want it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_at(now: datetime) -> int:
    """The number of the step that the time lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def code(secret: str, step: int) -> str:
    """The six digits of a step (RFC 4226, 5.3)."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: str, typed: str, *, now: datetime, after: int = -1) -> int | None:
    """The step whose code was typed; none that is not later than `after`, so none twice."""
    digits = "".join(typed.split()).encode()
    at = step_at(now)
    for step in range(max(at - DRIFT, after + 1), at + DRIFT + 1):
        if hmac.compare_digest(code(secret, step).encode(), digits):
            return step
    return None


def address(secret: str, *, email: str, issuer: str) -> str:
    """What the QR code says: an address that authenticator apps understand."""
    words = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{email}')}?{words}"


def spoken(secret: str) -> str:
    """The secret in groups of four, for typing it off."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def picture(text: str) -> tuple[int, str]:
    """A QR code as an SVG path of unit squares: the side's length, and the path."""
    code_of_text = qrcode.QRCode(border=0)
    code_of_text.add_data(text)
    code_of_text.make()
    rows = code_of_text.get_matrix()
    squares = [
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    ]
    return len(rows), "".join(squares)
