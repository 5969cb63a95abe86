"""Our addresses as they are shown: one place writes them, with a port only where it is needed."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.admin import _password_link
from accounts.hosts import admin_origin, desk_origin
from accounts.models import User
from customers.models import Customer
from servicedesk.console import desk_address
from servicedesk.management.commands.demo import _url
from tickets.mail.addresses import portal


@pytest.mark.parametrize(
    ("scheme", "port", "shown"),
    [
        ("http", "8000", ":8000"),
        ("http", "80", ""),
        ("https", "443", ""),
        ("https", "", ""),
        ("http", "443", ":443"),
        ("https", "80", ":80"),
    ],
)
def test_every_address_of_ours_has_the_same_scheme_and_port(
    scheme: str, port: str, shown: str, settings: Any, ada: User, acme: Customer
) -> None:
    settings.SCHEME, settings.PUBLIC_PORT = scheme, port
    desk = f"{scheme}://desk.localhost{shown}"

    assert desk_origin() == desk
    assert admin_origin() == f"{scheme}://admin.localhost{shown}"
    assert desk_address("/me/") == f"{desk}/me/"
    assert _password_link(ada).startswith(f"{desk}/password/")
    assert portal(acme) == f"{scheme}://acme.localhost{shown}/"
    assert _url("acme.localhost") == f"{scheme}://acme.localhost{shown}"
