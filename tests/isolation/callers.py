"""Who asks in the matrix: each carries something, knows everything, and belongs somewhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.models import ApiToken, User
from accounts.operations.tokens import make_token
from accounts.policy import Permission
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, customer_zone
from servicedesk import zones
from tests.cast import days
from tests.isolation.rows import MAY_WRITE, May
from tickets.models import Contact
from tickets.operations.contact_tokens import make_contact_token
from tickets.scopes import Scope
from tickets.sessions import SessionStore as ContactSessionStore

Cookies = dict[str, str]
LIFE = days(1)


@dataclass(frozen=True)
class Caller:
    """Somebody at a door: what they carry, and what they fill into addresses besides."""

    name: str
    door: str
    host: str
    cookies: Cookies = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)
    """Their own words, filled in instead of the target's."""
    writes_as: str = ""
    """Their e-mail address, when they are let in and may write what is their own."""
    role: str = ""
    """Their role, when the table of exceptions knows it."""
    at_home: Customer | None = None
    """The customer they belong to, when they act there."""

    @property
    def may_write(self) -> Sequence[May]:
        """The lines of the table of exceptions that are theirs."""
        ours = {"anybody", "staff", self.role} if self.writes_as else {"anybody"}
        return self.own([one for one in MAY_WRITE if one.who in ours])

    def own(self, lines: Sequence[May]) -> Sequence[May]:
        """Those lines with this caller's address and session put in."""
        words = {
            "email": self.writes_as,
            "session": self.cookies.get(_COOKIE, ""),
            "customer": "globex",
        }
        return [
            May(one.who, one.table, one.how, one.where.format(**words), one.why) for one in lines
        ]


_COOKIE = settings.SESSION_COOKIE_NAME


def host_of(customer: Customer) -> str:
    """Where the customer's portal answers."""
    return f"{customer.code}.{settings.BASE_DOMAIN}"


def contacts_session(contact: Contact, customer: Customer) -> Cookies:
    """The cookie of a contact who has signed in; ends as the owner, in public."""
    zones.use(customer_zone(customer.pk))
    with schema_of(customer):
        session = ContactSessionStore()
        session["contact"] = contact.pk
        session.save()
    zones.use(zones.OWNER)
    return {_COOKIE: str(session.session_key)}


def staffs_session(user: User) -> Cookies:
    """The cookie of somebody on staff who has signed in; ends as the owner, in public."""
    zones.use(DESK)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    zones.use(zones.OWNER)
    return {_COOKIE: str(session.session_key)}


def bearer(secret: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {secret}"}


def staffs_token(user: User, scopes: Sequence[str] = tuple(Permission)) -> str:
    """A token with those scopes, whatever the role holds by now; ends as the owner, in public."""
    zones.use(zones.OWNER)
    now, held = timezone.now(), [Permission.SEE_CUSTOMERS]
    row, secret = make_token(user=user, name="x", scopes=held, expires_at=now + LIFE, now=now)
    ApiToken.objects.filter(pk=row.pk).update(scopes=list(scopes))
    return secret


def contacts_token(
    contact: Contact, customer: Customer, scopes: Sequence[str] = tuple(Scope.values)
) -> str:
    """A token of the contact with those scopes; ends as the owner, in public."""
    zones.use(customer_zone(customer.pk))
    now = timezone.now()
    with schema_of(customer):
        _row, secret = make_contact_token(
            contact=contact, name="x", scopes=scopes, expires_at=now + LIFE, now=now
        )
    zones.use(zones.OWNER)
    return secret
