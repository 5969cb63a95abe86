"""Due rows: claimed by one, done once, done again when asked meanwhile, never given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from customers.models import Customer
from customers.operations import suspend
from desk.models import Due
from desk.operations import due
from servicedesk import zones
from tests.cast import NINE


@pytest.fixture(autouse=True)
def _as_the_desk(db: None) -> None:
    zones.use(zones.DESK)


def ask(customer: Customer, row_id: int = 1, *, ago: float = 1, **facts: Any) -> Due:
    """Something due so many seconds ago by the database's clock."""
    row = Due.objects.create(
        customer=customer,
        kind="judge",
        row_id=row_id,
        due_at=Now() - timedelta(seconds=ago),
        **facts,
    )
    row.refresh_from_db()
    return row


def claimed(customer: Customer) -> list[int]:
    return [row.row_id for row in due.claim(customer_id=customer.pk, limit=10)]


def test_what_is_due_is_claimed_once_and_in_its_order(acme: Customer) -> None:
    ask(acme, 2, ago=5)
    ask(acme, 1, ago=1)
    ask(acme, 3, ago=-60)

    assert claimed(acme) == [2, 1]
    assert claimed(acme) == []


def test_customers_with_something_due_are_found_the_longest_wait_first(
    acme: Customer, globex: Customer
) -> None:
    ask(acme, 1, ago=5)
    ask(globex, 1, ago=9)
    ask(globex, 2, ago=1)

    assert due.customers_waiting(limit=10) == [globex.pk, acme.pk]
    assert claimed(globex) == [1, 2]
    assert due.customers_waiting(limit=10) == [acme.pk]


def test_a_suspended_customers_things_wait_and_are_not_looked_at(acme: Customer) -> None:
    ask(acme)
    zones.use(zones.OWNER)
    suspend(customer=acme, reason="unpaid", now=NINE)

    assert due.customers_waiting(limit=10) == []
    assert Due.objects.count() == 1


def test_a_claimer_that_died_lets_go_after_the_lease(acme: Customer) -> None:
    ask(acme)
    assert claimed(acme) == [1]

    Due.objects.update(lease_until=Now() - timedelta(seconds=1))

    assert claimed(acme) == [1]


def test_what_is_done_is_forgotten(acme: Customer) -> None:
    ask(acme)
    (row,) = due.claim(customer_id=acme.pk, limit=1)

    due.finish(row=row)

    assert not Due.objects.exists()


def test_what_was_asked_for_again_meanwhile_is_done_again(acme: Customer) -> None:
    ask(acme)
    (row,) = due.claim(customer_id=acme.pk, limit=1)
    Due.objects.update(asked=F("asked") + 1)

    due.finish(row=row)

    assert claimed(acme) == [1]


def test_what_fails_waits_longer_each_time_and_is_never_given_up(acme: Customer) -> None:
    ask(acme)
    waits = []
    for _ in range(7):
        (row,) = due.claim(customer_id=acme.pk, limit=1)
        due.fail(row=row, error="OperationalError: deadlock")
        assert claimed(acme) == []
        failed = Due.objects.annotate(database_time=Now()).get()
        waits.append((failed.due_at - failed.database_time).total_seconds())
        Due.objects.update(due_at=Now())

    assert waits == pytest.approx([1, 5, 30, 120, 600, 600, 600], abs=0.9)
    assert (failed.tries, failed.last_error) == (7, "OperationalError: deadlock")


def test_what_failed_and_was_asked_for_again_is_tried_at_once(acme: Customer) -> None:
    ask(acme)
    (row,) = due.claim(customer_id=acme.pk, limit=1)
    Due.objects.update(asked=F("asked") + 1)

    due.fail(row=row, error="no")

    assert claimed(acme) == [1]
