"""The lock of the workers' one drain: of a database session, so that it ends with its holder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

log = logging.getLogger(__name__)

_LOCK = 7_301_120


@contextmanager
def only_one() -> Iterator[bool]:
    """Whether the lock is ours while the block lasts; it ends with our database session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def is_held_by_a_customer() -> bool:
    """Whether a customer's login holds the lock: any may take it, so it counts nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE a.usename !~ '_c[0-9]+$'), count(*) FROM pg_locks l"
            " JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted"
            " AND l.objid = %s AND l.database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
            [_LOCK],
        )
        ours, all_of_them = cursor.fetchone()
    if all_of_them and not ours:
        log.error("a customer's login holds the lock of the drain; draining without it")
    return bool(all_of_them and not ours)
