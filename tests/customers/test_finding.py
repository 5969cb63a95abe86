"""How triggers find the customer of their schema."""

import pytest
from django.db import connection

from customers.models import Customer


@pytest.mark.django_db
def test_a_schemas_customer_is_found_by_an_index(acme: Customer) -> None:
    """A trigger's TG_TABLE_SCHEMA is a `name`: for it the unique constraint's index is no use."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM public.customers_customer WHERE schema_name = %s::name",
            [acme.schema_name],
        )
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert "Scan" in plan
    assert "customer_by_schema_name" in plan
    assert "Seq Scan" not in plan
