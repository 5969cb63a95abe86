"""The apology that is drafted when a promise was broken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import User
from customers.models import Customer
from desk.operations.policies import terms_for
from tests.cast import NINE, days, hours, make_ticket, minutes
from tickets import operations
from tickets.models import Contact, Promise
from tickets.operations.clocking import calendar_of
from tickets.promise_words import apology, proposed_time


@pytest.fixture
def promise(at_acme: Customer, ada: User, uma: Contact) -> Promise:
    Contact.objects.filter(pk=uma.pk).update(time_zone="Asia/Shanghai")
    ticket = make_ticket()
    return operations.promise(
        ticket=ticket, by=ada, due_at=NINE + hours(5), reason="The part <arrives>", now=NINE
    )


def test_it_says_what_was_promised_in_the_readers_zone(promise: Promise) -> None:
    draft = apology(promise, "en", again_by=NINE + days(1))

    assert draft == (
        "Hello Uma Usman,\n\n"
        "we promised you an answer by 2 Mar 2026, 22:00 (Asia/Shanghai) (The part <arrives>) and"
        " did not keep it. That is our fault, and we are sorry that you had to wait.\n\n"
        "We are still at it, and you will hear from us by 3 Mar 2026, 17:00 (Asia/Shanghai)."
    )


def test_it_speaks_chinese_and_leaves_the_new_time_to_the_promise(promise: Promise) -> None:
    draft = apology(promise, "zh-hans")

    assert "2026年3月2日 22:00" in draft
    assert "The part <arrives>" in draft


@pytest.mark.parametrize(
    ("now", "proposed"),
    [
        (NINE + minutes(1), NINE + hours(4.5)),
        (NINE, NINE + hours(4)),
        (NINE + hours(7), NINE + days(1) + hours(2)),
        (datetime(2026, 3, 6, 17, 59, 59, 1, tzinfo=UTC), NINE + days(7) + hours(4)),
    ],
)
def test_a_new_time_lies_four_business_hours_ahead_at_a_round_time(
    at_acme: Customer, now: datetime, proposed: datetime
) -> None:
    calendar = calendar_of(terms_for(customer=at_acme, now=now))

    assert proposed_time(calendar, now) == proposed
