"""Whoever writes to a trail locks its ticket first: staff and customer never wait in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, customer_zone
from servicedesk import zones
from tests.cast import make_ticket
from tests.living import Live
from tickets import operations
from tickets.models import Contact, Entry, Note, Ticket

pytestmark = pytest.mark.real_logins

ROUNDS = 25


@contextmanager
def working(zone: str, customer: Customer) -> Iterator[None]:
    """A thread's work in a zone at a customer; its connections are closed afterwards."""
    zones.use(zone)
    try:
        with schema_of(customer):
            yield
    finally:
        zones.driver().forget()
        connections["default"].close()


def replies(acme: Customer, ticket: Ticket, ada: User) -> None:
    now = timezone.now()
    with working(DESK, acme):
        for place in range(ROUNDS):
            body = f"<p>Reply {place}</p>"
            operations.reply(ticket=ticket, by=ada, body=body, now=now, wait=timedelta(0))


def notes(acme: Customer, ticket: Ticket, ada: User) -> None:
    with working(DESK, acme):
        for place in range(ROUNDS):
            body = f"<p>Note {place}</p>"
            operations.note(ticket=ticket, by=ada, body=body, now=timezone.now())


def messages(acme: Customer, ticket: Ticket, _ada: User) -> None:
    with working(customer_zone(acme.pk), acme):
        uma = Contact.objects.get(email="uma@acme.test")
        own = Ticket.objects.get(pk=ticket.pk)
        for place in range(ROUNDS):
            body = f"<p>Message {place}</p>"
            operations.answer(ticket=own, contact=uma, body=body, now=timezone.now())


def test_a_customer_a_note_and_a_reply_at_one_ticket_all_come_through(live: Live) -> None:
    acme, ada = Customer.objects.get(code="acme"), User.objects.get(email="ada@desk.test")
    with schema_of(acme):
        ticket = make_ticket()

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(w, acme, ticket, ada) for w in (replies, notes, messages)]:
            done.result(60)

    with schema_of(acme):
        assert Entry.objects.filter(kind="reply").count() == ROUNDS
        assert Entry.objects.filter(kind="message").count() == ROUNDS
        assert Note.objects.filter(kind="note").count() == ROUNDS
