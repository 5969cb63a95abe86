"""Doing what a request asks once: its key is written first, in the transaction of the work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection
from psycopg2.errors import LockNotAvailable

from accounts.models import Remembered, RememberedRequest

KEPT = timedelta(hours=24)


class StillRunning(Exception):
    """The first request with this key did not end within the login's lock_timeout; ask again."""


class AskedDifferently(ValueError):
    """The key belongs to another request; take a new key for a new request."""


def remember(
    *, model: type[RememberedRequest], caller: str, key: str, asked: str, now: datetime
) -> tuple[RememberedRequest, bool]:
    """Give the row of this key and whether it is new. Call it first in the work's transaction.

    A parallel request with the same key waits here until the first has ended: once that is
    committed, it is answered as that one was; is that rolled back, it does the work itself.
    Raises StillRunning and AskedDifferently.
    """
    is_new = _insert(model, [caller, key, asked, now])
    row = model._default_manager.filter(caller=caller, key=key).first()
    if row is None:  # swept between the two statements
        raise StillRunning
    if row.asked != asked:
        raise AskedDifferently
    return row, is_new


def keep_answer(*, held: RememberedRequest, status: int, row: str) -> None:
    """Write what the work came to; last in its transaction."""
    rows = type(held)._default_manager.filter(pk=held.pk)
    rows.update(status=status, row=row)


def forget_remembered(*, model: type[RememberedRequest] = Remembered, now: datetime) -> None:
    """Delete what is kept long enough; a key may be used anew then."""
    model._default_manager.filter(created_at__lt=now - KEPT).delete()


def _insert(model: type[RememberedRequest], facts: list[Any]) -> bool:
    """One statement, so that it waits on the unique index and no savepoint is needed."""
    table = connection.ops.quote_name(model._meta.db_table)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO {table} (caller, key, asked, created_at, row)
                VALUES (%s, %s, %s, %s, '') ON CONFLICT DO NOTHING
                """,
                facts,
            )
            return bool(cursor.rowcount)
    except OperationalError as problem:
        if isinstance(problem.__cause__, LockNotAvailable):
            raise StillRunning from problem
        raise
