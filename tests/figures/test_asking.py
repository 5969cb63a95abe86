"""What an address asks of a dashboard."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from customers.models import Customer
from desk.dashboards import PERIODS, BadAsk, asked_from

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("name", "since", "until", "before"),
    [
        ("", (10, 24), (11, 23), ((9, 24), (10, 24))),
        ("today", (11, 22), (11, 23), ((11, 21), (11, 22))),
        ("7-days", (11, 16), (11, 23), ((11, 9), (11, 16))),
        ("this-month", (11, 1), (11, 23), ((10, 1), (10, 23))),
        ("last-month", (10, 1), (11, 1), ((9, 1), (10, 1))),
        ("this-quarter", (10, 1), (11, 23), ((7, 1), (8, 23))),
    ],
)
def test_a_period_and_the_one_before(
    name: str,
    since: tuple[int, int],
    until: tuple[int, int],
    before: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    asked = asked_from({"period": name}, today=SUNDAY)

    assert (asked.since, asked.until) == (date(2026, *since), date(2026, *until))
    earlier = asked.before()
    assert (earlier.since, earlier.until) == tuple(date(2026, *day) for day in before)
    assert asked.period in PERIODS


def test_a_year_and_ones_own_days() -> None:
    year = asked_from({"period": "year"}, today=SUNDAY)
    assert (year.since, year.before().since) == (date(2026, 1, 1), date(2025, 1, 1))
    assert year.before().until == date(2025, 11, 23)

    own = asked_from({"from": "2026-02-01", "to": "2026-03-31"}, today=SUNDAY)
    assert (own.until, own.months, own.query()) == (
        date(2026, 4, 1),
        Decimal(2),
        "from=2026-02-01&to=2026-03-31",
    )
    assert own.before().since == date(2025, 12, 1)
    alone = asked_from({"to": "2026-03-31"}, today=SUNDAY)
    assert (alone.since, alone.days) == (date(2026, 3, 31), 1)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"period": "fortnight"}, "period"),
        ({"period": "today", "from": "2026-01-01"}, "period"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "soon"}, "to"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"from": "2001-01-01", "to": "2026-03-01"}, "from"),
        ({"team": "north"}, "team"),
        ({"plan": "a b"}, "plan"),
        ({"customer": "'"}, "customer"),
        ({"compare": "perhaps"}, "compare"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(params: dict[str, str], field: str) -> None:
    with pytest.raises(BadAsk) as refused:
        asked_from(params, today=SUNDAY)
    assert refused.value.field == field
    assert str(refused.value)


def test_codes_are_keys_and_a_code_of_nobody_asks_for_nobody(acme: Customer) -> None:
    asked = asked_from({"customer": "ACME", "plan": "standard", "compare": "1"}, today=SUNDAY)
    assert (asked.customer, asked.plan) == (acme.pk, acme.plan_id)
    assert asked.query() == f"period=30-days&plan={acme.plan_id}&customer={acme.pk}&compare=1"
    again = asked_from({"customer": str(acme.pk), "period": "today"}, today=SUNDAY)
    assert again.customer == acme.pk
    assert asked_from({"customer": "nobody"}, today=SUNDAY).customer == 0
