"""No page asks PostgreSQL more than twelve things, however much it shows."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.models import User
from customers.models import Customer
from tests.bench.judging import budget
from tests.cast import NINE, make_ticket, minutes, say
from tests.doors import DeskClient, Inside, PortalClient
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations import Upload, judge

MOST = budget()["statements"]
CHANGE_OF_USER = "SET SESSION AUTHORIZATION"
Statements = Callable[[Client, str], int]


@pytest.fixture
def statements() -> Statements:
    """How many statements a page sends, the search path included.

    Not the tests' change of user, before each of which the path is set once more.
    """

    def count(client: Client, address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        sent = [query["sql"] for query in captured.captured_queries]
        if sent[:1] == ['SET search_path = "public"']:  # a router's connection stands there already
            sent = sent[1:]
        ours = [place for place, sql in enumerate(sent) if sql.startswith(CHANGE_OF_USER)]
        return len(sent) - len({*ours, *(place - 1 for place in ours)})

    return count


def _picture() -> Upload:
    drawn = BytesIO()
    Image.new("RGB", (20, 20), "red").save(drawn, "PNG")
    return Upload("shot.png", drawn.getvalue())


def _long_ticket(acme: Customer, ada: User, inside_acme: Inside) -> Ticket:
    """Fifty entries, notes between them, files at all of them, and a reply that waits to go."""
    with inside_acme():
        ticket = make_ticket(subject="The printer smokes")
        uma = Contact.objects.get(email="uma@acme.test")
        for place in range(49):
            say(ticket, by=(uma, ada)[place % 2], now=NINE + minutes(place + 1))
        shot: dict[str, Any] = {"uploads": [_picture()], "now": NINE + minutes(60)}
        operations.note(ticket=ticket, by=ada, body="<p>Seen.</p>", **shot)
        operations.answer(ticket=ticket, contact=uma, body="<p>Look.</p>", **shot)
        judge(customer=acme, ticket_id=ticket.pk, now=NINE, quiet=True)
        operations.reply(
            ticket=ticket, by=ada, body="<p>Done.</p>", now=NINE + minutes(61), uploads=[_picture()]
        )
    return ticket


def test_the_queue_and_one_customers_part_of_it(
    statements: Statements, desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        for place in range(60):
            make_ticket(subject=f"Question {place}")

    assert statements(desk_client(ada), "/") <= MOST
    assert statements(desk_client(ada), "/?view=all&customer=acme&page=2") <= MOST


def test_a_ticket_of_fifty_entries_with_files_and_a_reply_that_waits(
    statements: Statements, desk_client: DeskClient, ada: User, acme: Customer, inside_acme: Inside
) -> None:
    ticket = _long_ticket(acme, ada, inside_acme)
    address = f"/at/acme/tickets/{ticket.number}/"

    assert statements(desk_client(ada), address) <= MOST
    assert statements(desk_client(ada), f"{address}?all=1") <= MOST
    assert statements(desk_client(ada), f"{address}?all=1&why=first_response.0") <= MOST
    # The line that started the clock is none of the last thirty: it is asked for.
    assert statements(desk_client(ada), f"{address}?why=first_response.0") <= MOST + 1
    assert statements(desk_client(ada), "/?view=debts") <= MOST


def test_a_search_over_customers(
    statements: Statements,
    desk_client: DeskClient,
    ada: User,
    inside_acme: Inside,
    inside_globex: Inside,
) -> None:
    for inside in (inside_acme, inside_globex):
        with inside() as customer:
            for _place in range(6):
                ticket = make_ticket(subject="The printer smokes")
                judge(customer=customer, ticket_id=ticket.pk, now=NINE, quiet=True)

    assert statements(desk_client(ada), "/search/?q=printer") <= MOST


def test_a_portals_list_and_ticket(
    statements: Statements,
    portal_client: PortalClient,
    olga: Contact,
    ada: User,
    acme: Customer,
    inside_acme: Inside,
) -> None:
    ticket = _long_ticket(acme, ada, inside_acme)

    most = MOST + 1  # here a path is set: a customer's own login stands in its schema already
    assert statements(portal_client(olga), "/") <= most
    assert statements(portal_client(olga), "/?q=printer") <= most
    assert statements(portal_client(olga), f"/tickets/{ticket.number}/") <= most


@pytest.mark.parametrize("address", ["/sign-in/", "/bells/"])
def test_small_pages_of_the_desk(
    statements: Statements, desk_client: DeskClient, ada: User, address: str
) -> None:
    client: Any = desk_client(ada if address == "/bells/" else None)

    assert statements(client, address) <= MOST
