"""Making the database logins and giving them exactly what they may do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection

from customers.models import Customer
from customers.operations.planning import grants
from customers.roles import DESK, ROUTER, customer_zone, password, role_name, verifier

PORTAL = "portal"
"""The group role that every customer's login inherits: what a portal may read in public."""


def prepare_roles() -> None:
    """Make router, desk and the portals' group, and grant them their public rights. Safe to repeat.

    Runs as the owner after the public migrations. What PUBLIC may do in the database is taken away.
    """
    database = connection.ops.quote_name(connection.settings_dict["NAME"])
    router, desk, portal = role_name(ROUTER), role_name(DESK), role_name(PORTAL)
    make_login(ROUTER)
    make_login(DESK)
    with connection.cursor() as cursor:
        _make_role(cursor, portal, "NOLOGIN")
        cursor.execute(
            f"""
            REVOKE ALL ON DATABASE {database} FROM PUBLIC;
            GRANT CONNECT ON DATABASE {database} TO "{router}", "{desk}", "{portal}";
            REVOKE ALL ON SCHEMA public, sd FROM PUBLIC;
            REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sd FROM PUBLIC;
            GRANT USAGE ON SCHEMA sd TO "{router}", "{desk}";
            GRANT EXECUTE ON FUNCTION sd.route_1(text), sd.route_2(text) TO "{router}";
            GRANT EXECUTE ON FUNCTION sd.link_1(bytea, text, jsonb, timestamptz, bytea) TO "{desk}";
            GRANT USAGE ON SCHEMA public TO "{desk}", "{portal}";
            GRANT SELECT ON public.customers_portal, public.releases_portal,
              public.viewers_portal TO "{portal}";
            GRANT EXECUTE ON FUNCTION sd.viewers_1() TO "{portal}";
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{desk}";
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{desk}";
            REVOKE UPDATE, DELETE ON public.accounts_auditevent, public.product_event
              FROM "{desk}";
            GRANT EXECUTE ON FUNCTION sd.audit_link_1(bytea, jsonb, timestamptz) TO "{desk}";
            GRANT EXECUTE ON FUNCTION sd.health_1(text[], text) TO "{router}", "{desk}";
            GRANT EXECUTE ON FUNCTION sd.health_2(text[], text) TO "{router}", "{desk}";
            GRANT EXECUTE ON FUNCTION sd.horizon_1(), sd.mail_1() TO "{router}", "{desk}";
            """
        )


def make_login(zone: str) -> None:
    """Make the zone's login or set its password anew: a dump holds none, the secret has all."""
    with connection.cursor() as cursor:
        _make_role(cursor, role_name(zone), "LOGIN")
        cursor.execute(
            f"ALTER ROLE \"{role_name(zone)}\" PASSWORD '{verifier(password(zone))}'"
            f" CONNECTION LIMIT {settings.LOGIN_CONNECTIONS if zone[0] == 'c' else -1}"
        )
        for setting, value in settings.LOGIN_SETTINGS.items():
            cursor.execute(f"ALTER ROLE \"{role_name(zone)}\" SET {setting} = '{value}'")


def make_customer_login(customer: Customer) -> None:
    """Make the customer's login: it inherits the portals' rights, at home in its own schema."""
    zone = customer_zone(customer.pk)
    make_login(zone)
    with connection.cursor() as cursor:
        cursor.execute(
            f'GRANT "{role_name(PORTAL)}" TO "{role_name(zone)}" WITH INHERIT TRUE, SET FALSE;'
            f'ALTER ROLE "{role_name(zone)}" SET search_path = {customer.schema_name}, public'
        )


def missing_logins() -> list[Customer]:
    """Laid customers whose login the server does not have: after a restore, a dump holds none."""
    laid = Customer.objects.filter(laid_at__isnull=False).order_by("pk")
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        there = {name for (name,) in cursor.fetchall()}
    return [row for row in laid if role_name(customer_zone(row.pk)) not in there]


def remake_login(customer: Customer) -> None:
    """Make a customer's login anew from the secret of today, with its rights; as shut as it was."""
    make_customer_login(customer)
    grant_customer(customer)
    let_in(customer, allowed=customer.suspended_at is None)


def let_in(customer: Customer, *, allowed: bool) -> None:
    """Allow or refuse new connections of the customer's login; its portal answers by the host."""
    role = role_name(customer_zone(customer.pk))
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER ROLE "{role}" {"LOGIN" if allowed else "NOLOGIN"}')


def grant_customer(customer: Customer) -> None:
    """Give the customer's login and the desk what the manifest says, and nothing else.

    Named table by table: GRANT … ON ALL TABLES took 84 ms at 1,000 customers.
    """
    schema, desk = customer.schema_name, role_name(DESK)
    own = role_name(customer_zone(customer.pk))
    lines = [f'GRANT USAGE ON SCHEMA {schema} TO "{own}", "{desk}"']
    for table, grant in grants().items():
        name = f"{schema}.{table}"
        lines.append(f'REVOKE ALL ON {name} FROM "{own}", "{desk}"')
        if grant.customer:
            lines.append(f'GRANT {grant.customer} ON {name} TO "{own}"')
        if grant.desk:
            lines.append(f'GRANT {grant.desk} ON {name} TO "{desk}"')
    with connection.cursor() as cursor:
        cursor.execute(";\n".join(lines))


def _make_role(cursor: Any, role: str, login: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        cursor.execute(f'CREATE ROLE "{role}" {login} NOSUPERUSER NOCREATEDB NOCREATEROLE')
