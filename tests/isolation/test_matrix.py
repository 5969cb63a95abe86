"""Every address, by every method, by people who do not belong there: nothing of Globex's is told.

Each answer is searched for Globex's canary, and Globex's rows are the same before and after.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import Team, User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import customer_zone
from servicedesk import zones
from tests.architecture.addresses import Address, listed
from tests.cast import make_staff, make_ticket
from tests.doors import DeskClient, PortalClient
from tests.isolation.canaries import canary, plant, tables_of
from tickets.models import Attachment, Contact, Entry, InternalFile, Pending

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STRANGERS_WRITE = {"tickets_contactsession", "tickets_limit", "tickets_signincode"}
"""What signing in may write before anybody is known."""
FORMS = {
    "subject": "x",
    "body": "x",
    "kind": "question",
    "text": "x",
    "to": "",
    "priority": "urgent",
}

PORTAL = [address for address in listed() if address.door == "portal"]
DESK = [address for address in listed() if address.door == "desk"]


@pytest.fixture
def words(acme: Customer, globex: Customer) -> dict[str, Any]:
    """Where Globex's rows are: what an attacker who knows every number would ask for."""
    plant(acme)
    plant(globex)
    with schema_of(globex):
        ticket = make_ticket(subject=canary(globex), body=canary(globex))
        return {
            "at": globex.code,
            "number": ticket.number,
            "name": Attachment.objects.earliest("pk").name,
            "internal": InternalFile.objects.earliest("pk").name,
            "entry_id": Entry.objects.earliest("pk").pk,
            "pending_id": Pending.objects.earliest("pk").pk,
        }


@pytest.fixture
def team_of_globex(globex: Customer) -> Team:
    """Globex is looked after by a team of its own."""
    team = Team.objects.create(name="South")
    Customer.objects.filter(pk=globex.pk).update(team=team)
    return team


def _rows(customer: Customer) -> dict[str, str]:
    """A hash of every table of the customer that a stranger may not write."""
    zones.use(zones.OWNER)
    found = {}
    with schema_of(customer), connection.cursor() as cursor:
        for table in set(tables_of(customer)) - STRANGERS_WRITE:
            cursor.execute(f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t")  # noqa: S608  ours
            found[table] = (cursor.fetchone() or ("",))[0]
    return found


def _ask(client: Client, address: Address, words: dict[str, Any], host: str) -> list[str]:
    """Ask by every method; returns what was wrong with the answers."""
    wrong = []
    path, headers = address.filled(words), {"Host": host}
    for method in METHODS:
        if method == "POST":
            response: Any = client.post(path, FORMS, headers=headers)
        else:
            response = client.generic(method, path, headers=headers)
        body = b"".join(response) if response.streaming else response.content
        if response.status_code >= 500 or b"canary-of-globex" in body:
            wrong.append(f"{method} {address}: {response.status_code}")
    return wrong


@pytest.mark.parametrize("who", ["a stranger", "Olga with her cookie", "Ada with hers"])
def test_a_portal_tells_nothing_to_those_who_have_not_signed_in_there(
    who: str,
    globex: Customer,
    words: dict[str, Any],
    desk_client: DeskClient,
    portal_client: PortalClient,
    olga: Contact,
    ada: User,
) -> None:
    client = {
        "a stranger": lambda: portal_client(at=globex),
        "Olga with her cookie": lambda: portal_client(olga),
        "Ada with hers": lambda: desk_client(ada),
    }[who]()
    client.raise_request_exception = False
    before = _rows(globex)

    wrong = [
        line for address in PORTAL for line in _ask(client, address, words, "globex.localhost")
    ]

    assert wrong == []
    assert _rows(globex) == before


def test_olga_at_home_cannot_reach_globex_by_its_numbers_and_names(
    acme: Customer,
    globex: Customer,
    words: dict[str, Any],
    portal_client: PortalClient,
    olga: Contact,
) -> None:
    client = portal_client(olga)
    client.raise_request_exception = False
    before = _rows(globex)

    wrong = [line for address in PORTAL if address.route != "sign-out/"
             for line in _ask(client, address, words, "acme.localhost")]  # fmt: skip

    assert wrong == []
    assert client.get(f"/files/{words['name']}/").status_code == 404
    assert client.get(f"/files/{words['internal']}/").status_code == 404
    assert _rows(globex) == before


def test_the_desk_tells_nothing_of_a_customer_that_another_team_serves(
    acme: Customer,
    globex: Customer,
    team_of_globex: Team,
    words: dict[str, Any],
    desk_client: DeskClient,
) -> None:
    team = Team.objects.create(name="North")
    nia = make_staff(name="Nia", email="nia@desk.test", serves_all=False, teams=[team])
    client = desk_client(nia)
    client.raise_request_exception = False
    before = _rows(globex)

    wrong = [line for address in DESK if address.route != "sign-out/"
             for line in _ask(client, address, words, settings.DESK_HOST)]  # fmt: skip

    assert wrong == []
    for address in DESK:
        if address.route.startswith("at/"):
            for method in METHODS:
                response = client.generic(method, address.filled(words))
                assert response.status_code == 404, f"{method} {address}"
    for path in ("/?view=all", "/?customer=globex", "/?q=canary", "/customers/", "/queue/rows/"):
        response = client.get(path)
        assert response.status_code < 400 or response.status_code == 404
        assert canary(globex) not in response.content.decode(), path
    assert _rows(globex) == before


def test_dan_sees_his_own_tickets_and_olga_the_companys(
    acme: Customer, words: dict[str, Any], portal_client: PortalClient, dan: Contact, olga: Contact
) -> None:
    zones.use(customer_zone(acme.pk))
    with schema_of(acme):
        name = Attachment.objects.get().name
    owner, other = portal_client(olga), portal_client(dan)

    assert owner.get("/tickets/1/").status_code == 200
    assert other.get("/tickets/1/").status_code == 404
    assert other.get(f"/files/{name}/").status_code == 404
    assert other.post("/tickets/1/messages/", {"body": "x"}).status_code == 404
    assert canary(acme) not in other.get("/").content.decode()
    assert canary(acme) in owner.get("/").content.decode()
