"""The same request twice is done once: one after the other, and fifty at a time."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from accounts.models import Remembered, User
from accounts.operations.remembering import KEPT
from customers.inside import schema_of, tenant_connection
from customers.models import Customer
from desk.operations.forgetting import forget_staff_sessions
from servicedesk import zones
from tests.api.conftest import Ask, contact_token, staff_token
from tests.cast import make_ticket
from tests.doors import Inside
from tests.isolation.requests import Answer, Server
from tests.living import Live
from tickets.models import Contact, Entry, Ticket
from tickets.models import Remembered as RememberedOfContacts
from tickets.operations.expiring import expire

TICKETS = "/api/v1/tickets/"
REPLIES = "/api/v1/customers/acme/tickets/1/replies/"
QUESTION = {"subject": "No coffee", "body": "The machine is empty.", "kind": "fault"}
AT_ONCE = 50


def test_a_request_sent_again_is_answered_again_and_done_once(
    portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    program = portal_api(uma)

    first = program.send(TICKETS, QUESTION, key="monday 1")
    again = program.send(TICKETS, QUESTION, key="monday 1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    with inside_acme():
        assert Ticket.objects.count() == 1


def test_every_door_that_makes_something_takes_a_key(
    desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket()
    at = "/api/v1/customers/acme/tickets/1/"
    doors = [
        (portal_api(uma), f"{TICKETS}1/replies/", {"body": "Hello?"}),
        (desk_api(ada), f"{at}replies/", {"body": "Hello!"}),
        (desk_api(ada), f"{at}notes/", {"body": "Sounds lonely."}),
        (desk_api(ada), f"{at}resolution/", {"cause": "Silence"}),
    ]
    for program, path, body in doors:
        first, again = (program.send(path, body, key=path) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201), path
        assert first.json() == again.json()
    with inside_acme():
        kinds = Entry.objects.order_by("seq").values_list("kind", flat=True)
        assert list(kinds) == ["question", "message", "reply", "resolved"]


def test_a_key_is_of_one_request_and_of_one_person(
    portal_api: Ask, uma: Contact, ed: Contact, eve: Contact
) -> None:
    program = portal_api(uma)
    program.send(TICKETS, QUESTION, key="k")

    other_body = program.send(TICKETS, {**QUESTION, "subject": "Tea"}, key="k")
    other_path = program.send(f"{TICKETS}1/replies/", {"body": "Hello?"}, key="k")

    for refused in (other_body, other_path):
        assert refused.status_code == 422
        assert refused.json()["type"] == "urn:servicedesk:problem:key-used"
    assert portal_api(ed).send(TICKETS, QUESTION, key="k").json()["number"] == 2
    assert portal_api(eve).send(TICKETS, QUESTION, key="k").json()["number"] == 1


def test_json_that_says_the_same_is_the_same_request(portal_api: Ask, uma: Contact) -> None:
    program = portal_api(uma)
    first = program.send(TICKETS, json.dumps(QUESTION), key="k")
    turned = json.dumps(dict(reversed(QUESTION.items())), indent=4)
    assert program.send(TICKETS, turned, key="k").json() == first.json()


def test_what_is_refused_does_not_use_a_key_up(
    portal_api: Ask, uma: Contact, acme: Customer
) -> None:
    program = portal_api(uma)
    empty = {**QUESTION, "body": "<p></p>", "body_format": "html"}
    assert program.send(TICKETS, {}, key="k").status_code == 400
    assert program.send(TICKETS, empty, key="k").status_code == 400
    assert not _rows(acme, RememberedOfContacts).exists()
    assert program.send(TICKETS, QUESTION, key="k").status_code == 201


@pytest.mark.parametrize("key", ["x" * 256, "Ä", "a\tb"])
def test_a_key_is_printable_ascii(portal_api: Ask, uma: Contact, key: str) -> None:
    refused = portal_api(uma).send(TICKETS, QUESTION, key=key)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"


def test_keys_are_forgotten_after_a_day(
    desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, acme: Customer, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket()
    portal_api(uma).send(TICKETS, QUESTION, key="k")
    desk_api(ada).send(REPLIES, {"body": "Hello"}, key="k")
    kept: list[tuple[Any, Any]] = [
        (Remembered, forget_staff_sessions),
        (RememberedOfContacts, expire),
    ]
    for model, forget in kept:
        born = _rows(acme, model).get().created_at
        for age, left in ((KEPT, 1), (KEPT + timedelta(minutes=1), 0)):
            with inside_acme():
                forget(now=born + age)
            assert _rows(acme, model).count() == left


def _rows(customer: Customer, model: Any) -> Any:
    """What is remembered, as its owner sees it: the desk may only delete what is old."""
    zones.use(zones.OWNER)
    tenant_connection().set_tenant(customer)
    return model._default_manager.all()


# --- With real logins, in threads ---------------------------------------------------------------


def _at_once(count: int, host: str, path: str, token: str, body: object, key: str) -> list[Answer]:
    """So many threads that ask the same at the same time."""
    server, start = Server(), Barrier(count)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}

    def ask(_: int) -> Answer:
        start.wait()
        try:
            return server.ask(
                host,
                path,
                method="POST",
                headers=headers,
                body=json.dumps(body).encode(),
                content_type="application/json",
            )
        finally:
            zones.driver().forget()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, range(count)))


def _check_all_the_same(answers: list[Answer]) -> None:
    assert Counter(answer.status for answer in answers) == {201: len(answers)}
    assert len({answer.body for answer in answers}) == 1
    first = [answer for answer in answers if "Idempotency-Replayed" not in dict(answer.headers)]
    assert len(first) == 1


@pytest.mark.real_logins
def test_fifty_at_once_make_one_ticket_and_get_one_answer(live: Live) -> None:
    acme = Customer.objects.get(code="acme")
    with schema_of(acme):
        uma = Contact.objects.get(email="uma@acme.test")
    token = contact_token(uma)
    with live.as_web():
        answers = _at_once(35, "acme.localhost", TICKETS, token, QUESTION, "once")

    _check_all_the_same(answers)
    zones.use(zones.OWNER)
    with schema_of(acme):
        assert Ticket.objects.count() == Entry.objects.count() == 1


@pytest.mark.real_logins
def test_fifty_at_once_send_one_reply_and_get_one_answer(live: Live) -> None:
    acme, ada = Customer.objects.get(code="acme"), User.objects.get(email="ada@desk.test")
    zones.use(zones.DESK)
    with schema_of(acme):
        make_ticket()
    token = staff_token(ada)
    with live.as_web():
        answers = _at_once(AT_ONCE, "desk.localhost", REPLIES, token, {"body": "Hi"}, "once")

    _check_all_the_same(answers)
    zones.use(zones.OWNER)
    with schema_of(acme):
        assert [entry.kind for entry in Entry.objects.order_by("seq")] == ["question", "reply"]


@pytest.mark.real_logins
def test_who_waits_too_long_for_the_first_is_told_to_ask_again(live: Live) -> None:
    acme = Customer.objects.get(code="acme")
    with schema_of(acme):
        uma = Contact.objects.get(email="uma@acme.test")
    token = contact_token(uma)
    with live.superuser() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {live.slot.prefix}_c{acme.pk} SET lock_timeout = '300ms'")
    first = live.connect(f"c{acme.pk}")
    with first.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_remembered (caller, key, asked, row, created_at)"
            " VALUES (%s, 'slow', 'x', '', now())",
            [str(uma.pk)],
        )
    with live.as_web():
        (waited,) = _at_once(1, "acme.localhost", TICKETS, token, QUESTION, "slow")
        first.rollback()
        (done,) = _at_once(1, "acme.localhost", TICKETS, token, QUESTION, "slow")
    first.close()

    assert waited.status == 409
    assert json.loads(waited.body)["type"] == "urn:servicedesk:problem:still-running"
    assert dict(waited.headers)["Retry-After"] == "1"
    assert done.status == 201
