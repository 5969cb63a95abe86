"""`manage.py roles`: a dump holds no logins, the secret has them all."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.models import Customer
from customers.operations import suspend
from customers.roles import OWNER, customer_zone, role_name
from tests.cast import NINE
from tests.doors import Inside


def run(command: str, *options: str) -> str:
    said = StringIO()
    call_command(command, *options, stdout=said)
    return said.getvalue()


def lose_login(customer: Customer) -> str:
    role = role_name(customer_zone(customer.pk))
    with connection.cursor() as cursor:
        cursor.execute("RESET SESSION AUTHORIZATION")  # as whoever restores a dump
        cursor.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
        cursor.execute(f'SET SESSION AUTHORIZATION "{role_name(OWNER)}"')
    return role


def rights(role: str) -> tuple[bool, bool, str]:
    """May it sign in, read its tickets; and where it is at home."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcanlogin, pg_has_role(oid, %s, 'USAGE'), array_to_string(rolconfig, ' ')"
            " FROM pg_roles WHERE rolname = %s",
            [role_name("portal"), role],
        )
        found: tuple[bool, bool, str] = cursor.fetchone()
    return found


def test_nothing_is_missing_where_nothing_was_lost(acme: Customer) -> None:
    assert "every customer has its login" in run("roles")


@pytest.mark.parametrize("way", [("roles", "--repair"), ("prepare",)])
def test_a_lost_login_is_told_and_made_anew(acme: Customer, way: tuple[str, ...]) -> None:
    role = lose_login(acme)
    with pytest.raises(CommandError, match="1 logins are missing"):
        run("roles")

    run(way[0], *way[1:])

    assert "every customer has its login" in run("roles")
    can_sign_in, inherits, at_home = rights(role)
    assert can_sign_in
    assert inherits
    assert f"search_path={acme.schema_name}, public" in at_home


def test_a_suspended_customers_login_stays_shut(acme: Customer) -> None:
    suspend(customer=acme, reason="Left", now=NINE)

    run("roles", "--repair")

    assert not rights(role_name(customer_zone(acme.pk)))[0]


def test_a_remade_login_reads_its_own_tickets_and_no_notes(
    acme: Customer, inside_acme: Inside, request: pytest.FixtureRequest
) -> None:
    lose_login(acme)
    run("roles", "--repair")
    request.getfixturevalue("as_acme")

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_ticket")
        cursor.execute("SELECT has_table_privilege(current_user, 'tickets_note', 'SELECT')")
        assert cursor.fetchone() == (False,)
