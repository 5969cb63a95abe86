"""Every address is listed once with who may open it, and asked whether that is so."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.policy import Permission
from tests.architecture.addresses import DOORS, Address, listed, walked
from tests.doors import DeskClient, PortalClient
from tickets.models import Contact
from tickets.scopes import Scope

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WORDS = {
    "at": "acme",
    "code": "acme",
    "name": "0" * 32,
    "url": "nowhere/",
    "app_label": "accounts",
    "feed_id": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
    "viewing_id": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
}
SIGN_IN = ("/sign-in/", "/login/")

ADDRESSES = listed()
OTHER_MODELS = ("account/", "auth/", "customers/plan", "desk/")
"""Admin pages that are Django's alone; one of them stands for all where methods are tried."""
CLOSED = [address for address in ADDRESSES if not address.is_open]


def _host(door: str) -> str:
    return {"desk": settings.DESK_HOST, "admin": settings.ADMIN_HOST}.get(door, "acme.localhost")


def _asks_who_it_is(response: Any, address: Address) -> bool:
    """A person is sent to sign in; a program is told to send a token."""
    if address.is_api:
        return bool(
            response.status_code == 401 and response.headers["WWW-Authenticate"] == "Bearer"
        )
    return _asks_to_sign_in(response)


def _asks_to_sign_in(response: Any) -> bool:
    where = response.headers.get("Location", "")
    return bool(response.status_code == 302 and where.startswith(SIGN_IN))


@pytest.mark.parametrize("door", DOORS)
def test_every_address_is_listed_and_no_line_is_stale(door: str) -> None:
    known = walked(door)
    assert len(known) == len(set(known)), "one route twice"
    assert sorted(address.route for address in ADDRESSES if address.door == door) == known


def test_every_line_says_who_in_words_that_exist() -> None:
    words = {"anyone", "demo", "contact", "staff", *Permission}
    assert {address.who for address in ADDRESSES if not address.is_api} <= words
    scopes: dict[str, set[str]] = {"desk": set(Permission), "portal": set(Scope.values)}
    for address in ADDRESSES:
        if address.is_api:
            for method in address.methods:
                assert address.scope(method) in scopes[address.door], address


@pytest.mark.parametrize("door", DOORS)
def test_a_stranger_is_asked_to_sign_in(db: None, door: str) -> None:
    client = Client(HTTP_HOST=_host(door))
    assert _let_in(client, door) == []


@pytest.mark.parametrize("door", DOORS)
def test_a_session_of_another_door_is_a_strangers(
    desk_client: DeskClient, portal_client: PortalClient, ada: User, olga: Contact, door: str
) -> None:
    client = desk_client(ada) if door == "portal" else portal_client(olga)
    assert _let_in(client, door) == []


def _let_in(client: Client, door: str) -> list[str]:
    """The closed addresses that did something else than ask to sign in."""
    return [
        f"{method} {address}: {response.status_code}"
        for address in CLOSED
        if address.door == door
        for method in address.methods
        for response in [
            client.generic(method, address.filled(WORDS), headers={"Host": _host(door)})
        ]
        if not _asks_who_it_is(response, address)
    ]


@pytest.mark.parametrize("door", DOORS)
def test_no_method_breaks_an_address_and_only_those_listed_answer(db: None, door: str) -> None:
    client = Client(HTTP_HOST=_host(door), raise_request_exception=False)
    for address in ADDRESSES:
        if address.door != door or address.route.startswith(OTHER_MODELS):
            continue
        for method in METHODS:
            response = client.generic(method, address.filled(WORDS))
            said = f"{method} {address}: {response.status_code}"
            assert response.status_code < 500, said
            if method not in (*address.methods, "HEAD", "OPTIONS"):
                assert response.status_code in (302, 403, 404, 405), f"not listed: {said}"


def test_the_mailbox_is_gone_where_there_is_no_demo(db: None, settings: Any) -> None:
    settings.DEMO = False
    client = Client(HTTP_HOST=settings.DESK_HOST)
    for address in ADDRESSES:
        if address.who == "demo":
            assert client.get(address.filled(WORDS)).status_code == 404
