"""Bringing the database to the code's head beside people who work: nobody is held up for long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connection

from customers.models import Customer
from customers.operations.laying import lagging, migrate

PUBLIC_LOCKS = "5s"
"""How long a migration of public waits for a table: everybody who wants it waits behind."""


@dataclass(frozen=True)
class Turn:
    """One customer's turn of an upgrade, counted from 1; `problem` says who held it up, if any."""

    place: int
    of: int
    customer: Customer
    steps: int
    problem: str = ""


def bring_up() -> Iterator[Turn]:
    """Migrate every customer that is behind, each in a transaction of its own, and tell its turn.

    One that is busy is passed over. Stopped anywhere it is simply run again.
    """
    behind = lagging()
    for place, (customer, missing) in enumerate(behind, 1):
        problem = ""
        try:
            migrate(customer=customer, missing=missing)
        except OperationalError as busy:
            problem = str(busy).strip()
        yield Turn(place, len(behind), customer, len(missing), problem)


@contextmanager
def waiting_briefly() -> Iterator[None]:
    """Wait 5 s at most for each lock while the block lasts, rather than stop the whole service."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PUBLIC_LOCKS}'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
