"""The demo's time and what it costs, and who of ours looked at a portal, all before now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from accounts.operations.auditing import By
from accounts.policy import Role
from customers.inside import schema_of
from desk.models import Rate
from tickets.models import Ticket, Viewing
from tickets.operations.furnishing import House
from tickets.operations.looking_in import look_in
from tickets.operations.spending import suggest, write_down

RATES = {
    Role.AGENT: "46.00",
    Role.CONSULTANT: "72.00",
    Role.PRODUCT_MANAGER: "84.00",
    Role.ENGINEER: "90.00",
    Role.MANAGER: "98.00",
}
"""What an hour costs since a year ago; the operator's is nobody's service."""

DEARER = (Role.CONSULTANT, timedelta(days=30), "75.00")
"""Whose rate has risen since, and when."""


class Spent(NamedTuple):
    """Time that somebody wrote down."""

    customer: str
    ticket: str
    by: str
    minutes: int
    days_ago: int
    words: str


SPENT = (
    Spent("harbor", "close-locks-october", "ada", 20, 9, "Looked up how accruals touch the return"),
    Spent("harbor", "approver-left", "carl", 45, 3, "On the phone with the controller"),
    Spent("harbor", "bank-file-row-2000", "emeka", 150, 1, "Read the bank's format, line by line"),
    Spent("lanshan", "approval-two-totals", "lin", 35, 2, "和财务总监电话说明审批设置"),
    Spent("lanshan", "gmp-batch-cost", "carl", 60, 4, "陪仓库逐笔核对差异"),
)


class Looked(NamedTuple):
    """Somebody of ours who looked as a contact, for so many minutes."""

    customer: str
    as_whom: str
    by: str
    hours_ago: int
    minutes: int
    reason: str


LOOKED = (
    Looked("harbor", "owner", "carl", 75, 6, "Mara says the October tickets are missing"),
    Looked("lanshan", "user", "mei", 30, 11, "确认新的审批说明显示正常"),
)


def stage_time(*, house: House, tickets: Mapping[tuple[str, str], Ticket], now: datetime) -> None:
    """Lay rates, suggestions, rows that people wrote, and viewings."""
    year_ago = (now - timedelta(days=365)).date()
    rows = [Rate(role=role, from_on=year_ago, per_hour=Decimal(RATES[role])) for role in RATES]
    role, ago, per_hour = DEARER
    rows.append(Rate(role=role, from_on=(now - ago).date(), per_hour=Decimal(per_hour)))
    Rate.objects.bulk_create(rows)
    for (code, _key), ticket in tickets.items():
        with schema_of(house.customers[code]):
            suggest(ticket_id=ticket.pk, now=now)
    for one in SPENT:
        if (one.customer, one.ticket) not in tickets:
            continue  # a smaller demo, of tests
        then = now - timedelta(days=one.days_ago, minutes=25)
        with schema_of(house.customers[one.customer]):
            write_down(
                ticket=tickets[one.customer, one.ticket],
                by=house.staff[one.by],
                minutes=one.minutes,
                spent_at=then,
                words=one.words,
                now=then,
            )
    for looked in LOOKED:
        if looked.customer not in house.customers:
            continue
        _look(looked, house, now - timedelta(hours=looked.hours_ago))


def _look(looked: Looked, house: House, then: datetime) -> None:
    customer = house.customers[looked.customer]
    with schema_of(customer):
        theirs = (one for (code, _key), one in house.contacts.items() if code == customer.code)
        row, _secret = look_in(
            customer=customer,
            contact=next(one for one in theirs if one.role == looked.as_whom),
            by=By(house.staff[looked.by]),
            reason=looked.reason,
            now=then,
        )
        ended = then + timedelta(minutes=looked.minutes)
        Viewing.objects.filter(pk=row.pk).update(used_at=then, ended_at=ended)
