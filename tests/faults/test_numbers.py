"""Fifty people ask twenty times each at once, over HTTP: numbers stay unique and gapless."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from customers.inside import schema_of
from customers.models import Customer
from desk.models import QueueItem
from tests.driving import Site
from tests.faults.visitor import Visitor, people, signed_in
from tickets.models import Ticket

pytestmark = pytest.mark.real_logins

PEOPLE, TIMES = 50, 20


def _ask(visitor: Visitor) -> list[int]:
    with closing(visitor.connection):
        visitor.look("/tickets/new/")
        return [
            visitor.post("/tickets/new/", subject=f"Question {time}", body="How?", kind="question")[
                0
            ]
            for time in range(TIMES)
        ]


def test_a_thousand_tickets_opened_at_once_are_numbered_without_a_gap(live_site: Site) -> None:
    acme = Customer.objects.get(code="acme")
    visitors = [signed_in(contact, acme, port=live_site.port) for contact in people(acme, PEOPLE)]

    with ThreadPoolExecutor(PEOPLE) as threads:
        statuses = [status for answers in threads.map(_ask, visitors) for status in answers]

    assert set(statuses) == {302}
    with schema_of(acme):
        numbers = list(Ticket.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, PEOPLE * TIMES + 1))
    assert QueueItem.objects.filter(customer=acme).count() == PEOPLE * TIMES
