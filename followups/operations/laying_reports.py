"""Having each customer's report drafted once its month is over: by a due row of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.time_zones import is_known
from customers.models import Customer
from desk.models import Due

UNREPORTED = (Customer.Stage.PROSPECT, Customer.Stage.LEFT)
"""Stages in which a customer gets no report."""


@transaction.atomic
def lay_reports(*, now: datetime) -> int:
    """Have the last month's report drafted at each open customer that has none; say at how many.

    A month is over by the customer's own wall. One statement, whatever their number; may be run at
    any time. Who was not open before the month ended is not reported to.
    """
    zones = Customer.objects.order_by().values_list("time_zone", flat=True).distinct()
    asked: dict[str, Any] = {
        "now": now,
        "kind": Due.Kind.REPORT.value,
        "zones": [zone for zone in zones if is_known(zone)],
        "unreported": list(UNREPORTED),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, asked)
        return int(cursor.rowcount)


# A zone that PostgreSQL does not know would fail the statement for everybody.
_MISSING = """
INSERT INTO public.desk_due (customer_id, kind, row_id, due_at, tries, last_error, asked)
SELECT c.id, %(kind)s, extract(year FROM m.first) * 100 + extract(month FROM m.first),
  %(now)s, 0, '', 1
FROM public.customers_customer c
CROSS JOIN LATERAL (
  SELECT CASE WHEN c.time_zone = ANY (%(zones)s) THEN c.time_zone ELSE 'UTC' END AS zone) o
CROSS JOIN LATERAL (
  SELECT date_trunc('month', %(now)s::timestamptz AT TIME ZONE o.zone) AS over) w
CROSS JOIN LATERAL (
  SELECT (w.over - interval '1 month')::date AS first, w.over AT TIME ZONE o.zone AS until) m
WHERE c.laid_at < m.until AND c.suspended_at IS NULL AND NOT c.stage = ANY (%(unreported)s)
  AND NOT EXISTS (SELECT FROM public.desk_servicereportitem i
    WHERE i.customer_id = c.id AND i.month = m.first)
ON CONFLICT (customer_id, kind, row_id) DO NOTHING
"""
