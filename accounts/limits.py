"""Counting tries atomically: of a burst, exactly the allowed number passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

from accounts import unhurried
from accounts.models.limit import CountedLimit


@dataclass(frozen=True)
class Allowance:
    """So many tries within a window of time."""

    tries: int
    window: timedelta


class TooManyTries(Exception):
    """The allowance is used up; try again at `free_at`."""

    def __init__(self, free_at: datetime) -> None:
        super().__init__(f"too many tries, free again at {free_at.isoformat()}")
        self.free_at = free_at


def count_try(model: type[CountedLimit], *, key: str, allowance: Allowance, now: datetime) -> None:
    """Count one try against the key; raise TooManyTries when the window's allowance is used up.

    One statement, so that parallel tries queue on the row and none is let through uncounted; a
    transaction of its own waits for no disk.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    window_floor = now - allowance.window
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {table} AS held (key, window_started_at, count) SELECT %s, %s, 1
            FROM ({unhurried.off()}) AS quickly
            ON CONFLICT (key) DO UPDATE SET
              count = CASE WHEN held.window_started_at <= %s THEN 1 ELSE held.count + 1 END,
              window_started_at = CASE WHEN held.window_started_at <= %s
                                       THEN excluded.window_started_at
                                       ELSE held.window_started_at END
            RETURNING count, window_started_at
            """,
            [key[:200], now, window_floor, window_floor],
        )
        count, started_at = cursor.fetchone()
    if count > allowance.tries:
        raise TooManyTries(started_at + allowance.window)


def forgive_try(model: type[CountedLimit], *, key: str) -> None:
    """Take one counted try back: it turned out to be the right person's."""
    forgive_tries(model, keys=[key])


def forgive_tries(model: type[CountedLimit], *, keys: Sequence[str]) -> None:
    """The same of several counts at once."""
    counted = model._default_manager.filter(pk__in=[key[:200] for key in keys], count__gt=0)
    with unhurried.unhurried():
        counted.update(count=F("count") - 1)
