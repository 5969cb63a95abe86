"""Tickets on hold for something that is live by now: nobody resolves them by itself any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from desk import places
from product.release_words import language_name, role_name
from product.told_rows import Row, Scope

WHY: dict[str, str | Promise] = {
    "told": gettext_lazy("they were told before: resolve it"),
    "excluded": pgettext_lazy("a person", "left out"),
    "off": gettext_lazy("they are switched off"),
    "untold": gettext_lazy("not told yet"),
}
"""Why a ticket still is on hold though all it is linked to is live."""

# All problems of such a ticket are live; the release is the last that brought one of them.
HELD = """
WITH held AS (
  SELECT q.customer_id, q.ticket_id, q.number, max(r.contact_id) AS contact_id,
    max(r.linked_at) AS linked_at
  FROM public.desk_queueitem q
  JOIN public.customers_customer c ON c.id = q.customer_id AND c.laid_at IS NOT NULL
  JOIN public.product_reportitem r ON r.customer_id = q.customer_id AND r.ticket_id = q.ticket_id
  JOIN public.product_problem p ON p.id = r.problem_id
  WHERE q.state = 'on_hold' AND q.state NOT IN ('resolved', 'closed')
  GROUP BY 1, 2, 3 HAVING bool_and(p.state = 'live')
), held_for AS (
  SELECT DISTINCT ON (h.customer_id, h.ticket_id) h.*, l.id AS release_id,
    greatest(h.linked_at, l.live_at) AS since
  FROM held h
  JOIN public.product_reportitem r ON r.customer_id = h.customer_id AND r.ticket_id = h.ticket_id
  JOIN public.product_releaseitem i ON i.problem_id = r.problem_id
  JOIN public.product_release l ON l.id = i.release_id AND l.live_at >= %s
  ORDER BY h.customer_id, h.ticket_id, l.live_at DESC, l.id DESC
)
"""
COUNTED = """
SELECT count(*) FILTER (WHERE customer_id = ANY (%s)), count(*) FROM held_for
WHERE %s::bigint IS NULL OR release_id = %s
"""
_ROWS = """
SELECT h.release_id, h.customer_id, h.number, a.name, a.role, a.language, h.since, CASE
  WHEN EXISTS (SELECT FROM public.product_noticeitem n WHERE n.release_id = h.release_id
    AND n.customer_id = h.customer_id AND n.contact_id = h.contact_id) THEN 'told'
  WHEN EXISTS (SELECT FROM public.product_exclusion e WHERE e.release_id = h.release_id
    AND e.customer_id = h.customer_id AND coalesce(e.contact_id, h.contact_id) = h.contact_id)
    THEN 'excluded'
  WHEN NOT a.is_active THEN 'off' ELSE 'untold' END
FROM held_for h
JOIN public.product_asker a ON a.customer_id = h.customer_id AND a.contact_id = h.contact_id
WHERE h.customer_id = ANY (%s) AND (%s::bigint IS NULL OR h.release_id = %s)
ORDER BY h.since, h.customer_id, h.number LIMIT %s OFFSET %s
"""


def held_count(*, since: datetime, served: list[int], release_id: int | None) -> tuple[int, int]:
    """Tickets at these customers, and at all."""
    with connection.cursor() as cursor:
        cursor.execute(HELD + COUNTED, [since, served, release_id, release_id])
        ours, every = cursor.fetchone()
    return ours, every


def held_rows(scope: Scope, *, first: int, most: int) -> list[Row]:
    """Those that wait longest first; days since it is live, or since they were linked."""
    one = scope.chosen.pk if scope.chosen else None
    asked: list[Any] = [scope.since, list(scope.served), one, one, most, first]
    with connection.cursor() as cursor:
        cursor.execute(HELD + _ROWS, asked)
        found = cursor.fetchall()
    rows = []
    for release, customer, number, name, role, language, since, why in found:
        at = scope.served[customer]
        rows.append(
            Row(
                scope.releases[release],
                at,
                name,
                role_name(role),
                language_name(language),
                since,
                max(0, (scope.now - since).days),
                WHY[why],
                f"{at.prefix}-{number}",
                places.ticket(at.code, number),
            )
        )
    return rows
