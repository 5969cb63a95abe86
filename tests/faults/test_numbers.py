"""Fifty people ask again and again at once, over HTTP: numbers stay unique and gapless.

Five times each in every run; twenty times, a thousand tickets, as a drill.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest

from customers.inside import schema_of
from customers.models import Customer
from desk.models import QueueItem
from tests.driving import Site
from tests.faults.visitor import Visitor, people, signed_in
from tickets.models import Ticket

pytestmark = pytest.mark.real_logins

PEOPLE = 50


def _ask(visitor: Visitor, times: int) -> list[int]:
    with closing(visitor.connection):
        visitor.look("/tickets/new/")
        return [
            visitor.post("/tickets/new/", subject=f"Question {time}", body="How?", kind="question")[
                0
            ]
            for time in range(times)
        ]


def ask_at_once(site: Site, *, times: int) -> None:
    """Everybody asks so many times; fail for a number that is missing or there twice."""
    acme = Customer.objects.get(code="acme")
    visitors = [signed_in(contact, acme, port=site.port) for contact in people(acme, PEOPLE)]

    with ThreadPoolExecutor(PEOPLE) as threads:
        statuses = [
            status
            for answers in threads.map(partial(_ask, times=times), visitors)
            for status in answers
        ]

    assert set(statuses) == {302}
    with schema_of(acme):
        numbers = list(Ticket.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, PEOPLE * times + 1))
    assert QueueItem.objects.filter(customer=acme).count() == PEOPLE * times


def test_tickets_opened_at_once_are_numbered_without_a_gap(live_site: Site) -> None:
    ask_at_once(live_site, times=5)


@pytest.mark.drill
def test_a_thousand_tickets_opened_at_once_are_numbered_without_a_gap(live_site: Site) -> None:
    ask_at_once(live_site, times=20)
