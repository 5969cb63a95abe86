"""Comparing what public rows show over all customers with the rows of a customer they copy."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from customers.models import Customer

CLOCK_COLUMNS = (
    "started_at, target, due_at, soon_at, stands, ended_at, reason, is_provisional, spans, staff_id"
)
ASK_COLUMNS = "ticket_id, department_id, owner_id, asked_by_id, asked_at, due_at, ended_at"


REPORT_COLUMNS = "number, contact_id, told_id"
ASKER_COLUMNS = "name, role, language, time_zone, is_active, news_by_mail, quiet_from, quiet_until"

_TICKET = "(SELECT number FROM tickets_ticket t WHERE t.id = lone.ticket_id)"


@dataclass(frozen=True)
class Items:
    """A public table that copies rows of the customer's schema; `key` tells its rows apart.

    `number`: the ticket that one of them, `lone`, is about, in SQL. `more`: columns that only a row
    made anew is given, each with its value. `truth` may ask for `%(customer)s`.
    """

    noun: str
    table: str
    key: str
    columns: str
    truth: str
    number: str = _TICKET
    more: tuple[tuple[str, str], ...] = ()


_ITEMS = [
    Items(
        "clock",
        "desk_clockitem",
        "ticket_id, kind, seq",
        CLOCK_COLUMNS,
        f"SELECT ticket_id, kind, seq, {CLOCK_COLUMNS} FROM tickets_clock",  # noqa: S608  ours
    ),
    Items(
        "ask",
        "desk_askitem",
        "ask_id",
        ASK_COLUMNS,
        "SELECT id AS ask_id, ticket_id, department_id, owner_id, asked_by_id, asked_at, due_at,"
        " coalesce(answered_at, withdrawn_at) AS ended_at FROM tickets_ask",
        more=(("is_told_late", "false"),),
    ),
    Items(
        "report",
        "product_reportitem",
        "ticket_id, problem_id",
        REPORT_COLUMNS,
        "SELECT r.ticket_id, coalesce(p.merged_into_id, p.id) AS problem_id, t.number,"
        " t.requester_id AS contact_id, max(r.told_id) AS told_id, min(r.linked_at) AS linked_at"
        " FROM tickets_report r JOIN tickets_ticket t ON t.id = r.ticket_id"
        " JOIN public.product_problem p ON p.id = r.problem_id GROUP BY 1, 2, 3, 4",
        more=(("linked_at", "linked_at"),),
    ),
    # Who asked once may stay there when the ticket was taken from its problem.
    Items(
        "asker",
        "product_asker",
        "contact_id",
        ASKER_COLUMNS,
        f"SELECT id AS contact_id, {ASKER_COLUMNS} FROM tickets_contact c"  # noqa: S608  ours
        " WHERE EXISTS (SELECT FROM tickets_report r JOIN tickets_ticket t ON t.id = r.ticket_id"
        " WHERE t.requester_id = c.id) OR EXISTS (SELECT FROM public.product_asker a"
        " WHERE a.customer_id = %(customer)s AND a.contact_id = c.id)",
        number="(SELECT min(number) FROM tickets_ticket t WHERE t.requester_id = lone.contact_id)",
    ),
    Items(
        "contact",
        "desk_contactitem",
        "contact_id",
        "digest",
        "SELECT id AS contact_id, encode(sha256(convert_to(lower(email), 'UTF8')), 'hex') AS digest"
        " FROM tickets_contact WHERE is_active",
        number="0",
    ),
]

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
FROM (SELECT lone.*, {number} AS of_number FROM lone) numbered
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


def compare_also(items: Items) -> None:
    """Have a table of an app above compared and mended with the others; told once, at start."""
    if items not in _ITEMS:
        _ITEMS.append(items)


def item_differences(*, customer: Customer) -> list[tuple[int, str]]:
    """Number of the ticket, and how many of its rows are shown otherwise over all customers."""
    found = []
    for items in _ITEMS:
        for number, count, how in _rows(_DIFFERENCES, items, customer):
            found.append((number or 0, f"{count} {items.noun}s are {how} over all customers"))
    return found


def mend_items(*, customer: Customer) -> None:
    """Have what is shown over all customers be as the open customer's rows are."""
    for items in _ITEMS:
        _run(_STRAYS, items, customer)
        _run(_MEND, items, customer)


def _rows(sql: str, items: Items, customer: Customer) -> list[tuple[int, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_filled(sql, items), {"customer": customer.pk})
        return list(cursor.fetchall())


def _run(sql: str, items: Items, customer: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_filled(sql, items), {"customer": customer.pk})


def _filled(sql: str, items: Items) -> str:
    names = [name.strip() for name in items.columns.split(",")]
    return sql.format(
        truth=items.truth,
        table=items.table,
        key=items.key,
        columns=items.columns,
        excluded=", ".join(f"excluded.{name}" for name in names),
        own=", ".join(f"s.{name}" for name in names),
        more="".join(f", {name}" for name, _value in items.more),
        defaults="".join(f", {value}" for _name, value in items.more),
        number=items.number,
    )
