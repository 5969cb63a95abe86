"""What a portal welcomes its people with in the first days: who of ours looks after them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from customers.models import PortalCustomer
from desk.operations.first_report import first_report_on

SHOWN_FOR = timedelta(days=14)


class Welcome(NamedTuple):
    """Why they are welcomed, and when their first report comes."""

    is_paid: bool
    first_report_on: date


def welcome(customer: PortalCustomer, *, now: datetime) -> Welcome | None:
    """The newer of two: that the group was opened, that the customer pays; None when both are old.

    A group that an operator laid says nothing of itself.
    """
    opened, paying = customer.opened_at, customer.paying_since
    since = max((at for at in (opened, paying) if at is not None), default=None)
    if since is None or not since <= now < since + SHOWN_FOR:
        return None
    return Welcome(
        is_paid=since == paying,
        first_report_on=first_report_on(time_zone=customer.time_zone, since=since),
    )
