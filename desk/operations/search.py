"""Finding tickets over all customers one may serve: lexemes in public, words in the schemas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import User
from customers.models import Customer
from desk.models import SearchDocument
from desk.segmenting import lexemes, tsquery

LIMIT = 50
LONGEST_ASKED = 4000
"""So many letters of the first words weigh as what was asked; the rest is only found."""
NEWEST = 1000
"""So many documents are looked through by their age: a common word fills a page from them alone."""

_SERVED = """
  SELECT id FROM public.customers_customer
  WHERE laid_at IS NOT NULL AND suspended_at IS NULL
    AND (%(all)s OR team_id IS NULL OR team_id = ANY (%(teams)s))
"""
_FOUND = f"""
WITH near AS MATERIALIZED (
  SELECT id FROM (
    SELECT id, customer_id, lexemes, updated_at FROM public.desk_searchdocument
    ORDER BY updated_at DESC LIMIT %(newest)s) newest
  WHERE lexemes @@ to_tsquery('simple', %(asked)s) AND customer_id IN ({_SERVED})
  ORDER BY updated_at DESC LIMIT %(limit)s),
matching AS MATERIALIZED (
  SELECT id, customer_id, updated_at FROM public.desk_searchdocument
  WHERE lexemes @@ to_tsquery('simple', %(asked)s)
    AND (SELECT count(*) FROM near) < %(limit)s)
SELECT id FROM near
UNION
(SELECT id FROM matching WHERE customer_id IN ({_SERVED}) ORDER BY updated_at DESC LIMIT %(limit)s)
"""


def put_document(
    *,
    customer: Customer,
    ticket_id: int,
    number: int,
    subject: str,
    kind: str,
    state: str,
    asked: str = "",
    text: str,
    now: datetime,
) -> None:
    """Make or renew what can be found of a ticket; only lexemes of what is given are kept.

    `asked` are the customer's first words, `text` all others, both plain. Lexemes of the subject
    weigh A, those asked B: by them tickets are compared (`product.operations.similar`).
    """
    table = connection.ops.quote_name(SearchDocument._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO public.{table} AS d (customer_id, ticket_id, number, subject, kind, state,
              lexemes, version, updated_at)
            VALUES (%s, %s, %s, %s, %s, %s, setweight(to_tsvector('simple', %s), 'A')
              || setweight(to_tsvector('simple', %s), 'B') || to_tsvector('simple', %s), 1, %s)
            ON CONFLICT (customer_id, ticket_id) DO UPDATE SET subject = excluded.subject,
              kind = excluded.kind, state = excluded.state, lexemes = excluded.lexemes,
              version = d.version + 1, updated_at = excluded.updated_at
            """,
            [
                customer.pk,
                ticket_id,
                number,
                subject,
                kind,
                state,
                lexemes(subject),
                lexemes(asked[:LONGEST_ASKED]),
                lexemes(asked[LONGEST_ASKED:] + "\n" + text),
                now,
            ],
        )


def search(*, user: User, text: str, limit: int = LIMIT) -> list[SearchDocument]:
    """Tickets of open customers this person may serve that hold all the words, newest first.

    Ids are fetched first, in an order the planner can't change: it takes a rare word for a common
    one and reads the whole table. Documents come without their lexemes.
    """
    asked = tsquery(text)
    if not asked:
        return []
    given: dict[str, Any] = {
        "asked": asked,
        "newest": NEWEST,
        "limit": limit,
        "all": user.serves_all,
        "teams": [] if user.serves_all else sorted(user.team_ids()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, given)
        ids = [pk for (pk,) in cursor.fetchall()]
    found = SearchDocument.objects.filter(pk__in=ids).select_related("customer").defer("lexemes")
    return list(found.order_by("-updated_at")[:limit])
