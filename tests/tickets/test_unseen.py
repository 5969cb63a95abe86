"""Clocks, targets, asks, alerts and the policy behind them reach no customer, by whatever door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
import time_machine
from django.core import mail

from accounts.models import User
from customers.models import Customer
from desk.models import Calendar, Department, Policy
from desk.operations import outbox
from servicedesk import zones
from tests.api.conftest import Program, contact_token
from tests.cast import NINE, hours, make_ticket, minutes
from tests.doors import Inside, PortalClient
from tickets import operations
from tickets.models import Alert, Ask, Clock, Contact, Note, Ticket
from tickets.operations import delivering

ODD = minutes(4 * 60 + 37)
"""Every time of ours lies at an odd minute, which no page may show: 13:37."""


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def ticket(acme: Customer, uma: Contact, ada: User, inside_acme: Inside) -> Ticket:
    """Uma's ticket 1 with everything of ours at it: each row has a word that nobody may see."""
    zones.use(zones.OWNER)
    Policy.objects.update(name="UNSEEN policy", first_response=int(ODD.total_seconds()))
    Policy.objects.update(next_response=int(ODD.total_seconds()))
    Calendar.objects.filter(name="Weekdays").update(name="UNSEEN calendar")
    there = Department.objects.create(
        name="UNSEEN department", calendar=Calendar.objects.latest("pk"), answers_within=60
    )
    with inside_acme():
        asked = make_ticket(requester=uma)
        operations.judge(customer=acme, ticket_id=asked.pk, now=NINE)
        _events(asked)
        note = Note.objects.create(
            ticket=asked, kind="note", author_name="UNSEEN", body="UNSEEN ask", written_at=NINE
        )
        Ask.objects.create(
            ticket=asked, department=there, department_name=there.name, question=note,
            asked_by=ada, asked_at=NINE, due_at=NINE + ODD,
        )  # fmt: skip
        clock = Clock.objects.get(kind="first_response")
        assert clock.due_at == NINE + ODD
        Clock.objects.update(log=[[NINE.isoformat(), "UNSEEN", 1, None]])
        Alert.objects.create(
            clock=clock, level="lead", percent=50, delay=0, target=1, reached_at=NINE + ODD,
            raised_at=NINE + ODD,
        )  # fmt: skip
    return asked


def _events(ticket: Ticket) -> None:
    for field in ("promise_broken", "owner", "ask_withdrawn", "answered", "ask_handed"):
        Note.objects.create(
            ticket=ticket, kind="event", field=field, old="UNSEEN old", new="UNSEEN new",
            author_name="UNSEEN", body="UNSEEN body", written_at=NINE,
        )  # fmt: skip


def _clean(said: str) -> None:
    for word in ("UNSEEN", "13:37", "first_response", "next_due", "breached"):
        assert word not in said


def test_no_page_of_the_portal_shows_any(
    ticket: Ticket, portal_client: PortalClient, uma: Contact, olga: Contact
) -> None:
    for reader in (uma, olga):
        client = portal_client(reader)
        for address in ("/", "/?q=smokes", "/tickets/1/", "/tickets/new/?refers=1"):
            page = client.get(address)
            assert page.status_code == 200
            _clean(page.content.decode())
    _clean(portal_client(uma).get("/tickets/1/withdrawal/").content.decode())


def test_the_portals_api_tells_none(ticket: Ticket, uma: Contact) -> None:
    program = Program("acme.localhost", contact_token(uma))

    for address in ("/api/v1/tickets/", "/api/v1/tickets/1/"):
        answer: Any = program.get(address)
        assert answer.status_code == 200
        _clean(answer.content.decode())
    assert program.get("/api/v1/tickets/1/").json()["promise"] is None


def test_no_mail_tells_any(ticket: Ticket, acme: Customer, ada: User, inside_acme: Inside) -> None:
    with inside_acme():
        operations.acknowledge(ticket=ticket, by=ada, now=NINE, wait=minutes(0))
        operations.promise(ticket=ticket, by=ada, due_at=NINE + hours(3), reason="Soon", now=NINE)
        operations.hold(ticket=ticket, by=ada, due_at=NINE + hours(4), reason="Later", now=NINE)
        operations.dismiss(ticket=ticket, by=ada, reason="withdrawn", now=NINE)
    zones.use(zones.DESK)

    with delivering.senders(now=NINE) as senders:
        outbox.drain(senders=senders, by="test", limit=100)

    assert len(mail.outbox) == 5
    for letter in cast("list[Any]", mail.outbox):
        parts = [letter.body, *(part.content for part in letter.alternatives)]
        _clean(" ".join([letter.subject, *parts]))
