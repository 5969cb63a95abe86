"""Many tickets quickly: rows by SQL, through the triggers that every row goes through."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

from django.db import connection

from customers.inside import schema_of
from customers.models import Customer
from customers.operations import lay
from tests.cast import NINE, days, make_contact

_TICKETS = """
INSERT INTO tickets_ticket (subject, kind, state, channel, requester_id, opened_at, updated_at)
SELECT 'Question ' || n, 'question', 'new', 'portal', (SELECT min(id) FROM tickets_contact),
  %(now)s::timestamptz + n * interval '1 minute', %(now)s::timestamptz + n * interval '1 minute'
FROM generate_series(1, %(tickets)s) AS n
"""

_ENTRIES = """
INSERT INTO tickets_entry
  (ticket_id, kind, author_kind, author_name, contact_id, staff_id, body, written_at)
SELECT t.id, k.kind, k.author, k.author, CASE WHEN k.author = 'contact' THEN t.requester_id END,
  CASE WHEN k.author = 'staff' THEN %(staff)s::bigint END,
  '<p>' || repeat('What was said, 说过的话. ', 10 + (t.number %% 20)::int) || '</p>',
  t.opened_at + k.after
FROM tickets_ticket t
CROSS JOIN (VALUES ('question', 'contact', interval '0'), ('reply', 'staff', interval '5 min'),
  ('message', 'contact', interval '9 min')) AS k (kind, author, after)
ORDER BY t.id, k.after
"""

_NOTES = """
INSERT INTO tickets_note
  (ticket_id, kind, author_name, staff_id, body, field, old, new, written_at)
SELECT id, 'note', 'Ada Lind', %(staff)s, 'Seen before', '', '', '', opened_at FROM tickets_ticket
WHERE number %% 4 = 0
"""

_SEARCH = """
INSERT INTO public.desk_searchdocument
  (customer_id, ticket_id, number, subject, kind, state, lexemes, version, updated_at)
SELECT %(customer)s, id, number, subject, kind, state, to_tsvector('simple', subject), 1, updated_at
FROM tickets_ticket
"""

_OUTBOX = """
INSERT INTO public.desk_outboxitem (customer_id, key, kind, row, contact_id, not_before, state,
  attempts, claimed_by, last_error, created_at, sent_at)
SELECT %(customer)s, 'c' || %(customer)s || ':entry:' || id, 'entry', id::text, 1, written_at,
  'sent', 1, '', '', written_at, written_at FROM tickets_entry WHERE kind = 'reply'
"""


def lay_full(*, code: str, tickets: int, files: int, media: Path, staff: int) -> Customer:
    """A customer with so many tickets of three entries each, and files of 20 kB beside them."""
    customer = lay(code=code, name=code.title(), now=NINE - days(60))
    asked: dict[str, Any] = {"tickets": tickets, "staff": staff, "customer": customer.pk}
    asked["now"] = NINE
    with schema_of(customer), connection.cursor() as cursor:
        make_contact(name="Ina Iversen", email=f"ina@{code}.test")
        for sql in (_TICKETS, _ENTRIES, _NOTES, _SEARCH, _OUTBOX):
            cursor.execute(sql, asked)
        _attach(customer, media, files)
    return customer


def _attach(customer: Customer, media: Path, files: int) -> None:
    chance = random.Random(7)  # noqa: S311  the same files every time, no secrets
    folder = media / str(customer.schema_name)
    folder.mkdir(parents=True)
    rows = []
    for number in range(files):
        content = chance.randbytes(20_000)
        name = hashlib.sha256(content).hexdigest()[:32]
        (folder / name).write_bytes(content)
        rows.append((number, name))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO tickets_attachment"
            " (entry_id, name, filename, content_type, size, stored_at)"
            " SELECT id, %s, 'a.bin', 'application/octet-stream', 20000, written_at"
            " FROM tickets_entry ORDER BY id LIMIT 1 OFFSET %s",
            [(name, number) for number, name in rows],
        )
