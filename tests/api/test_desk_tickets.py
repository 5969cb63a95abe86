"""Programs of staff read, answer, note and resolve tickets of the customers they serve."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from customers.models import Customer
from desk.models import OutboxItem
from servicedesk import zones
from tests.api.conftest import Ask
from tests.cast import NINE, make_staff, make_ticket, minutes, say
from tests.doors import Inside
from tickets import operations
from tickets.models import Contact, Entry, Pending, Ticket

TICKET = "/api/v1/customers/acme/tickets/1/"


@pytest.fixture
def ticket(inside_acme: Inside) -> Ticket:
    """Uma's ticket 1 at Acme."""
    with inside_acme():
        return make_ticket()


def test_a_ticket_has_its_entries_oldest_first(
    ticket: Ticket, desk_api: Ask, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        say(ticket, by=uma, body="<p>Still there?</p>", now=NINE + minutes(5))

    shown = desk_api(ada).get(TICKET).json()

    assert (shown["customer"], shown["number"], shown["state"]) == ("acme", 1, "new")
    assert shown["subject"] == "The printer smokes"
    assert shown["owner"] is None
    assert [entry["kind"] for entry in shown["entries"]] == ["question", "message"]
    assert shown["entries"][0] == {
        "kind": "question",
        "author_kind": "contact",
        "author_name": "Uma Usman",
        "body": "<p>It smells of toast.</p>",
        "at": "2026-03-02T09:00:00Z",
        "seq": 1,
    }


def test_a_reply_by_a_program_is_sent_at_once(
    ticket: Ticket, desk_api: Ask, ada: User, inside_acme: Inside
) -> None:
    program = desk_api(ada)

    made = program.send(f"{TICKET}replies/", {"body": "Pull the plug.\n\nThen call."})

    assert made.status_code == 201
    assert made.json()["body"] == "<p>Pull the plug.</p><p>Then call.</p>"
    assert made.json()["kind"] == "reply"
    assert program.get(TICKET).json()["entries"][-1] == made.json()
    assert program.get(TICKET).json()["state"] == "waiting"
    with inside_acme():
        assert not Pending.objects.waiting().exists()
    assert OutboxItem.objects.filter(kind="entry").exists()


def test_the_same_words_that_still_wait_at_the_desk_go_at_once(
    ticket: Ticket, desk_api: Ask, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        operations.reply(ticket=ticket, by=ada, body="<p>Pull the plug.</p>", now=NINE)

    made = desk_api(ada).send(f"{TICKET}replies/", {"body": "Pull the plug."})

    assert made.status_code == 201
    with inside_acme():
        assert not Pending.objects.waiting().exists()
        assert Entry.objects.filter(kind="reply").count() == 1


def test_a_ticket_takes_ten_statements_however_long_its_trail(
    ticket: Ticket, desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        for place in range(50):
            say(ticket, by=uma, body=f"<p>{place}</p>", now=NINE + minutes(place))
    for program, path in ((desk_api(ada), TICKET), (portal_api(uma), "/api/v1/tickets/1/")):
        with CaptureQueriesContext(connection) as captured:
            assert len(program.get(path).json()["entries"]) == 51
        asked = [one["sql"] for one in captured.captured_queries]
        asked = [sql for sql in asked if not sql.startswith(("SET ", "RESET ", "SELECT set_"))]
        assert len(asked) <= 10, asked


def test_a_holding_reply_may_leave_the_words_to_us(
    ticket: Ticket, desk_api: Ask, ada: User
) -> None:
    made = desk_api(ada).send(f"{TICKET}replies/", {"body": "", "holding": True}).json()

    assert made["kind"] == "holding"
    assert "looking into it" in made["body"]
    assert desk_api(ada).get(TICKET).json()["state"] == "open"


def test_an_answer_needs_words(ticket: Ticket, desk_api: Ask, ada: User) -> None:
    for body in ("", "   ", "<p> </p>"):
        sent = {"body": body, "body_format": "html"}
        refused = desk_api(ada).send(f"{TICKET}replies/", sent)
        assert refused.status_code == 400
        assert refused["Content-Type"] == "application/problem+json"
        assert refused.json()["errors"] == [{"field": "body", "detail": "Write a sentence first."}]


def test_html_that_was_sent_is_cleaned(ticket: Ticket, desk_api: Ask, ada: User) -> None:
    sent = {"body": "<p onclick=x()>Hi<script>x()</script></p>", "body_format": "html"}
    assert desk_api(ada).send(f"{TICKET}replies/", sent).json()["body"] == "<p>Hi</p>"


def test_a_reply_to_a_trail_that_moved_is_refused_with_what_was_said(
    ticket: Ticket, desk_api: Ask, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    program = desk_api(ada)
    seen = program.get(TICKET).json()["last_seq"]
    with inside_acme():
        say(ticket, by=uma, body="<p>It burns!</p>")

    refused = program.send(f"{TICKET}replies/", {"body": "Wait.", "seen_seq": seen})

    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:servicedesk:problem:trail-moved"
    assert [entry["body"] for entry in refused.json()["entries"]] == ["<p>It burns!</p>"]


def test_a_note_stands_apart_from_the_entries(
    ticket: Ticket, desk_api: Ask, portal_api: Ask, ada: User, uma: Contact
) -> None:
    made = desk_api(ada).send(f"{TICKET}notes/", {"body": "She is nice."})

    assert made.status_code == 201
    shown = desk_api(ada).get(TICKET).json()
    assert shown["notes"] == [made.json()]
    assert len(shown["entries"]) == 1
    assert "nice" not in portal_api(uma).get("/api/v1/tickets/1/").content.decode()


def test_a_ticket_is_resolved_once_with_what_was_learned(
    ticket: Ticket, desk_api: Ask, ada: User
) -> None:
    made = desk_api(ada).send(f"{TICKET}resolution/", {"cause": "Crumbs", "prevention": ""})

    assert made.status_code == 201
    assert made.json()["state"] == "resolved"
    assert made.json()["cause"] == "Crumbs"
    assert desk_api(ada).get(TICKET).json()["state"] == "resolved"

    again = desk_api(ada).send(f"{TICKET}resolution/", {})
    assert again.status_code == 409
    assert again.json()["type"] == "urn:servicedesk:problem:ticket-settled"


def test_nobody_answers_a_closed_ticket(
    ticket: Ticket, desk_api: Ask, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        Ticket.objects.update(state="closed", settled_at=NINE)

    refused = desk_api(ada).send(f"{TICKET}replies/", {"body": "Hello?"})

    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:servicedesk:problem:ticket-closed"
    with inside_acme():
        assert Entry.objects.count() == 1


def test_a_customer_one_does_not_serve_is_a_404_as_one_that_is_none(
    ticket: Ticket, desk_api: Ask, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    sol = make_staff(name="Sol", email="sol@desk.test", serves_all=False, teams=[south])
    program = desk_api(sol)

    answers = [
        _without_instance(program.get(path))
        for path in (TICKET, TICKET.replace("acme", "nobody"), TICKET.replace("acme", "globex"))
    ]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 404
    for door, body in (("replies", {"body": "x"}), ("notes", {"body": "x"}), ("resolution", {})):
        assert program.send(f"{TICKET}{door}/", body).status_code == 404


def _without_instance(response: Any) -> tuple[int, Any]:
    return response.status_code, response.json()
