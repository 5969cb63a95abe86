"""The beat's sign of life: beat rings a sweep, the sweep writes that it did (docs/operating.md)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from desk.models import Heartbeat

BEAT = "beat"
"""The name of the one heart that is listened to."""

BACK = "back"
"""The name under which it stands since when the beat is back from its last absence."""

EVERY = timedelta(seconds=5)
"""How old the last sign must be before a new one is written."""

ABSENCE = timedelta(seconds=60)
"""A beat whose last sign is older than this was absent; what was due meanwhile waited for it."""

_SIGN = """
WITH last AS (SELECT beat_at FROM public.desk_heartbeat WHERE name = %(name)s),
signed AS (
  INSERT INTO public.desk_heartbeat AS h (name, beat_at) VALUES (%(name)s, clock_timestamp())
  ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at
  WHERE h.beat_at < excluded.beat_at - make_interval(secs => %(every)s)
  RETURNING beat_at
),
returned AS (
  INSERT INTO public.desk_heartbeat (name, beat_at)
  SELECT %(back)s, signed.beat_at FROM signed, last
  WHERE last.beat_at < signed.beat_at - make_interval(secs => %(absence)s)
  ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at
)
SELECT count(*) FROM signed
"""


def beat(*, name: str = BEAT) -> bool:
    """Write that it beats now, by the database's clock. False when the last sign is new enough.

    After an absence it is written too since when it is back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SIGN,
            {
                "name": name,
                "back": BACK,
                "every": EVERY.total_seconds(),
                "absence": ABSENCE.total_seconds(),
            },
        )
        return bool(cursor.fetchone()[0])


def back_since() -> datetime | None:
    """When the beat came back from its last absence; None: it never was absent."""
    return Heartbeat.objects.filter(name=BACK).values_list("beat_at", flat=True).first()
