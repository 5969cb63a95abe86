"""Tickets picked from a search to become one problem: read from an address, named by customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from customers.models import Customer
from desk.asked import key
from desk.models import QueueItem

MOST = 50
"""Tickets picked together: each customer among them costs a transaction."""


@dataclass(frozen=True)
class Picked:
    """Tickets by customer, customers by name; `left_out` were no tickets one may serve."""

    customers: dict[Customer, list[QueueItem]]
    codes: list[str]
    left_out: int
    is_too_many: bool

    @property
    def count(self) -> int:
        """How many tickets."""
        return len(self.codes)

    def numbers(self) -> dict[Customer, list[int]]:
        """The tickets' numbers at each customer."""
        return {one: [item.number for item in items] for one, items in self.customers.items()}


def picked(*, user: User, codes: Sequence[str]) -> Picked:
    """What was picked, of open customers this person serves; two statements."""
    asked = list(dict.fromkeys(codes))
    wanted: dict[str, set[int]] = defaultdict(set)
    for written in asked[:MOST]:
        code, _dash, number = written[:60].lower().rpartition("-")
        if (known := key(number)) is not None and known < 2**31:
            wanted[code].add(known)
    customers = Customer.objects.live().served_by(user).filter(code__in=_whole(wanted))
    found = Q(pk__in=[])
    for customer in customers:
        found |= Q(customer=customer, number__in=wanted[customer.code])
    rows = QueueItem.objects.filter(found).select_related("customer")
    by_customer: dict[Customer, list[QueueItem]] = defaultdict(list)
    for row in rows.order_by("customer__name", "customer", "number"):
        by_customer[row.customer].append(row)
    shown = [f"{row.customer.code}-{row.number}" for its in by_customer.values() for row in its]
    return Picked(
        dict(by_customer), shown, len(asked[:MOST]) - len(shown), is_too_many=len(asked) > MOST
    )


def _whole(wanted: dict[str, set[int]]) -> list[str]:
    """Codes that can be some; a NUL cannot be asked for."""
    return [code for code in wanted if code.isprintable()]
