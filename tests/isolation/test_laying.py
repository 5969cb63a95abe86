"""A customer laid today equals one that was laid long ago and migrated since."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from customers.inside import schema_of
from customers.models import Customer
from customers.operations import lay, laying, migrate
from customers.operations.planning import Step, plan
from customers.roles import customer_zone, role_name
from tests.cast import NINE, make_contact_of_then, make_ticket
from tickets.models import Ticket

CATALOGS = {
    "columns": """
        SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
          a.attidentity, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = %s::regnamespace AND NOT a.attisdropped""",
    "constraints": """
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.connamespace = %s::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s",
    "triggers": """
        SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = %s::regnamespace AND NOT t.tgisinternal""",
    "rights": """
        SELECT c.relname, c.relkind, c.relacl::text, pg_get_userbyid(c.relowner)
        FROM pg_class c WHERE c.relnamespace = %s::regnamespace""",
    "rights on columns": """
        SELECT c.relname, a.attname, a.attacl::text FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = %s::regnamespace AND a.attacl IS NOT NULL""",
    "rights on the schema": "SELECT nspacl::text FROM pg_namespace WHERE nspname = %s",
}


def _catalogs(customer: Customer) -> dict[str, list[Any]]:
    """What PostgreSQL knows of the schema, with the customer's own names taken out."""
    schema, role = str(customer.schema_name), role_name(customer_zone(customer.pk))
    found = {}
    with connection.cursor() as cursor:
        for name, sql in CATALOGS.items():
            cursor.execute(sql, [schema])
            rows = [repr(row).replace(role, "OWN").replace(schema, "HOME") for row in cursor]
            found[name] = sorted(rows)
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = %s", [role])
        found["login"] = cursor.fetchall()[0:0]
        cursor.execute(
            "SELECT rolconfig::text, rolconnlimit, rolcanlogin, rolsuper, rolcreaterole,"
            " rolinherit, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = %s",
            [role],
        )
        found["login"] = [repr(row).replace(schema, "HOME") for row in cursor]
    return found


@pytest.fixture
def laid(db: None) -> Customer:
    return lay(code="laid", name="Laid", now=NINE)


def _laid_at_the_first_step(monkeypatch: pytest.MonkeyPatch, code: str) -> Customer:
    first: tuple[Step, ...] = plan()[:1]
    with monkeypatch.context() as long_ago:
        long_ago.setattr(laying, "plan", lambda: first)
        long_ago.setattr(laying, "grant_customer", lambda _customer: None)
        customer = lay(code=code, name=code.title(), now=NINE)
    with schema_of(customer), connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        assert cursor.fetchall() == [(first[0].app, first[0].name)]
    return customer


def test_laid_equals_migrated(laid: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    old = _laid_at_the_first_step(monkeypatch, "migrated")
    behind = dict(laying.lagging())
    assert list(behind) == [old]
    assert _catalogs(old) != _catalogs(laid)

    migrate(customer=old, missing=behind[old])

    assert laying.lagging() == []
    assert _catalogs(old) == _catalogs(laid)


def test_catalogs_hold_what_they_should(laid: Customer) -> None:
    found = _catalogs(laid)
    assert len(found["columns"]) > 80
    assert len(found["triggers"]) >= 14
    assert len(found["constraints"]) > 40
    assert all(found.values())


def test_a_customer_half_migrated_keeps_its_rows(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    old = _laid_at_the_first_step(monkeypatch, "old")
    with schema_of(old):
        make_contact_of_then(name="Ola", email="ola@old.test")

    migrate(customer=old, missing=plan()[1:])

    with schema_of(old):
        assert make_ticket().requester.name == "Ola"
        assert Ticket.objects.get().number == 1


@pytest.mark.parametrize("code", ["Acme2", "a b", "", "-x", "x" * 25, "desk", "a.b", 'a";--'])
def test_a_code_that_cannot_be_a_host_name_lays_nothing(db: None, code: str) -> None:
    before = Customer.objects.count()
    with pytest.raises(laying.ImpossibleCode):
        lay(code=code, name="X", now=NINE)
    assert Customer.objects.count() == before


def test_a_code_is_taken_once(acme: Customer) -> None:
    with pytest.raises(laying.CodeTaken):
        lay(code="acme", name="Acme again", now=NINE)
