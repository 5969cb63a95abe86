"""A customer's own login may write any body into a row: no page shows more of it than words."""

import pytest

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import OWNER, customer_zone
from servicedesk import zones
from tests.cast import NINE, make_ticket, say
from tests.doors import DeskClient, Inside, PortalClient
from tickets.models import Contact, Ticket

EVIL = '<div hx-post="/at/acme/tickets/1/resolution/" hx-trigger="load">Read me</div>'
TOO_DEEP = f"{EVIL}{'<i>' * 300}"


@pytest.fixture(params=[EVIL, TOO_DEEP], ids=["plain", "too deep"])
def raw(
    request: pytest.FixtureRequest, acme: Customer, uma: Contact, inside_acme: Inside
) -> Ticket:
    with inside_acme():
        ticket = make_ticket(requester=uma)
    zones.use(customer_zone(acme.pk))
    with schema_of(acme):
        say(ticket, by=uma, body=request.param, now=NINE)
    zones.use(OWNER)
    return ticket


def test_a_raw_body_reaches_no_agent(raw: Ticket, desk_client: DeskClient, ada: User) -> None:
    page = desk_client(ada).get("/at/acme/tickets/1/").content.decode()

    assert "Read me" in page
    assert 'hx-trigger="load"' not in page
    assert '<div class="prose" hx-disable>' in page


def test_a_raw_body_reaches_nobody_at_the_portal(
    raw: Ticket, portal_client: PortalClient, uma: Contact
) -> None:
    page = portal_client(uma).get("/tickets/1/").content.decode()

    assert "Read me" in page
    assert 'hx-trigger="load"' not in page
    assert '<div class="prose" hx-disable>' in page


def test_a_raw_body_is_not_shown_beside_its_correction(
    desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        entry = say(make_ticket(), by=ada, body=EVIL)

    page = desk_client(ada).get(f"/at/acme/tickets/1/?do=correct&entry={entry.pk}").content.decode()

    assert '<blockquote class="prose muted" hx-disable>' in page
    assert 'hx-post="/at/acme/tickets/1/resolution/' not in page
