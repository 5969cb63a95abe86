"""A calendar month of a customer: from its first midnight to the next one's, on its own wall."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from customers.models import Customer
from product.quiet import zone_of

_WRITTEN = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


class NoSuchMonth(ValueError):
    """It is not written ``2026-02``."""


@dataclass(frozen=True)
class Month:
    """A month by its first day, on the wall of a zone."""

    first: date
    zone: str

    @cached_property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), tzinfo=zone_of(self.zone))

    @cached_property
    def until(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(after(self.first), time(), tzinfo=zone_of(self.zone))

    @property
    def before(self) -> Month:
        """The month before."""
        return Month(before(self.first), self.zone)


def month_of(customer: Customer, first: date) -> Month:
    """That month at the customer, on its own wall."""
    return Month(first, customer.time_zone)


def this_month(*, zone: str, now: datetime) -> date:
    """The first day of the month that it is there."""
    return now.astimezone(zone_of(zone)).date().replace(day=1)


def last_month(*, zone: str, now: datetime) -> date:
    """The first day of the last month that is over there."""
    return before(this_month(zone=zone, now=now))


def before(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def after(first: date) -> date:
    """The first day of the month after."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def written(first: date) -> str:
    """As addresses and commands have it: ``2026-02``."""
    return f"{first:%Y-%m}"


def read(text: str) -> date:
    """The first day of a month written so. Raises NoSuchMonth."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise NoSuchMonth(text)
    return date(int(found[1]), int(found[2]), 1)


def row_of(first: date) -> int:
    """The number by which a due row names it: 202602."""
    return first.year * 100 + first.month


def of_row(row_id: int) -> date:
    """The first day of the month that a due row names. Raises NoSuchMonth."""
    return read(f"{row_id // 100}-{row_id % 100:02d}")
