"""What an hour costs: rates by role and day, and time spent that is counted by them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, Func, IntegerField, Q, Value

from desk.models import Rate

Rates = dict[str, list[tuple[date, Decimal]]]


class Spent(NamedTuple):
    """Time of one customer and role, by one rate; `per_hour` is None where there is none.

    `rows` entries, `suggested` minutes that nobody has looked at.
    """

    customer: int
    role: str
    per_hour: Decimal | None
    minutes: int
    rows: int
    suggested: int

    @property
    def cost(self) -> Decimal:
        """Minutes by the rate of an hour; nought without one."""
        return (self.per_hour or Decimal(0)) * self.minutes / 60


def rates_now() -> Rates:
    """Of each role its rates with the day each begins, the earliest first."""
    found: Rates = defaultdict(list)
    for role, day, cost in Rate.objects.order_by("from_on").values_list(
        "role", "from_on", "per_hour"
    ):
        found[role].append((day, cost))
    return found


def since_change(column: str, days: list[date]) -> Any:
    """How many of these days had begun, in UTC."""
    moments = [datetime.combine(day, time(), UTC) for day in days]
    edges = Value(moments, output_field=ArrayField(DateTimeField()))
    return Func(column, edges, function="width_bucket", output_field=IntegerField())


def rate_at(rates: list[tuple[date, Decimal]], days: list[date], place: int) -> Decimal | None:
    """What holds after so many of those days had begun."""
    if not place:
        return None
    at_ = bisect_right([day for day, _cost in rates], days[place - 1])
    return rates[at_ - 1][1] if at_ else None


def unrated(rates: Rates) -> Q:
    """Time before the first rate of its role, or of a role that has none."""
    rated = Q(pk__in=[])
    for role, found in rates.items():
        rated |= Q(role=role, spent_at__gte=datetime.combine(found[0][0], time(), UTC))
    return ~rated


def minutes_in(found: Iterable[Spent]) -> int:
    """All of their minutes."""
    return sum(one.minutes for one in found)


def cost_of(found: Iterable[Spent]) -> Decimal:
    """What they cost in all."""
    return sum((one.cost for one in found), Decimal(0))
