"""Finding tickets over all customers one may serve: lexemes in public, words in the schemas."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db import connection

from accounts.models import User
from customers.models import Customer
from desk.models import SearchDocument
from desk.segmenting import lexemes, tsquery

LIMIT = 50


def put_document(
    *,
    customer: Customer,
    ticket_id: int,
    number: int,
    subject: str,
    kind: str,
    state: str,
    text: str,
    now: datetime,
) -> None:
    """Make or renew what can be found of a ticket. `text` is plain; only its lexemes are kept."""
    table = connection.ops.quote_name(SearchDocument._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO public.{table} AS d (customer_id, ticket_id, number, subject, kind, state,
              lexemes, version, updated_at)
            VALUES (%s, %s, %s, %s, %s, %s, to_tsvector('simple', %s), 1, %s)
            ON CONFLICT (customer_id, ticket_id) DO UPDATE SET subject = excluded.subject,
              kind = excluded.kind, state = excluded.state, lexemes = excluded.lexemes,
              version = d.version + 1, updated_at = excluded.updated_at
            """,
            [customer.pk, ticket_id, number, subject, kind, state, lexemes(text), now],
        )


def search(*, user: User, text: str, limit: int = LIMIT) -> list[SearchDocument]:
    """Tickets of open customers this person may serve that hold all the words, newest first.

    Ids are fetched first: a rare word is over-estimated and would fall into a table scan.
    """
    asked = tsquery(text)
    if not asked:
        return []
    found = SearchDocument.objects.filter(
        lexemes=SearchQuery(asked, config="simple", search_type="raw")
    )
    served = Customer.objects.live().served_by(user)
    ids = list(
        found.filter(customer__in=served)
        .order_by("-updated_at")
        .values_list("pk", flat=True)[:limit]
    )
    return list(
        SearchDocument.objects.filter(pk__in=ids).select_related("customer").order_by("-updated_at")
    )
