"""The rights that logins really have, from PostgreSQL's catalogs, to hold against the manifest."""

from __future__ import annotations

import re

from django.db import connection

from customers.models import Customer
from customers.operations.planning import grants
from customers.roles import DESK, customer_zone, role_name

Rights = dict[tuple[str, str], set[str]]
"""(table, zone) -> rights; a right on a column reads ``UPDATE(theme)``."""


def promised(customer: Customer) -> Rights:
    """What the grants manifest says."""
    rights: Rights = {}
    for table, grant in grants().items():
        for zone, words in ((customer_zone(customer.pk), grant.customer), (DESK, grant.desk)):
            if words:
                rights[table, zone] = _parsed(words)
    return rights


def _parsed(words: str) -> set[str]:
    rights = set()
    for right, columns in re.findall(r"([A-Z]+)(?: \(([^)]*)\))?", words):
        names = [name.strip() for name in columns.split(",") if name.strip()]
        rights |= {f"{right}({name})" for name in names} or {right}
    return rights


def actual(customer: Customer) -> Rights:
    """What PostgreSQL would let anybody but the owner do in the customer's schema."""
    zones = {role_name(zone): zone for zone in (customer_zone(customer.pk), DESK)}
    rights: Rights = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
            FROM pg_class c, aclexplode(c.relacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
            WHERE c.relnamespace = %s::regnamespace AND a.grantee <> c.relowner
            UNION ALL
            SELECT c.relname, coalesce(g.rolname, 'PUBLIC'),
              a.privilege_type || '(' || t.attname || ')'
            FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
              LEFT JOIN pg_roles g ON g.oid = a.grantee
            WHERE c.relnamespace = %s::regnamespace AND a.grantee <> c.relowner
            """,
            [customer.schema_name, customer.schema_name],
        )
        for table, role, right in cursor.fetchall():
            rights.setdefault((table, zones.get(role, role)), set()).add(right)
    return rights


def check_grants_equal_the_manifest(customer: Customer) -> None:
    """Nobody has a right in the customer's schema that the manifest does not name, or lacks one."""
    assert actual(customer) == promised(customer)


def check_public_rights_of_a_customer(customer: Customer) -> None:
    """In public and `sd` a customer's login may read three views, and do nothing else whatever.

    `viewers_1` is what the third is made of; without a right to the schema nobody calls it by name.
    """
    own = role_name(customer_zone(customer.pk))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.oid::regclass::text, w.what FROM pg_class c, unnest(
              ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
            ) AS w (what)
            WHERE c.relnamespace IN ('public'::regnamespace, 'sd'::regnamespace)
              AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
              AND (has_table_privilege(%(own)s, c.oid, w.what)
                   OR w.what IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                   AND has_any_column_privilege(%(own)s, c.oid, w.what))
            UNION ALL
            SELECT p.oid::regprocedure::text, 'EXECUTE' FROM pg_proc p
            WHERE p.pronamespace IN ('public'::regnamespace, 'sd'::regnamespace)
              AND has_function_privilege(%(own)s, p.oid, 'EXECUTE')
            UNION ALL
            SELECT n.nspname, w.what
            FROM pg_namespace n, unnest(ARRAY['USAGE', 'CREATE']) AS w (what)
            WHERE (n.nspname IN ('public', 'sd') OR n.nspname LIKE 'c\\_%%')
              AND has_schema_privilege(%(own)s, n.oid, w.what)
            UNION ALL
            SELECT d.datname, w.what FROM pg_database d,
              unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS w (what)
            WHERE d.datname = current_database() AND has_database_privilege(%(own)s, d.oid, w.what)
            """,
            {"own": own},
        )
        rights = set(cursor.fetchall())
        cursor.execute("SELECT current_database()")
        (database,) = cursor.fetchone() or ("",)
    assert rights == {
        ("customers_portal", "SELECT"),
        ("releases_portal", "SELECT"),
        ("viewers_portal", "SELECT"),
        ("sd.viewers_1()", "EXECUTE"),
        ("public", "USAGE"),
        (customer.schema_name, "USAGE"),
        (database, "CONNECT"),
    }
