"""Which tickets keep which terms, over all customers: their handlings say so, in each schema."""

from __future__ import annotations

from django.db import connection

from customers.models import Customer
from tickets.models import Handling

AT_ONCE = 100  # schemas in one question: each takes locks of its own


def held_by(*, terms_id: int) -> int:
    """How many tickets at open customers were last judged by these terms."""
    live = Customer.objects.live().order_by("pk")
    schemas = [str(name) for name in live.values_list("schema_name", flat=True)]
    return sum(
        _held(terms_id, schemas[first : first + AT_ONCE])
        for first in range(0, len(schemas), AT_ONCE)
    )


def _held(terms_id: int, schemas: list[str]) -> int:
    quote, table = connection.ops.quote_name, Handling._meta.db_table
    counts = " UNION ALL ".join(
        f"SELECT count(*) AS n FROM {quote(schema)}.{quote(table)} WHERE terms_id = %s"  # noqa: S608  names of ours
        for schema in schemas
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sum(n) FROM ({counts}) AS counted",  # noqa: S608  from above
            [terms_id] * len(schemas),
        )
        return int(cursor.fetchone()[0])
