"""Comparing what is derived with the truth it was derived from, customer by customer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from customers.models import Customer
from desk.models import Due, QueueItem, SearchDocument
from desk.operations.forgetting import SETTLED_FOR
from tickets.models import Ticket
from tickets.operations.orphans import orphans
from tickets.operations.storing import path_of
from tickets.operations.verifying_clocks import clock_differences, mend_clocks
from tickets.operations.verifying_items import item_differences, mend_items

QUEUE_COLUMNS = (
    "number, subject, kind, state, priority, is_vip, requester_name, owner_id, next_due_at,"
    " next_due_kind, due_since, is_judged, last_side, opened_at, updated_at, settled_at"
)

TRUE_QUEUE = """
  SELECT t.id AS ticket_id, t.number, t.subject, t.kind, t.state, h.priority, c.is_vip,
    p.name AS requester_name, h.owner_id, h.next_due_at, h.next_due_kind, h.due_since,
    h.judged_at IS NOT NULL AS is_judged, h.last_side, t.opened_at, t.updated_at, t.settled_at
  FROM tickets_ticket t
  JOIN tickets_handling h ON h.ticket_id = t.id
  JOIN tickets_contact p ON p.id = t.requester_id
  JOIN public.customers_customer c ON c.id = %(customer)s
"""

QUEUE_DIFFERENCES = f"""
WITH truth AS ({TRUE_QUEUE}),
shown AS (SELECT ticket_id, {QUEUE_COLUMNS} FROM public.desk_queueitem
          WHERE customer_id = %(customer)s)
SELECT coalesce(t.ticket_id, s.ticket_id), coalesce(t.number, s.number),
  CASE WHEN s.ticket_id IS NULL THEN 'missing in the queue'
       WHEN t.ticket_id IS NULL THEN 'in the queue without a ticket'
       ELSE 'differs in the queue' END
FROM truth t FULL JOIN shown s ON s.ticket_id = t.ticket_id
WHERE (s.ticket_id IS NULL AND (t.settled_at IS NULL OR t.settled_at >= %(kept_from)s))
   OR t.ticket_id IS NULL
   OR (s.ticket_id IS NOT NULL AND to_jsonb(t) <> to_jsonb(s))
ORDER BY 2
"""

NUMBER_DIFFERENCES = """
SELECT expected FROM generate_series(1, (SELECT last_number FROM tickets_counter
  UNION ALL SELECT 0 ORDER BY 1 DESC LIMIT 1)) AS expected
FULL JOIN tickets_ticket t ON t.number = expected
WHERE t.id IS NULL OR expected IS NULL
"""

CHAIN_DIFFERENCES = """
WITH rows AS (
  SELECT 'tickets_entry' AS place, ticket_id, seq, salt, digest, link, body, written_at,
    to_jsonb(e) AS said FROM tickets_entry e
  UNION ALL
  SELECT 'tickets_note', ticket_id, seq, salt, digest, link, body, written_at,
    to_jsonb(n) FROM tickets_note n),
linked AS (
  SELECT *, coalesce(lag(link) OVER trail, '\\x00'::bytea) AS before,
    row_number() OVER trail AS expected,
    row_number() OVER (PARTITION BY ticket_id ORDER BY seq DESC) AS from_end
  FROM rows WINDOW trail AS (PARTITION BY ticket_id ORDER BY seq))
SELECT t.number, min(l.seq) FROM linked l
JOIN tickets_ticket t ON t.id = l.ticket_id
LEFT JOIN tickets_head h ON h.ticket_id = l.ticket_id
WHERE l.seq <> l.expected
   OR l.digest <> sha256(l.salt || convert_to(l.body, 'UTF8'))
   OR l.link <> sd.link_1(l.before, l.place, l.said, l.written_at, l.digest)
   OR (l.from_end = 1 AND (h.head IS DISTINCT FROM l.link OR h.seq IS DISTINCT FROM l.seq))
GROUP BY t.number ORDER BY t.number
"""

SEARCH_DIFFERENCES = """
SELECT coalesce(t.number, d.number),
  CASE WHEN d.id IS NULL THEN 'missing in the search'
       WHEN t.id IS NULL THEN 'in the search without a ticket'
       ELSE 'differs in the search' END
FROM tickets_ticket t
FULL JOIN (SELECT * FROM public.desk_searchdocument WHERE customer_id = %(customer)s) d
  ON d.ticket_id = t.id
WHERE t.id IS NULL OR (
  (d.id IS NULL
    OR (t.number, t.subject, t.kind, t.state) <> (d.number, d.subject, d.kind, d.state))
  AND NOT EXISTS (SELECT 1 FROM public.desk_due q
    WHERE q.customer_id = %(customer)s AND q.kind = 'judge' AND q.row_id = t.id))
ORDER BY 1
"""


FILES = """
SELECT t.number, a.name FROM tickets_attachment a
JOIN tickets_entry e ON e.id = a.entry_id JOIN tickets_ticket t ON t.id = e.ticket_id
UNION ALL
SELECT t.number, f.name FROM tickets_internalfile f
LEFT JOIN tickets_note n ON n.id = f.note_id LEFT JOIN tickets_pending p ON p.id = f.pending_id
JOIN tickets_ticket t ON t.id = coalesce(n.ticket_id, p.ticket_id)
ORDER BY 1
"""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be; a projection can be mended, the truth cannot."""

    customer: str
    what: str
    number: int
    is_projection: bool


def verify(*, customer: Customer, now: datetime) -> list[Difference]:
    """Compare queue, search, clocks, numbers, chains, orphans and files of the open customer.

    Changes nothing.
    """
    asked: dict[str, Any] = {"customer": customer.pk, "kept_from": now - SETTLED_FOR}
    return [
        *(
            Difference(customer.code, what, number, True)
            for _ticket, number, what in _rows(QUEUE_DIFFERENCES, asked)
        ),
        *(
            Difference(customer.code, what, number, True)
            for number, what in _rows(SEARCH_DIFFERENCES, asked)
        ),
        *(
            Difference(customer.code, what, number, mends)
            for number, what, mends in clock_differences(customer=customer, now=now)
        ),
        *(
            Difference(customer.code, what, number, True)
            for number, what in item_differences(customer=customer)
        ),
        *(
            Difference(customer.code, "number is missing or not the counter's", number or 0, False)
            for (number,) in _rows(NUMBER_DIFFERENCES, asked)
        ),
        *(
            Difference(customer.code, f"chain is broken at {seq}", number, False)
            for number, seq in _rows(CHAIN_DIFFERENCES, asked)
        ),
        *(
            Difference(customer.code, what, number, False)
            for number, what in _rows(orphans(), asked)
        ),
        *(
            Difference(customer.code, f"{count} attached files are missing on the disk", n, False)
            for n, count in _lost_files().items()
        ),
    ]


def _lost_files() -> Counter[int]:
    """How many files of each ticket, by number, are not in the open customer's folder."""
    folder = path_of("")
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return Counter(number for number, name in _rows(FILES, {}) if name not in there)


@transaction.atomic
def repair(*, customer: Customer, now: datetime) -> None:
    """Make the projections of the open customer anew: search by the judge, all else at once.

    Clocks come first, for the queue and the desk copy them.
    """
    mend_clocks(customer=customer, now=now)
    mend_items(customer=customer)
    QueueItem.objects.filter(customer=customer).exclude(
        ticket_id__in=Ticket.objects.values("pk")
    ).delete()
    SearchDocument.objects.filter(customer=customer).exclude(
        ticket_id__in=Ticket.objects.values("pk")
    ).delete()
    asked: dict[str, Any] = {"customer": customer.pk, "kept_from": now - SETTLED_FOR}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH truth AS ({TRUE_QUEUE})
            INSERT INTO public.desk_queueitem AS q
              (customer_id, ticket_id, {QUEUE_COLUMNS}, version)
            SELECT %(customer)s, ticket_id, {QUEUE_COLUMNS}, 1 FROM truth
            WHERE settled_at IS NULL OR settled_at >= %(kept_from)s
              OR ticket_id IN (SELECT ticket_id FROM public.desk_queueitem
                               WHERE customer_id = %(customer)s)
            ON CONFLICT (customer_id, ticket_id) DO UPDATE SET
              ({QUEUE_COLUMNS}, version) = (SELECT {_excluded()}, q.version + 1)
            """,
            asked,
        )
    right = SearchDocument.objects.filter(
        customer=customer,
        ticket_id=OuterRef("pk"),
        number=OuterRef("number"),
        subject=OuterRef("subject"),
        kind=OuterRef("kind"),
        state=OuterRef("state"),
    )
    wrong = Ticket.objects.exclude(Exists(right))
    Due.objects.bulk_create(
        [
            Due(customer=customer, kind=Due.Kind.JUDGE, row_id=ticket_id, due_at=now)
            for ticket_id in wrong.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )


def _excluded() -> str:
    return ", ".join(f"excluded.{column.strip()}" for column in QUEUE_COLUMNS.split(","))


def _rows(sql: str, asked: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        yield from cursor.fetchall()
