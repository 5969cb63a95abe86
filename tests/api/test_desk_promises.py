"""Programs of staff give promises, put tickets on hold, end them, and read their clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk.models import OutboxItem
from tests.api.conftest import Ask
from tests.cast import NINE, days, make_contact, make_ticket, minutes
from tests.doors import Inside
from tickets import operations
from tickets.models import Contact, Promise, Ticket

TICKET = "/api/v1/customers/acme/tickets/1/"
WHY = "The part comes on Friday"


@pytest.fixture
def now() -> datetime:
    """The time by which programs are judged."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def ticket(acme: Customer, inside_acme: Inside, now: datetime) -> Ticket:
    """Uma's ticket 1 at Acme, asked an hour ago and judged."""
    with inside_acme():
        asked = make_ticket(now=now - minutes(60))
        operations.judge(customer=acme, ticket_id=asked.pk, now=now)
        return asked


def _in(span: timedelta, now: datetime) -> str:
    return (now + span).isoformat()


def test_a_promise_is_created_and_stands_at_the_ticket_on_both_hosts(
    ticket: Ticket, desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, now: datetime
) -> None:
    due = now + days(3)

    made = desk_api(ada).send(f"{TICKET}promise/", {"due_at": due.isoformat(), "reason": WHY})

    assert made.status_code == 201
    assert made.json() == {
        "due_at": _said(due),
        "reason": WHY,
        "given_at": made.json()["given_at"],
        "given_by": "Ada Lind",
        "outcome": "open",
        "ended_at": None,
        "kept_at": None,
    }
    shown = desk_api(ada).get(TICKET).json()
    assert shown["promises"] == [made.json()]
    assert shown["entries"][-1]["kind"] == "promise"
    asked = portal_api(uma).get("/api/v1/tickets/1/").json()
    assert asked["promise"] == {"due_at": _said(due), "reason": WHY}
    assert not {"clocks", "promises", "notes", "next_due_at"} & asked.keys()


def test_clocks_are_listed_oldest_first_with_how_they_look_now(
    ticket: Ticket, desk_api: Ask, ada: User, now: datetime
) -> None:
    program = desk_api(ada)
    program.send(f"{TICKET}replies/", {"holding": True})
    program.send(f"{TICKET}promise/", {"due_at": _in(days(3), now), "reason": WHY})

    clocks = program.get(TICKET).json()["clocks"]

    assert [one["kind"] for one in clocks] == ["first_response", "real_answer", "promise"]
    assert {*clocks[0]} == {"kind", "state", "due_at", "met_at"}
    assert clocks[0]["met_at"] is not None
    assert (clocks[2]["state"], clocks[2]["due_at"]) == ("running", _said(now + days(3)))


@pytest.mark.parametrize("door", ["promise/", "hold/"])
def test_what_a_promise_lacks_is_a_422_that_names_field_and_remedy(
    ticket: Ticket, desk_api: Ask, ada: User, now: datetime, inside_acme: Inside, door: str
) -> None:
    program = desk_api(ada)
    good = {"due_at": _in(days(3), now), "reason": WHY}
    for wrong, field, remedy in (
        ({"due_at": None}, "due_at", "null"),
        ({"due_at": ...}, "due_at", "required"),
        ({"reason": ...}, "reason", "required"),
        ({"reason": "  "}, "reason", "blank"),
        ({"due_at": _in(-minutes(1), now)}, "due_at", "Name a later one"),
        ({"due_at": _in(days(731), now)}, "due_at", "within two years"),
        ({"due_at": "2099-11-27T17:00:00"}, "due_at", "with its offset"),
        ({"due_at": "0001-01-01T00:00:00+14:00"}, "due_at", "no such time"),
        ({"due_at": "Friday"}, "due_at", "no such time"),
        ({"due_at": 5}, "due_at", "no such time"),
    ):
        sent = {name: value for name, value in (good | wrong).items() if value is not ...}
        refused = program.send(f"{TICKET}{door}", sent)
        assert refused.status_code == 422, (sent, refused.content)
        assert refused["Content-Type"] == "application/problem+json"
        (error,) = refused.json()["errors"]
        assert error["field"] == field
        assert remedy in error["detail"]
    assert program.send(f"{TICKET}{door}", {}).status_code == 422
    with inside_acme():
        assert not Promise.objects.exists()
        assert Ticket.objects.get().state == "new"


def test_on_hold_comes_with_its_promise_and_ends_when_that_is_kept(
    ticket: Ticket, desk_api: Ask, ada: User, now: datetime
) -> None:
    program = desk_api(ada)

    made = program.send(f"{TICKET}hold/", {"due_at": _in(days(3), now), "reason": WHY})

    assert (made.status_code, made.json()["outcome"]) == (201, "open")
    assert program.get(TICKET).json()["state"] == "on_hold"

    kept = program.send(f"{TICKET}promise/kept/", {})

    assert (kept.status_code, kept.json()["outcome"]) == (201, "kept")
    shown = program.get(TICKET).json()
    assert (shown["state"], shown["promises"]) == ("open", [kept.json()])
    none = program.send(f"{TICKET}promise/kept/", {})
    assert (none.status_code, none.json()["type"]) == (409, "urn:servicedesk:problem:no-promise")


def test_a_promise_with_the_same_key_is_given_once(
    ticket: Ticket, desk_api: Ask, ada: User, now: datetime, inside_acme: Inside
) -> None:
    sent = {"due_at": _in(days(3), now), "reason": WHY}

    first, again = (desk_api(ada).send(f"{TICKET}hold/", sent, key="k") for _ in range(2))

    assert (first.json(), again.status_code) == (again.json(), 201)
    assert again["Idempotency-Replayed"] == "true"
    with inside_acme():
        assert Promise.objects.count() == 1


def test_a_reply_brings_a_promise_or_keeps_the_open_one(
    ticket: Ticket, desk_api: Ask, ada: User, now: datetime
) -> None:
    program = desk_api(ada)
    vow = {"due_at": _in(days(3), now), "reason": WHY}

    assert program.send(f"{TICKET}replies/", {"body": "Soon.", "promise": vow}).status_code == 201
    shown = program.get(TICKET).json()
    assert (shown["state"], shown["promises"][0]["outcome"]) == ("open", "open")

    program.send(f"{TICKET}replies/", {"body": "Not yet.", "keeps_promise": False})
    assert program.get(TICKET).json()["promises"][0]["outcome"] == "open"

    program.send(f"{TICKET}replies/", {"body": "Here it is."})
    assert program.get(TICKET).json()["promises"][0]["outcome"] == "kept"


def test_a_second_holding_reply_needs_a_promise(
    ticket: Ticket, desk_api: Ask, ada: User, now: datetime
) -> None:
    program = desk_api(ada)
    assert program.send(f"{TICKET}replies/", {"holding": True}).status_code == 201

    refused = program.send(f"{TICKET}replies/", {"holding": True})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "promise")
    late = {"holding": True, "promise": {"due_at": _in(-days(1), now), "reason": WHY}}
    wrong = program.send(f"{TICKET}replies/", late)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "promise.due_at")
    naive = {"holding": True, "promise": {"due_at": "2099-01-01T00:00", "reason": WHY}}
    assert "offset" in program.send(f"{TICKET}replies/", naive).json()["errors"][0]["detail"]
    right = {"holding": True, "promise": {"due_at": _in(days(1), now), "reason": WHY}}
    assert program.send(f"{TICKET}replies/", right).status_code == 201


def test_a_promise_whose_time_is_over_is_broken_before_anybody_wrote_it_down(
    acme: Customer, desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        asked = make_ticket(now=NINE)
        operations.promise(ticket=asked, by=ada, due_at=NINE + days(1), reason=WHY, now=NINE)
    program = desk_api(ada)

    (broken,) = program.get(TICKET).json()["promises"]

    assert (broken["outcome"], broken["ended_at"]) == ("broken", _said(NINE + days(1)))
    assert portal_api(uma).get("/api/v1/tickets/1/").json()["promise"] is None
    late = program.send(f"{TICKET}promise/kept/", {}).json()
    assert (late["outcome"], bool(late["kept_at"])) == ("broken", True)


def test_a_ticket_is_dismissed_with_its_reason(
    ticket: Ticket, desk_api: Ask, ada: User, now: datetime
) -> None:
    program = desk_api(ada)
    program.send(f"{TICKET}promise/", {"due_at": _in(days(3), now), "reason": WHY})

    made = program.send(f"{TICKET}dismissal/", {"reason": "withdrawn", "into": None}, key="d")

    assert made.status_code == 201
    said = (made.json()["state"], made.json()["reason"], made.json()["into"])
    assert said == ("closed", "withdrawn", None)
    shown = program.get(TICKET).json()
    assert shown["entries"][-1]["kind"] == "dismissed"
    assert shown["promises"][0]["outcome"] == "void"
    assert {one["state"] for one in shown["clocks"]} <= {"cancelled", "breached", "met"}
    again = program.send(f"{TICKET}dismissal/", {"reason": "withdrawn", "into": None}, key="d")
    assert again.json() == made.json()
    assert program.send(f"{TICKET}dismissal/", {"reason": "spam"}).status_code == 409
    unknown = program.send(f"{TICKET}dismissal/", {"reason": "boring"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (400, "reason")


def test_a_duplicate_goes_on_in_another_ticket_of_the_same_person(
    ticket: Ticket, desk_api: Ask, ada: User, inside_acme: Inside, now: datetime
) -> None:
    with inside_acme():
        make_ticket(now=now)
        make_ticket(now=now, requester=make_contact(name="Ben", email="ben@acme.test"))
    program = desk_api(ada)

    for into, reason, status in (
        (1, "duplicate", 400),
        (99, "duplicate", 400),
        (2, "spam", 400),
        (3, "duplicate", 409),
    ):
        sent: dict[str, Any] = {"reason": reason, "into": into}
        refused = program.send(f"{TICKET}dismissal/", sent)
        assert refused.status_code == status, refused.content
        if status == 400:
            assert refused.json()["errors"][0]["field"] == "into"
    made = program.send(f"{TICKET}dismissal/", {"reason": "duplicate", "into": 2})

    assert (made.status_code, made.json()["into"]) == (201, 2)
    assert OutboxItem.objects.filter(kind="entry").exists()


def test_a_token_without_the_right_changes_no_promise(
    ticket: Ticket, desk_api: Ask, ada: User, now: datetime
) -> None:
    reader = desk_api(ada, ["read_tickets"])
    sent = {"due_at": _in(days(3), now), "reason": WHY}
    for door in ("promise/", "hold/", "promise/kept/", "dismissal/"):
        assert reader.send(f"{TICKET}{door}", sent).status_code == 403


def _said(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
