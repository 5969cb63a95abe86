"""Comparing what the desk shows of clocks and asks over all customers with the rows it copies."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from customers.models import Customer

CLOCK_COLUMNS = (
    "started_at, target, due_at, soon_at, stands, ended_at, reason, is_provisional, spans, staff_id"
)
ASK_COLUMNS = "ticket_id, department_id, owner_id, asked_by_id, asked_at, due_at, ended_at"


@dataclass(frozen=True)
class _Items:
    """A public table that copies rows of the customer's schema; `key` tells its rows apart."""

    noun: str
    table: str
    key: str
    columns: str
    truth: str


_ITEMS = (
    _Items(
        "clock",
        "desk_clockitem",
        "ticket_id, kind, seq",
        CLOCK_COLUMNS,
        f"SELECT ticket_id, kind, seq, {CLOCK_COLUMNS} FROM tickets_clock",  # noqa: S608  ours
    ),
    _Items(
        "ask",
        "desk_askitem",
        "ask_id",
        ASK_COLUMNS,
        "SELECT id AS ask_id, ticket_id, department_id, owner_id, asked_by_id, asked_at, due_at,"
        " coalesce(answered_at, withdrawn_at) AS ended_at FROM tickets_ask",
    ),
)

_DIFFERENCES = """
WITH truth AS ({truth}),
shown AS (SELECT {key}, {columns} FROM public.{table} WHERE customer_id = %(customer)s),
lone AS (
  (SELECT 'missing' AS how, truth.* FROM (SELECT {key}, {columns} FROM truth) truth
    EXCEPT ALL SELECT 'missing', shown.* FROM shown)
  UNION ALL
  (SELECT 'shown', shown.* FROM shown
    EXCEPT ALL SELECT 'shown', truth.* FROM (SELECT {key}, {columns} FROM truth) truth))
SELECT of_number, count(DISTINCT ({key})), CASE min(how) || max(how)
  WHEN 'missingmissing' THEN 'missing' WHEN 'shownshown' THEN 'shown without a row'
  ELSE 'shown otherwise' END
FROM (SELECT lone.*, (SELECT number FROM tickets_ticket t WHERE t.id = lone.ticket_id) AS of_number
  FROM lone) numbered
GROUP BY of_number ORDER BY of_number
"""

_STRAYS = """
WITH truth AS ({truth})
DELETE FROM public.{table} s WHERE s.customer_id = %(customer)s
  AND ({key}) NOT IN (SELECT {key} FROM truth)
"""

_MEND = """
WITH truth AS ({truth})
INSERT INTO public.{table} AS s (customer_id, {key}, {columns}{more})
SELECT %(customer)s, {key}, {columns}{defaults} FROM truth
ON CONFLICT (customer_id, {key}) DO UPDATE SET ({columns}) = ROW ({excluded})
WHERE ({own}) IS DISTINCT FROM ({excluded})
"""


def item_differences(*, customer: Customer) -> list[tuple[int, str]]:
    """Number of the ticket, and how many of its clocks or asks the desk shows otherwise."""
    found = []
    for items in _ITEMS:
        for number, count, how in _rows(_DIFFERENCES, items, customer):
            found.append((number or 0, f"{count} {items.noun}s are {how} over all customers"))
    return found


def mend_items(*, customer: Customer) -> None:
    """Have the desk show the open customer's clocks and asks as their rows are."""
    for items in _ITEMS:
        _run(_STRAYS, items, customer)
        _run(_MEND, items, customer)


def _rows(sql: str, items: _Items, customer: Customer) -> list[tuple[int, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_filled(sql, items), {"customer": customer.pk})
        return list(cursor.fetchall())


def _run(sql: str, items: _Items, customer: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_filled(sql, items), {"customer": customer.pk})


def _filled(sql: str, items: _Items) -> str:
    names = [name.strip() for name in items.columns.split(",")]
    is_ask = items.noun == "ask"
    return sql.format(
        truth=items.truth,
        table=items.table,
        key=items.key,
        columns=items.columns,
        excluded=", ".join(f"excluded.{name}" for name in names),
        own=", ".join(f"s.{name}" for name in names),
        more=", is_told_late" if is_ask else "",
        defaults=", false" if is_ask else "",
    )
