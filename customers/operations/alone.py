"""Bringing a customer back and taking it away exclude each other, whichever process does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection

_LOCK = 7_301_121  # the first half of its advisory lock, the customer's number is the other


class SomebodyElseRestores(Exception):
    """Somebody else is restoring or dropping this customer; wait until they are done."""


@contextmanager
def alone(*, customer_id: int) -> Iterator[None]:
    """Be the only one who restores or drops this customer. Raises SomebodyElseRestores at once.

    The lock is the database session's: it goes with a process that dies, and outlives transactions.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, customer_id])
        if cursor.fetchone() != (True,):
            raise SomebodyElseRestores(customer_id)
    try:
        yield
    finally:
        # A connection that broke meanwhile has let go of it already.
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, customer_id])
