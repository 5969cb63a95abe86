"""A triage meeting over 4,000 unsorted tickets of 100 customers: opening, comparing, its board."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest
from django.db import connection

from accounts.models import User
from customers.models import Customer
from product.models import Meeting
from product.operations.triage import open_meeting, propose_groups
from tests.cast import NINE
from tests.doors import DeskClient

pytestmark = pytest.mark.timeout(240)

CUSTOMERS, TICKETS = 100, 40
BOARD_WITHIN = 1.0
"""Seconds of the server for a board of 4,000."""

ROWS = """
WITH asked AS (
  SELECT c.id AS customer_id, n AS ticket_id, now() - n * interval '1 hour' AS opened_at,
    'The export of ' || (ARRAY['orders','totals','labels','receipts','drivers'])[1 + n %% 5]
      || ' ' || md5((c.id * 7 + n %% 13)::text) AS subject
  FROM customers_customer c, generate_series(1, %s) n WHERE c.code LIKE 'triaged-%%'),
queued AS (
  INSERT INTO desk_queueitem (customer_id, ticket_id, number, subject, kind, state, priority,
    is_vip, requester_name, next_due_kind, is_judged, last_side, version, opened_at, updated_at)
  SELECT customer_id, ticket_id, ticket_id, subject, 'fault', 'open', 'normal', false, 'Somebody',
    '', true, 'customer', 1, opened_at, opened_at FROM asked)
INSERT INTO desk_searchdocument (customer_id, ticket_id, number, subject, kind, state, lexemes,
  version, updated_at)
SELECT customer_id, ticket_id, ticket_id, subject, 'fault', 'open',
  setweight(to_tsvector('simple', subject), 'A'), 1, opened_at FROM asked
"""


def _lay() -> None:
    Customer.objects.bulk_create(
        [
            Customer(
                code=f"triaged-{n}", name=f"Triaged {n}", schema_name=f"c_{9_000_000 + n}",
                laid_at=NINE, created_at=NINE,
            )
            for n in range(CUSTOMERS)
        ]
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [TICKETS])
        cursor.execute("ANALYZE desk_queueitem, desk_searchdocument, customers_customer")


def _timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


@pytest.mark.drill
def test_the_board_of_4000_unsorted_tickets_opens_within_a_second(
    desk_client: DeskClient, pia: User
) -> None:
    _lay()
    opened = _timed(
        lambda: open_meeting(held_on=NINE.date(), title="Long", people=[], by=pia, now=NINE)
    )
    meeting = Meeting.objects.get()
    compared = _timed(lambda: propose_groups(now=NINE))
    grouped = meeting.items.filter(cluster__gt=0).count()
    client, here = desk_client(pia), f"/triage/{meeting.pk}/"
    client.get("/triage/")

    def board(query: str) -> float:
        return median(_timed(lambda: client.get(here + query)) for _ in range(5))

    first, last = board(""), board("?column=unsorted&page=99")
    fetched = median(
        _timed(lambda: client.post(f"{here}presence/", {"version": "0"})) for _ in range(5)
    )

    print(
        f"\n  {meeting.items.count()} lines of {CUSTOMERS} customers:"
        f" drawn in {opened:.2f} s, compared by the worker in {compared:.2f} s"
        f" ({grouped} lines in groups), board {first * 1000:.0f} ms"
        f" (last page {last * 1000:.0f} ms), changed board {fetched * 1000:.0f} ms"
    )
    assert meeting.items.count() == CUSTOMERS * TICKETS
    assert max(first, last) < BOARD_WITHIN
