"""The product's own pages, asked by threads that take turns: nobody is shown the other's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from customers.inside import schema_of
from customers.models import Customer
from customers.roles import customer_zone
from servicedesk import zones
from tests.isolation.canaries import canary
from tests.isolation.requests import Server, check_nothing_is_left_open
from tests.isolation.worlds import World
from tickets.codes import digits
from tickets.models import Contact, Ticket
from tickets.sessions import SessionStore

pytestmark = pytest.mark.real_logins

THREADS, REQUESTS = 8, 120


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    """The web process on the copy, with the product's pages."""
    with world.live.as_web():
        yield Server()


def _signed_in(customer: Customer) -> str:
    """A session of whoever asked the customer's ticket."""
    zones.use(customer_zone(customer.pk))
    with schema_of(customer):
        session = SessionStore()
        session["contact"] = Contact.objects.get(tickets__in=Ticket.objects.all()).pk
        session.save()
    zones.leave()
    return str(session.session_key)


def test_pages_of_two_customers_never_mix(world: World, server: Server) -> None:
    cookies = {customer.code: _signed_in(customer) for customer in (world.acme, world.globex)}
    words = {customer.code: canary(customer) for customer in (world.acme, world.globex)}
    turns = random.Random(5)  # noqa: S311  the same turns in every run, no secret
    paths = ["/", "/tickets/1/", "/tickets/new/", "/brand.css", "/me/", "/tickets/99/"]
    asked = [(turns.choice(["acme", "globex"]), turns.choice(paths)) for _ in range(REQUESTS)]

    def ask(turn: tuple[str, str]) -> tuple[str, str, int, str]:
        code, path = turn
        status, body = server.get(f"{code}.localhost", path, cookie=cookies[code])
        check_nothing_is_left_open()
        return code, path, status, body

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, asked))
        list(pool.map(lambda _: zones.driver().forget(), range(THREADS * 4)))

    for code, path, status, body in answers:
        other = "globex" if code == "acme" else "acme"
        assert words[other] not in body, f"{code} {path}"
        assert cookies[other] not in body
        assert status == (404 if path == "/tickets/99/" else 200), f"{code} {path}: {status}"
        assert (words[code] in body) == (path in ("/", "/tickets/1/")), f"{code} {path}"


def test_one_code_has_other_digits_at_every_customer() -> None:
    row = UUID("12345678-1234-5678-1234-567812345678")
    assert len({digits(schema=f"c_{number}", code_id=row) for number in range(50)}) == 50
