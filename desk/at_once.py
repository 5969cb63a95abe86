"""Asking the database several small things by one statement.

Each thing is a `Part`: columns, what they are asked with, and how they are read. Parts stand in
modules of their own and know nothing of each other; a page that needs many asks for them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection

T = TypeVar("T")


class Part(NamedTuple, Generic[T]):
    """Columns of a SELECT that gives one row, and what is made of them.

    `columns` are subqueries or expressions, each in SQL of our own; `asked` are their parameters by
    name, which other parts may ask for too when they mean the same.
    """

    columns: Sequence[str]
    asked: dict[str, Any]
    read: Callable[[Sequence[Any]], T]


def at_once(*parts: Part[Any]) -> list[Any]:
    """What each part reads, in their order; one statement. Raises ValueError.

    That is when two parts ask for different things by one name.
    """
    asked: dict[str, Any] = {}
    for part in parts:
        for name, value in part.asked.items():
            if asked.setdefault(name, value) != value:
                raise ValueError(f"two parts ask for another {name}")
    columns = ", ".join(column for part in parts for column in part.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", asked)
        row = cursor.fetchone()
    found, place = [], 0
    for part in parts:
        until = place + len(part.columns)
        found.append(part.read(row[place:until]))
        place = until
    return found
