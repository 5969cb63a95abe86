"""The first service report of a customer who has just gone live, or begun to pay."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.time_zones import is_known
from customers.models import Customer
from desk.models import Due
from desk.operations import due


def first_report_on(*, time_zone: str, since: datetime) -> date:
    """When the report of the month in which it began is drafted: the first of the next month."""
    return (_day(time_zone, since).replace(day=1) + timedelta(days=32)).replace(day=1)


def lay_first_report(*, customer: Customer, now: datetime) -> date:
    """Have the report of this month drafted when it is over, on the customer's clock; says when.

    Laid twice it is drafted once.
    """
    zone = customer.time_zone
    on, month = first_report_on(time_zone=zone, since=now), _day(zone, now)
    due.set_time(
        customer_id=customer.pk,
        kind=Due.Kind.REPORT,
        row_id=month.year * 100 + month.month,
        due_at=datetime.combine(on, time(), tzinfo=_zone(zone)),
    )
    return on


def _day(time_zone: str, at: datetime) -> date:
    return at.astimezone(_zone(time_zone)).date()


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name if is_known(name) else "UTC")
