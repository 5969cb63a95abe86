"""One ticket at the portal: what was said, writing back, and whether it works."""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import OWNER
from servicedesk import zones
from tests.cast import NINE, make_ticket, minutes, say
from tests.doors import Inside, Kicks, PortalClient
from tickets.models import Contact, Counter, Entry, Ticket


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


def settle(ticket: Ticket, ada: User, state: str = "resolved") -> None:
    say(ticket, by=ada, body="", kind=Entry.Kind.RESOLVED)
    Ticket.objects.filter(pk=ticket.pk).update(state=state, settled_at=NINE)


def state_of(ticket: Ticket, inside: Inside) -> str:
    with inside():
        return Ticket.objects.get(pk=ticket.pk).state


def entries(ticket: Ticket, inside: Inside) -> list[Entry]:
    with inside():
        return list(Entry.objects.filter(ticket=ticket).order_by("seq"))


def test_uma_reads_what_was_said_in_its_order(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        say(ticket, by=ada, body="<p>Have you tried <em>toner</em>?</p>")

    page = portal_client(uma).get("/tickets/1/").content.decode()

    assert page.index("It smells of toast.") < page.index("Have you tried <em>toner</em>?")
    assert "ACME-1" in page
    assert "Ada Lind" in page


def test_a_ticket_of_somebody_else_is_not_there(
    portal_client: PortalClient,
    uma: Contact,
    ed: Contact,
    dan: Contact,
    olga: Contact,
    eve: Contact,
    inside_acme: Inside,
) -> None:
    with inside_acme():
        make_ticket(requester=uma)

    for person, status in ((uma, 200), (olga, 200), (ed, 404), (dan, 404), (eve, 404)):
        assert portal_client(person).get("/tickets/1/").status_code == status


def test_nobody_writes_to_a_ticket_they_may_not_read(
    portal_client: PortalClient, uma: Contact, ed: Contact, eve: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)

    for person in (ed, eve):
        client = portal_client(person)
        assert client.post("/tickets/1/messages/", {"body": "Hello"}).status_code == 404
        assert client.post("/tickets/1/confirmation/").status_code == 404
    assert len(entries(ticket, inside_acme)) == 1


def test_a_stranger_is_asked_to_sign_in_at_every_page(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme() as acme:
        make_ticket(requester=uma)
    client = portal_client(at=acme)

    for address in ("/", "/tickets/1/", "/tickets/new/", "/files/" + "a" * 32 + "/"):
        assert client.get(address).headers["Location"].startswith("/sign-in/")
    for address in ("/tickets/1/messages/", "/tickets/1/confirmation/", "/tickets/new/"):
        assert client.post(address, {"body": "x"}).headers["Location"] == "/sign-in/"


def test_uma_writes_back_and_the_judge_is_rung(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside, kicks: Kicks
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        Ticket.objects.filter(pk=ticket.pk).update(state="waiting")

    answer = portal_client(uma).post("/tickets/1/messages/", {"body": "Blue.\n\nAnd <b>green</b>"})

    said = entries(ticket, inside_acme)[-1]
    assert answer.headers["Location"] == f"/tickets/1/#entry-{said.seq}"
    assert said.body == "<p>Blue.</p><p>And &lt;b&gt;green&lt;/b&gt;</p>"
    assert (said.contact_id, said.author_kind) == (uma.pk, "contact")
    assert state_of(ticket, inside_acme) == "open"


def test_olga_may_write_at_umas_ticket_in_her_own_name(
    portal_client: PortalClient, uma: Contact, olga: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)

    portal_client(olga).post("/tickets/1/messages/", {"body": "Please hurry."})

    assert entries(ticket, inside_acme)[-1].author_name == olga.name


def test_an_empty_message_is_asked_for_a_sentence(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)

    answer = portal_client(uma).post("/tickets/1/messages/", {"body": " \n "})

    assert answer.status_code == 422
    assert "Write a sentence first." in answer.content.decode()
    assert len(entries(ticket, inside_acme)) == 1


def test_it_works_closes_the_ticket_and_leaves_a_way_on(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        settle(ticket, ada)
    client = portal_client(uma)
    asked = client.get("/tickets/1/").content.decode()

    page = client.post("/tickets/1/confirmation/", follow=True).content.decode()

    assert "Does it work for you?" in asked
    assert state_of(ticket, inside_acme) == "closed"
    assert "Uma Usman says that it works." in page
    assert 'href="/tickets/new/?refers=1"' in page
    assert "textarea" not in page


def test_it_does_not_work_opens_the_ticket_again(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        settle(ticket, ada)

    portal_client(uma).post("/tickets/1/messages/", {"body": "Still toast."})

    assert state_of(ticket, inside_acme) == "open"


def test_confirming_twice_says_so_and_writes_once(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        settle(ticket, ada)
    client = portal_client(uma)
    client.post("/tickets/1/confirmation/")

    again = client.post("/tickets/1/confirmation/", follow=True)

    assert "nothing to confirm" in again.content.decode()
    assert [entry.kind for entry in entries(ticket, inside_acme)].count("confirmed") == 1


def test_a_message_to_a_ticket_closed_meanwhile_is_refused_with_the_way_out(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        settle(ticket, ada, "closed")

    answer = portal_client(uma).post("/tickets/1/messages/", {"body": "Back again: toast"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Ask a new question that refers to it." in page
    assert "Back again: toast</textarea>" in page


def test_a_flood_of_messages_is_stopped_with_the_text_kept(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts.limits import Allowance
    from tickets.operations import asking

    monkeypatch.setattr(asking, "MESSAGES", Allowance(tries=1, window=minutes(60)))
    with inside_acme():
        make_ticket(requester=uma)
    client = portal_client(uma)
    client.post("/tickets/1/messages/", {"body": "One"})

    second = client.post("/tickets/1/messages/", {"body": "Two, with care"})

    assert second.status_code == 429
    assert second.headers["Retry-After"] == "3600"
    assert "Two, with care" in second.content.decode()
    assert "10:00" in second.content.decode()


def test_a_correction_says_what_it_corrects(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        wrong = say(ticket, by=ada, body="<p>Version 4</p>")
        Entry.objects.create(
            ticket=ticket,
            kind="correction",
            author_kind="staff",
            author_name=ada.name,
            staff_id=ada.pk,
            body="<p>Version 5</p>",
            corrects=wrong,
            written_at=NINE + minutes(1),
        )

    page = portal_client(uma).get("/tickets/1/").content.decode()

    assert "Corrected below" in page
    assert "Corrects the message of 09:00" in page


def test_a_long_trail_shows_its_end_first(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        for place in range(40):
            say(ticket, by=uma, body=f"<p>line {place}.</p>")
    client = portal_client(uma)

    page = client.get("/tickets/1/").content.decode()
    whole = client.get("/tickets/1/?last=120").content.decode()

    assert "line 39." in page
    assert "line 9." not in page
    assert "Show earlier messages (11)" in page
    assert "It smells of toast." in whole
    assert client.get("/tickets/1/?last=nonsense").status_code == 200


def test_a_long_trail_costs_as_many_queries_as_a_short_one(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    client = portal_client(uma)
    with inside_acme():
        ticket = make_ticket(requester=uma)
    few = _queries(client)
    with inside_acme():
        for _ in range(20):
            say(ticket, by=ada)

    assert _queries(client) == few


def _queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as counted:
        client.get("/tickets/1/")
    return len(counted)


def test_a_number_nobody_has_is_not_there(portal_client: PortalClient, olga: Contact) -> None:
    for number in ("0", "1", "99999999999999999999"):
        assert portal_client(olga).get(f"/tickets/{number}/").status_code == 404
        assert portal_client(olga).get(f"/tickets/new/?refers={number}").status_code in (200, 404)


def test_the_thousandth_ticket_is_written_without_a_comma(
    portal_client: PortalClient, uma: Contact, ada: User, acme: Customer, inside_acme: Inside
) -> None:
    zones.use(OWNER)
    with schema_of(acme):
        Counter.objects.create(last_number=1233)
    with inside_acme():
        settle(make_ticket(requester=uma), ada, "closed")
    client = portal_client(uma)

    for address in ("/", "/tickets/1234/", "/tickets/new/?refers=1234"):
        page = client.get(address).content.decode()
        assert "ACME-1234" in page
        assert "1,234" not in page
