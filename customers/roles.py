"""Names and secrets of the database logins: router, desk, owner and one for each customer.

A password is an HMAC of the role's name: none is stored, all can be made anew from the secret;
being 256-bit values they are safe behind a SCRAM verifier of one iteration (docs/decisions).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from django.conf import settings

OWNER, ROUTER, DESK = "owner", "router", "desk"


def customer_zone(customer_id: int) -> str:
    """The zone, that is the login, of one customer: ``c12``."""
    return f"c{customer_id}"


def role_name(zone: str) -> str:
    """The PostgreSQL role behind a zone, with the installation's prefix: ``servicedesk_c12``."""
    if zone == OWNER:
        return str(settings.OWNER_ROLE)
    return f"{settings.INSTALLATION}_{zone}"


class SecretMissing(RuntimeError):
    """This process was not handed the secret behind that login, and so cannot be it."""


def password(zone: str) -> str:
    """The password of a zone's role. The desk's comes from a secret that a portal need not hold.

    Raises SecretMissing rather than making a password that anybody could make.
    """
    if zone == OWNER:
        return str(settings.OWNER_PASSWORD)
    secret = settings.DESK_SECRET if zone == DESK else settings.TENANT_SECRET
    if not secret:
        raise SecretMissing(zone)
    return hmac.new(secret.encode(), role_name(zone).encode(), hashlib.sha256).hexdigest()


def verifier(secret: str) -> str:
    """A SCRAM-SHA-256 verifier (RFC 5803) of one iteration, so that logging in costs 1 ms."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt, 1)
    client = hmac.new(salted, b"Client Key", "sha256").digest()
    server = hmac.new(salted, b"Server Key", "sha256").digest()
    stored = hashlib.sha256(client).digest()
    salt64, stored64, server64 = (
        base64.b64encode(part).decode() for part in (salt, stored, server)
    )
    return f"SCRAM-SHA-256$1:{salt64}${stored64}:{server64}"
