"""Programs that ask the API: each with its person's token."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.operations.tokens import make_token
from accounts.policy import Permission, may
from customers.inside import schema_of
from customers.roles import customer_zone
from servicedesk import zones
from tests.cast import customer_of
from tickets.models import Contact
from tickets.operations.contact_tokens import make_contact_token
from tickets.scopes import Scope

LIFE = timedelta(days=1)


class Program(Client):
    """A client with a token, on the host where that is good."""

    def __init__(self, host: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        super().__init__(headers={"Host": host, **headers}, raise_request_exception=False)
        self.token = token

    def send(self, path: str, body: Any, key: str = "", **headers: str) -> Any:
        """POST a body as JSON, with a key of idempotency when one is given."""
        if key:
            headers["Idempotency-Key"] = key
        return self.post(path, body, content_type="application/json", headers=headers)


Ask = Callable[..., Program]


def staff_token(user: User, scopes: Iterable[str] | None = None) -> str:
    """A token for somebody on staff, with every scope of their role unless told."""
    held = [scope for scope in Permission if may(user, scope)]
    before, now = zones.driver().current(), timezone.now()
    zones.use(zones.OWNER)
    _row, secret = make_token(
        user=user,
        name="A program",
        scopes=held if scopes is None else scopes,
        expires_at=now + LIFE,
        now=now,
    )
    zones.use(before)
    return secret


def contact_token(contact: Contact, scopes: Iterable[str] | None = None) -> str:
    """A token for a contact, made by the customer's own login."""
    before, now = zones.driver().current(), timezone.now()
    zones.use(zones.OWNER)
    customer = customer_of(contact)
    zones.use(customer_zone(customer.pk))
    with schema_of(customer):
        _row, secret = make_contact_token(
            contact=contact,
            name="A program",
            scopes=Scope.values if scopes is None else scopes,
            expires_at=now + LIFE,
            now=now,
        )
    zones.use(before)
    return secret


@pytest.fixture
def desk_api(db: None) -> Ask:
    """`desk_api(ada)`: a program with Ada's token; `desk_api()` one without."""

    def program(user: User | None = None, scopes: Iterable[str] | None = None) -> Program:
        return Program(settings.DESK_HOST, staff_token(user, scopes) if user else "")

    return program


@pytest.fixture
def portal_api(db: None) -> Ask:
    """`portal_api(uma)`: a program with Uma's token, at her company's host."""

    def program(contact: Contact, scopes: Iterable[str] | None = None) -> Program:
        host = f"{contact.email.rpartition('@')[2].partition('.')[0]}.{settings.BASE_DOMAIN}"
        return Program(host, contact_token(contact, scopes))

    return program
