"""What logins may do, tried with real logins on a copy of the database."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from customers.operations.planning import grants
from customers.roles import OWNER
from servicedesk import zones
from tests.isolation import checks, said_checks
from tests.isolation.canaries import tables_of
from tests.isolation.manifest import (
    check_grants_equal_the_manifest,
    check_public_rights_of_a_customer,
)
from tests.isolation.worlds import World

pytestmark = pytest.mark.real_logins

MOST_TABLES = 44


def test_another_customers_tables_are_out_of_reach(world: World) -> None:
    checks.check_other_customers_are_out_of_reach(world.acme, world.globex)
    checks.check_other_customers_are_out_of_reach(world.globex, world.acme)


def test_what_is_ours_is_hidden_from_the_customer(world: World) -> None:
    checks.check_what_is_ours_is_hidden(world.acme)


def test_what_is_in_public_is_hidden_from_the_customer(world: World) -> None:
    checks.check_public_is_hidden(world.acme)


def test_the_portal_sees_its_customer_only(world: World) -> None:
    checks.check_the_portal_sees_its_customer_only(world.acme)


def test_own_rows_hold_no_other_canary(world: World) -> None:
    checks.check_own_rows_hold_no_other_canary(world.acme, world.globex)
    checks.check_own_rows_hold_no_other_canary(world.globex, world.acme)


def test_a_customer_opens_tickets_as_new_only(world: World) -> None:
    checks.check_a_customer_opens_tickets_as_new_only(world.acme)


def test_a_customer_writes_as_its_own_people_only(world: World) -> None:
    checks.check_a_customer_writes_as_its_own_people_only(world.acme)


def test_the_trail_is_append_only_for_every_login(world: World) -> None:
    checks.check_the_trail_is_append_only(world.acme)


def test_a_customer_answers_for_who_was_asked_and_judges_nothing(world: World) -> None:
    said_checks.check_answers_are_judged_by_us(world.acme)


def test_what_was_said_of_us_is_append_only_for_every_login(world: World) -> None:
    said_checks.check_answers_are_append_only(world.acme)


def test_a_customer_has_one_open_rescue(world: World) -> None:
    said_checks.check_a_customer_has_one_open_rescue(world.acme)


def test_only_who_was_asked_says_how_a_ticket_went(world: World) -> None:
    said_checks.check_only_who_was_asked_rates(world.acme)


def test_a_forged_place_in_the_trail_is_overwritten(world: World) -> None:
    checks.check_a_forged_place_is_overwritten(world.acme)


def test_the_chain_is_verified_by_sql(world: World) -> None:
    checks.write_a_trail(world.acme)
    checks.check_the_chain_holds(world.acme)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE tickets_entry SET body = body || ' not' WHERE ticket_id = %s AND seq = 2",
        "UPDATE tickets_entry SET author_name = 'Eve' WHERE ticket_id = %s AND seq = 1",
        "UPDATE tickets_entry SET written_at = written_at - interval '1 hour'"
        " WHERE ticket_id = %s AND seq = 2",
        "UPDATE tickets_note SET body = 'x', digest = sha256(salt || 'x') WHERE ticket_id = %s",
        "DELETE FROM tickets_note WHERE ticket_id = %s",
        "DELETE FROM tickets_entry WHERE ticket_id = %s AND seq = 4",
        "INSERT INTO tickets_entry (ticket_id, seq, salt, digest, link, kind, author_kind,"
        " author_name, body, written_at) SELECT ticket_id, 5, salt, digest, link, 'reply', 'staff',"
        " 'Ada', 'x', now() FROM tickets_entry WHERE ticket_id = %s AND seq = 1",
    ],
)
def test_tampering_with_the_triggers_off_is_found(world: World, tampering: str) -> None:
    ticket = checks.write_a_trail(world.acme)
    raw = world.live.superuser()
    with raw.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what only a superuser can
        cursor.execute(f"SET search_path = {world.acme.schema_name}")
        cursor.execute("CREATE TEMP TABLE kept AS SELECT * FROM tickets_entry")
        cursor.execute("CREATE TEMP TABLE noted AS SELECT * FROM tickets_note")
        cursor.execute(tampering, [ticket.pk])
        assert cursor.rowcount == 1

    with pytest.raises(AssertionError, match="broken at"):
        checks.check_the_chain_holds(world.acme)

    with raw.cursor() as cursor:
        cursor.execute("DELETE FROM tickets_entry; INSERT INTO tickets_entry SELECT * FROM kept")
        cursor.execute("DELETE FROM tickets_note; INSERT INTO tickets_note SELECT * FROM noted")
    raw.close()
    checks.check_the_chain_holds(world.acme)


def test_functions_with_the_owners_rights_trust_nobody(world: World) -> None:
    checks.check_definer_functions_trust_nobody()


def test_grants_equal_the_manifest(world: World) -> None:
    check_grants_equal_the_manifest(world.acme)
    check_grants_equal_the_manifest(world.globex)


def test_a_customers_rights_in_public_are_two_views(world: World) -> None:
    check_public_rights_of_a_customer(world.acme)


def test_every_table_of_a_customer_stands_in_the_manifest(world: World) -> None:
    tables = tables_of(world.acme)
    assert sorted(grants()) == tables
    assert len(tables) <= MOST_TABLES


def test_the_zone_cannot_change_inside_a_transaction(world: World) -> None:
    zones.use(OWNER)
    with pytest.raises(zones.ZoneError), transaction.atomic():
        zones.use(zones.DESK)
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user::text = %s", [f"{world.live.slot.prefix}_owner"])
        assert cursor.fetchone() == (True,)
