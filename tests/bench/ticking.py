"""What finding due things costs: 500 rows that are due among those of every live ticket.

`python -m tests.bench.ticking 1000` in the environment of that installation prints a line of JSON:
milliseconds of each round, and whether the planner reads the due rows by their index. It lays its
rows itself and takes them away again.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.bench import laying

DUE, ROUNDS, CUSTOMERS = 500, 30, 10
"""Due rows lie at so many customers, so that both installations find the same."""

ROWS = """
INSERT INTO public.desk_due (customer_id, kind, row_id, due_at, tries, last_error, asked)
SELECT customer_id, 'step', ticket_id, coalesce(next_due_at, now()) + interval '30 days', 0, '', 1
FROM public.desk_queueitem WHERE state NOT IN ('resolved', 'closed');
INSERT INTO public.desk_due (customer_id, kind, row_id, due_at, tries, last_error, asked)
SELECT c.id, 'judge', n, now() - make_interval(secs => n), 0, '', 1
FROM (SELECT id FROM public.customers_customer WHERE code LIKE 'b%' ORDER BY id
  LIMIT {customers}) c, generate_series(1, {each}) n;
ANALYZE public.desk_due;
"""


def main() -> None:
    """Lay, find so often, tidy."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    django.setup()
    from servicedesk import env, zones

    connection = laying.superuser(env.INSTALLATION)
    try:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM public.desk_due")
            cursor.execute(ROWS.format(customers=CUSTOMERS, each=DUE // CUSTOMERS))
        zones.use(zones.DESK)
        find()  # opens the connection
        found = {"finding": [find() for _ in range(ROUNDS)], "is_indexed": is_indexed()}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM public.desk_due")
        connection.close()
    print(json.dumps(found))


def find() -> float:
    """Who waits, and what is due at the one who waits longest; in milliseconds. Lets go again."""
    from desk.models import Due
    from desk.operations import due

    started = time.perf_counter()
    waiting = due.customers_waiting(limit=100)
    rows = due.claim(customer_id=waiting[0], limit=100)
    spent = (time.perf_counter() - started) * 1000
    if (len(waiting), len(rows)) != (CUSTOMERS, DUE // CUSTOMERS):
        sys.exit(f"found {len(rows)} due rows at {len(waiting)} customers")
    Due.objects.filter(pk__in=[row.pk for row in rows]).update(lease_until=None)
    return spent


def is_indexed() -> bool:
    """Whether the due rows are found by their index on the time, at whatever size."""
    from django.db import connection

    from desk.operations import due

    asked: list[tuple[str, Any]] = []

    def hear(execute: Callable[..., Any], sql: str, params: Any, *more: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, *more)

    with connection.execute_wrapper(hear):
        due.customers_waiting(limit=100)
    with connection.cursor() as cursor:
        sql, params = asked[-1]
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    return "due_by_time" in plan


if __name__ == "__main__":
    main()
