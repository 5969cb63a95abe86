"""Programs of a customer's people ask, read and write back, and see what their person sees."""

from __future__ import annotations

import pytest

from tests.api.conftest import Ask, Program, contact_token
from tests.cast import NINE, make_ticket, minutes, say
from tests.doors import Inside
from tickets.models import Contact, Note, Ticket

TICKETS = "/api/v1/tickets/"
QUESTION = {"subject": "No  coffee", "body": "The machine is empty.", "kind": "fault"}


def test_a_question_becomes_a_ticket_with_its_first_entry(
    portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    program = portal_api(uma)

    made = program.send(TICKETS, QUESTION)

    assert made.status_code == 201
    assert made["Location"] == f"{TICKETS}1/"
    ticket = made.json()
    assert (ticket["number"], ticket["subject"], ticket["kind"]) == (1, "No coffee", "fault")
    assert (ticket["state"], ticket["channel"]) == ("new", "api")
    (entry,) = ticket["entries"]
    assert (entry["kind"], entry["author_kind"], entry["author_name"]) == (
        "question",
        "contact",
        "Uma Usman",
    )
    assert entry["body"] == "<p>The machine is empty.</p>"
    assert program.get(made["Location"]).json() == ticket
    with inside_acme():
        assert Ticket.objects.get().requester == uma


def test_kind_may_be_left_out_and_what_is_wrong_is_named(portal_api: Ask, uma: Contact) -> None:
    program = portal_api(uma)
    assert program.send(TICKETS, {"subject": "x", "body": "y"}).json()["kind"] == "question"

    refused = program.send(TICKETS, {"subject": "", "kind": "riddle"})

    assert refused.status_code == 400
    assert sorted(error["field"] for error in refused.json()["errors"]) == [
        "body",
        "kind",
        "subject",
    ]


def test_tickets_are_listed_newest_first_page_by_page(
    portal_api: Ask, olga: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        for place in range(5):
            make_ticket(now=NINE - minutes(place))
    program = portal_api(olga)

    first = program.get(TICKETS, {"limit": 2}).json()
    second = program.get(TICKETS, {"limit": 2, "cursor": first["next"]}).json()
    third = program.get(TICKETS, {"limit": 2, "cursor": second["next"]}).json()

    pages = [[row["number"] for row in page["results"]] for page in (first, second, third)]
    assert pages == [[5, 4], [3, 2], [1]]
    assert third["next"] is None


def test_an_owner_sees_the_company_and_others_their_own(
    portal_api: Ask, olga: Contact, uma: Contact, ed: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma)
        make_ticket(requester=ed)

    def numbers(program: Program) -> list[int]:
        return [row["number"] for row in program.get(TICKETS).json()["results"]]

    assert numbers(portal_api(olga)) == [2, 1]
    assert numbers(portal_api(uma)) == [1]
    colleagues = portal_api(uma).get(f"{TICKETS}2/")
    nobodys = portal_api(uma).get(f"{TICKETS}99/")
    assert (colleagues.status_code, colleagues.json()) == (404, nobodys.json())
    assert portal_api(uma).send(f"{TICKETS}2/replies/", {"body": "Hm?"}).status_code == 404


def test_the_other_customers_ticket_is_not_there(
    portal_api: Ask, eve: Contact, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(subject="Acme's secret")
    program = portal_api(eve)

    assert program.get(TICKETS).json()["results"] == []
    assert program.get(f"{TICKETS}1/").status_code == 404
    assert program.send(f"{TICKETS}1/replies/", {"body": "Hello"}).status_code == 404
    at_globex = Program("globex.localhost", contact_token(uma))
    assert at_globex.get(TICKETS).status_code == 401


def test_writing_back_reopens_what_was_resolved(
    portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket()
        Ticket.objects.filter(pk=ticket.pk).update(state="resolved", settled_at=NINE)
    program = portal_api(uma)

    made = program.send(f"{TICKETS}1/replies/", {"body": "It smokes again."})

    assert made.status_code == 201
    assert made.json()["kind"] == "message"
    shown = program.get(f"{TICKETS}1/").json()
    assert (shown["state"], shown["entries"][-1]) == ("open", made.json())


def test_nobody_writes_to_a_closed_ticket(
    portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket()
        Ticket.objects.filter(pk=ticket.pk).update(state="closed", settled_at=NINE)

    refused = portal_api(uma).send(f"{TICKETS}1/replies/", {"body": "One more thing"})

    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:servicedesk:problem:ticket-closed"


@pytest.mark.parametrize("path", [TICKETS, f"{TICKETS}1/"])
def test_what_is_ours_is_never_shown(
    portal_api: Ask, uma: Contact, inside_acme: Inside, path: str
) -> None:
    with inside_acme():
        ticket = make_ticket()
        Note.objects.create(
            ticket=ticket, kind="note", author_name="Ada", body="<p>ours</p>", written_at=NINE
        )
    shown = portal_api(uma).get(path).content.decode()
    for word in ("ours", "owner", "priority", "notes", "due", "need", "seq"):
        assert word not in shown


def test_a_long_trail_is_shown_by_its_last_entries(
    portal_api: Ask, uma: Contact, inside_acme: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tickets.api import showing

    monkeypatch.setattr(showing, "MOST_ENTRIES", 3)
    with inside_acme():
        ticket = make_ticket()
        for place in range(4):
            say(ticket, by=uma, body=f"<p>{place}</p>", now=NINE + minutes(place))

    shown = portal_api(uma).get(f"{TICKETS}1/").json()

    assert [entry["body"] for entry in shown["entries"]] == ["<p>1</p>", "<p>2</p>", "<p>3</p>"]
    assert shown["entries_before"] == 2
