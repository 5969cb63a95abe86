"""Having tickets judged after all that somebody waits for: many were written at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from customers.models import Customer
from desk.models import Due
from desk.operations import due
from tickets.models import Ticket


@contextmanager
def judging_later(*, customer: Customer, tickets: Sequence[Ticket]) -> Iterator[None]:
    """What the block writes at these tickets is judged when nothing else is due.

    The caller holds them locked, in the transaction of the block. What was asked for before stays
    as urgent as it was. Should an urgent ask have come between, the later judging covers it.
    """
    ids = [one.pk for one in tickets]
    asked = Due.objects.filter(customer=customer, kind=Due.Kind.JUDGE, row_id__in=ids)
    before = set(asked.values_list("row_id", flat=True))
    yield
    asked.exclude(row_id__in=before).delete()
    later = [one for one in ids if one not in before]
    due.ask_each(customer_id=customer.pk, kind=Due.Kind.LATER, row_ids=later)
