"""Which tickets are about the same, over all customers: by their lexemes in public alone.

What the customer asked is told apart in `desk.SearchDocument` by weights of its lexemes: A its
subject, B its first words. No text is read, no schema is opened.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import User
from customers.models import Customer
from desk.models import SearchDocument
from product import likeness
from product.models import MeetingItem, Problem, ReportItem

LOOKED_THROUGH = 300
"""Documents compared with one ticket: those that share its rarest words, the newest of them."""

ASKED_BY = 12
"""So many of its rarest words find them."""

NEAR = 0.15
"""Less alike is not shown."""

Key = tuple[int, int]
"""Customer's and ticket's id."""

_PLAIN = re.compile(r"\w+")


@dataclass(frozen=True)
class Similar:
    """A ticket like another, how much (0 to 1), and the problem it belongs to, if any."""

    customer: Customer
    ticket_id: int
    number: int
    subject: str
    state: str
    score: float
    problem: Problem | None


def similar(*, user: User, customer_id: int, ticket_id: int, limit: int = 5) -> list[Similar]:
    """Tickets like this one at open customers this person may serve, the likest first.

    Five questions to the database. None while the ticket is not in the search yet.
    """
    own = _bags([(customer_id, ticket_id)])
    if not own:
        return []
    mine = own[customer_id, ticket_id]
    frequent, total = _frequencies()
    asked = _rarest(mine, frequent)
    keys = [key for key in _near(user, asked) if key != (customer_id, ticket_id)]
    bags = _bags(keys)
    order = [key for key in keys if key in bags]
    words = {word for key in order for word in bags[key]} | set(mine)
    found_in = {word: max(1, round(frequent.get(word, 0.0) * total)) for word in words}
    vectors = likeness.weighed([mine, *(bags[key] for key in order)], found_in=found_in, of=total)
    scores = {
        key: likeness.likeness(vectors[0], other)
        for key, other in zip(order, vectors[1:], strict=True)
    }
    best = sorted((key for key in order if scores[key] >= NEAR), key=lambda key: -scores[key])
    return _shown(best[:limit], scores)


def clusters(items: Iterable[MeetingItem]) -> dict[int, int]:
    """Which lines of a list belong together: the group's number by item id, 0 for none.

    Lines that are problems are left alone. About 1 ms of the processor a line (4,326: 4 s), so a
    page leaves it to the worker.
    """
    rows = list(items)
    bags = _bags([(row.customer_id or 0, row.ticket_id or 0) for row in rows if row.ticket_id])
    known = [row for row in rows if (row.customer_id, row.ticket_id) in bags]
    vectors = likeness.weighed([bags[row.customer_id or 0, row.ticket_id or 0] for row in known])
    found = likeness.groups(len(known), likeness.alike(vectors))
    return {row.pk: 0 for row in rows} | {
        row.pk: group for row, group in zip(known, found, strict=True)
    }


_BAGS = """
SELECT d.customer_id, d.ticket_id, w.lexeme,
  cardinality(array_positions(w.weights, 'A')), cardinality(array_positions(w.weights, 'B'))
FROM unnest(%s::bigint[], %s::bigint[]) AS asked (customer_id, ticket_id)
JOIN public.desk_searchdocument d USING (customer_id, ticket_id),
  unnest(ts_filter(d.lexemes, '{a,b}')) AS w
"""


def _bags(keys: Sequence[Key]) -> dict[Key, dict[str, float]]:
    """What was asked at these tickets, as bags of words."""
    subjects: dict[Key, dict[str, int]] = defaultdict(dict)
    bodies: dict[Key, dict[str, int]] = defaultdict(dict)
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(_BAGS, [[key[0] for key in keys], [key[1] for key in keys]])
            for customer_id, ticket_id, word, in_subject, in_body in cursor.fetchall():
                if in_subject:
                    subjects[customer_id, ticket_id][word] = in_subject
                if in_body:
                    bodies[customer_id, ticket_id][word] = in_body
    found = {*subjects, *bodies}
    return {key: likeness.bag(subjects.get(key, {}), bodies.get(key, {})) for key in found}


_FREQUENT = """
SELECT most_common_elems::text::text[], most_common_elem_freqs,
  greatest((SELECT reltuples FROM pg_class WHERE oid = 'public.desk_searchdocument'::regclass), 0)
FROM pg_stats WHERE schemaname = 'public' AND tablename = 'desk_searchdocument'
  AND attname = 'lexemes'
"""


def _frequencies() -> tuple[dict[str, float], int]:
    """The share of all documents that have a word, of the common ones; and how many there are.

    From the planner's statistics: counting them would read every document.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FREQUENT)
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return {}, max(1000, int(row[2]) if row else 0)
    return dict(zip(row[0], row[1], strict=False)), max(1000, int(row[2]))


def _rarest(mine: likeness.Bag, frequent: dict[str, float]) -> list[str]:
    """The words that tell most of it: rare ones, longer ones first among those."""
    telling = [word for word in mine if _PLAIN.fullmatch(word)]
    order = sorted(telling, key=lambda word: (frequent.get(word, 0.0), -mine[word], -len(word)))
    return order[:ASKED_BY]


_NEAR = """
SELECT d.customer_id, d.ticket_id FROM public.desk_searchdocument d
JOIN public.customers_customer c ON c.id = d.customer_id
WHERE d.lexemes @@ to_tsquery('simple', %(asked)s)
  AND c.laid_at IS NOT NULL AND c.suspended_at IS NULL
  AND (%(all)s OR c.team_id IS NULL OR c.team_id = ANY (%(teams)s))
ORDER BY d.updated_at DESC LIMIT %(limit)s
"""


def _near(user: User, asked: Sequence[str]) -> list[Key]:
    """Documents that share one of these words in what was asked."""
    if not asked:
        return []
    given: dict[str, Any] = {
        "asked": " | ".join(f"{word}:AB" for word in asked),
        "all": user.serves_all,
        "teams": [] if user.serves_all else sorted(user.team_ids()),
        "limit": LOOKED_THROUGH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, given)
        return [(customer_id, ticket_id) for customer_id, ticket_id in cursor.fetchall()]


def _shown(keys: Sequence[Key], scores: dict[Key, float]) -> list[Similar]:
    documents = SearchDocument.objects.filter(
        customer__in=[key[0] for key in keys], ticket_id__in=[key[1] for key in keys]
    ).select_related("customer")
    rows = {(row.customer_id, row.ticket_id): row for row in documents.defer("lexemes")}
    reports = ReportItem.objects.filter(
        customer__in=[key[0] for key in keys], ticket_id__in=[key[1] for key in keys]
    ).select_related("problem__owner")
    problems = {(row.customer_id, row.ticket_id): row.problem for row in reports.order_by("pk")}
    return [
        Similar(
            customer=rows[key].customer,
            ticket_id=key[1],
            number=rows[key].number,
            subject=rows[key].subject,
            state=rows[key].state,
            score=scores[key],
            problem=problems.get(key),
        )
        for key in keys
    ]
