"""Break the product on purpose: for each break, the isolation check that is there for it goes red.

Each check is run twice, before the break and after it, so that it is the break that it tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import connection

from customers.models import Customer
from customers.roles import customer_zone, role_name
from servicedesk import middleware, zones
from tests.doors import DeskClient
from tests.isolation import checks, said_checks
from tests.isolation.canaries import plant
from tests.isolation.doors import (
    check_a_suspended_customer_is_closed,
    check_requests_leave_nothing_behind,
    check_staff_reach_only_customers_they_serve,
)
from tests.isolation.manifest import (
    check_grants_equal_the_manifest,
    check_public_rights_of_a_customer,
)

Check = Callable[[Customer, Customer], None]


@dataclass(frozen=True)
class Sabotage:
    """SQL that the owner runs, and the check that must tell."""

    name: str
    sql: str
    check: Check


def _alone(check: Callable[[Customer], None]) -> Check:
    return lambda acme, _globex: check(acme)


def _definers(_acme: Customer, _globex: Customer) -> None:
    checks.check_definer_functions_trust_nobody()


def _chain(acme: Customer, _globex: Customer) -> None:
    checks.write_a_trail(acme)
    checks.check_the_chain_holds(acme)


# Without its last condition, whatever its columns are by now.
WIDE_VIEW = r"""
DO $$ BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW public.customers_portal WITH (security_barrier) AS '
    || regexp_replace(
      pg_get_viewdef('public.customers_portal'::regclass), '^(.*)\sWHERE .*$', '\1');
END $$
"""
TRUSTING_CHAIN = """
CREATE OR REPLACE FUNCTION sd.chain_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format(
    'INSERT INTO %I.tickets_head AS h (ticket_id, seq, head) VALUES ($1, 1, $2)
     ON CONFLICT (ticket_id) DO UPDATE SET seq = h.seq + 1, head = $2 RETURNING seq',
    TG_TABLE_SCHEMA) INTO NEW.seq USING NEW.ticket_id, NEW.link;
  NEW.digest := sha256(NEW.salt || convert_to(NEW.body, 'UTF8'));
  RETURN NEW;
END $$
"""

BY_SQL = [
    Sabotage(
        "the entry guard is dropped",
        "DROP TRIGGER a_guard ON {acme}.tickets_entry",
        _alone(checks.check_a_customer_writes_as_its_own_people_only),
    ),
    Sabotage(
        "notes are granted to the customer",
        "GRANT SELECT ON {acme}.tickets_note TO {own}",
        _alone(checks.check_what_is_ours_is_hidden),
    ),
    Sabotage(
        "a grant stands in no manifest",
        "GRANT SELECT ON {acme}.tickets_note TO {own}",
        _alone(check_grants_equal_the_manifest),
    ),
    Sabotage(
        "one column more is granted",
        "GRANT UPDATE (email) ON {acme}.tickets_contact TO {own}",
        _alone(check_grants_equal_the_manifest),
    ),
    Sabotage(
        "the portal's view is widened",
        WIDE_VIEW,
        _alone(checks.check_the_portal_sees_its_customer_only),
    ),
    Sabotage(
        "a function of the owner trusts the search path",
        "ALTER FUNCTION sd.ticket_after_1() RESET search_path",
        _definers,
    ),
    Sabotage(
        "a function of the owner may be called by everybody",
        "GRANT EXECUTE ON FUNCTION sd.ask_judge_1(text, bigint) TO PUBLIC",
        _definers,
    ),
    Sabotage(
        "the customer may move a ticket's state",
        "GRANT UPDATE (state) ON {acme}.tickets_ticket TO {own}",
        _alone(checks.check_a_customer_opens_tickets_as_new_only),
    ),
    Sabotage(
        "the guard of new tickets is dropped",
        "DROP TRIGGER a_number ON {acme}.tickets_ticket;"
        "GRANT UPDATE ON {acme}.tickets_ticket TO {own}",
        _alone(checks.check_a_customer_opens_tickets_as_new_only),
    ),
    Sabotage(
        "portals may use each other's schema",
        "GRANT USAGE ON SCHEMA {globex} TO {portal};"
        "GRANT SELECT ON {globex}.tickets_ticket TO {portal}",
        checks.check_other_customers_are_out_of_reach,
    ),
    Sabotage(
        "the queue is granted to portals",
        "GRANT SELECT ON public.desk_queueitem TO {portal}",
        _alone(checks.check_public_is_hidden),
    ),
    Sabotage(
        "portals may ask the router",
        "GRANT USAGE ON SCHEMA sd TO {portal};"
        "GRANT EXECUTE ON FUNCTION sd.route_1(text) TO {portal}",
        _alone(check_public_rights_of_a_customer),
    ),
    Sabotage(
        "the trail may be rewritten",
        "DROP TRIGGER a_append_only ON {acme}.tickets_entry",
        _alone(checks.check_the_trail_is_append_only),
    ),
    Sabotage(
        "the trail may be emptied",
        "DROP TRIGGER a_append_only_all ON {acme}.tickets_entry;"
        "DROP TRIGGER a_append_only_all ON {acme}.tickets_note",
        _alone(checks.check_the_trail_is_append_only),
    ),
    Sabotage("the chain takes what it is sent", TRUSTING_CHAIN, _chain),
    Sabotage(
        "rescues are granted to the customer",
        "GRANT SELECT ON {acme}.followups_rescue TO {own}",
        _alone(checks.check_what_is_ours_is_hidden),
    ),
    Sabotage(
        "nobody judges answers",
        "DROP TRIGGER b_judged ON {acme}.followups_answer",
        _alone(said_checks.check_answers_are_judged_by_us),
    ),
    Sabotage(
        "answers may be rewritten",
        "DROP TRIGGER a_append_only ON {acme}.followups_answer",
        _alone(said_checks.check_answers_are_append_only),
    ),
    Sabotage(
        "a customer may have two open rescues",
        "DROP INDEX {acme}.one_open_rescue_of_a_customer",
        _alone(said_checks.check_a_customer_has_one_open_rescue),
    ),
    Sabotage(
        "whoever was not asked may say how it went",
        "DROP TRIGGER a_guard ON {acme}.tickets_entry",
        _alone(said_checks.check_only_who_was_asked_rates),
    ),
]


@pytest.fixture
def planted(acme: Customer, globex: Customer) -> None:
    """Rows of everything at both, all checks on rows done, so that the owner may change tables."""
    plant(acme)
    plant(globex)


def _break(sql: str, acme: Customer, globex: Customer) -> None:
    zones.use(zones.OWNER)
    words = {
        "acme": acme.schema_name,
        "globex": globex.schema_name,
        "own": f'"{role_name(customer_zone(acme.pk))}"',
        "portal": f'"{role_name("portal")}"',
    }
    for name, word in words.items():
        sql = sql.replace(f"{{{name}}}", str(word))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(sql)


@pytest.mark.parametrize("sabotage", BY_SQL, ids=lambda sabotage: sabotage.name)
def test_what_is_broken_in_the_database_is_told(
    acme: Customer, globex: Customer, planted: None, sabotage: Sabotage
) -> None:
    sabotage.check(acme, globex)
    _break(sabotage.sql, acme, globex)

    with pytest.raises(AssertionError):
        sabotage.check(acme, globex)


def test_a_zone_kept_open_after_a_request_is_told(db: None) -> None:
    check_requests_leave_nothing_behind()
    signals = [(request_started, "zone-left-before-request")]
    signals += [(request_finished, "zone-left-after-request")]
    for signal, name in signals:
        assert signal.disconnect(dispatch_uid=name)

    try:
        with pytest.raises(AssertionError, match="still in c"):
            check_requests_leave_nothing_behind()
    finally:
        for signal, name in signals:
            signal.connect(zones.leave, dispatch_uid=name)


def test_a_team_that_is_not_asked_is_told(
    desk_client: DeskClient, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everybody(_user: Any, *, team_id: int | None) -> bool:
        return True

    monkeypatch.setattr(middleware, "serves", everybody)

    with pytest.raises(AssertionError):
        check_staff_reach_only_customers_they_serve(desk_client, acme)


def test_a_router_that_lets_suspended_customers_in_is_told(
    acme: Customer, globex: Customer
) -> None:
    _break(
        "CREATE OR REPLACE FUNCTION sd.route_2(asked text) RETURNS TABLE (customer_id bigint,"
        " schema_name text, code text, name text, brand_colour text, language text,"
        " time_zone text) LANGUAGE sql STABLE"
        " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$"
        " SELECT c.id, c.schema_name::text, c.code::text, c.name::text, c.brand_colour::text,"
        " c.language::text, c.time_zone::text FROM public.customers_domain d"
        " JOIN public.customers_customer c ON c.id = d.customer_id WHERE d.host = asked $$",
        acme,
        globex,
    )

    with pytest.raises(AssertionError):
        check_a_suspended_customer_is_closed(globex)
