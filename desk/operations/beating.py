"""The beat's sign of life: beat rings a sweep, the sweep writes that it did (docs/operating.md)."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

BEAT = "beat"
"""The name of the one heart that is listened to."""

EVERY = timedelta(seconds=5)
"""How old the last sign must be before a new one is written."""


def beat(*, name: str = BEAT) -> bool:
    """Write that it beats now, by the database's clock. False when the last sign is new enough."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO public.desk_heartbeat AS h (name, beat_at) VALUES (%s, clock_timestamp())
            ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at
            WHERE h.beat_at < excluded.beat_at - make_interval(secs => %s)
            """,
            [name, EVERY.total_seconds()],
        )
        return bool(cursor.rowcount == 1)
