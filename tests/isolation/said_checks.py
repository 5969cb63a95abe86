"""What isolation means for callbacks: checks as those of `tests.isolation.checks`."""

# ruff: noqa: S608  the names in these statements are our own tables'

from __future__ import annotations

from typing import Any

from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, OWNER, customer_zone
from followups.models import Callback
from tests.cast import NINE, make_ticket
from tests.isolation.checks import assert_refused, outcome, own, working

CHECK_VIOLATION = "23514"
UNIQUE_VIOLATION = "23505"

SAID = ("followups_answer", "words"), ("followups_event", "body")


def check_answers_are_judged_by_us(acme: Customer) -> None:
    """A customer's login answers for who was asked, what was asked; whether it is low is ours."""
    with schema_of(acme):
        asked = Callback.objects.get(answered_at=None)
    honest = {
        "callback_id": asked.pk, "scores": '{"service": 1}', "via": "portal", "given_at": NINE,
        "contact_id": asked.contact_id,
    }  # fmt: skip
    lies: list[dict[str, Any]] = [{"staff_id": 1}, {"is_complaint": True}, {"via": "phone"},
                                  {"contact_id": asked.contact_id + 1}]  # fmt: skip
    with own(acme):
        for forged in ({}, {"is_low": False}, {"is_low": False, "is_machine": True}):
            assert outcome(*_insert(honest | forged)) == [(True, False)], forged
        for lie in lies:
            assert_refused(*_insert(honest | lie))
        for scores in ('{"service": 6}', '{"service": "1; x"}', '{"nps": 1}', "{}"):
            assert outcome(*_insert(honest | {"scores": scores})) == CHECK_VIOLATION, scores


def check_answers_are_append_only(acme: Customer) -> None:
    """No login changes or removes what was said and done: neither customer, nor desk, nor owner."""
    for zone in (customer_zone(acme.pk), DESK, OWNER):
        with working(zone, acme):
            for table, column in SAID:
                assert_refused(f"UPDATE {table} SET {column} = 'x'")
                assert_refused(f"DELETE FROM {table}")
                assert_refused(f"TRUNCATE {table} CASCADE")


def check_a_customer_has_one_open_rescue(acme: Customer) -> None:
    """A second one is refused, whoever opens it."""
    with working(DESK, acme):
        second = outcome("INSERT INTO followups_rescue (state, opened_at) VALUES ('open', now())")
        assert second == UNIQUE_VIOLATION, second


def check_only_who_was_asked_rates(acme: Customer) -> None:
    """A contact says how a ticket went only where we asked them; that we asked, only we say."""
    with schema_of(acme):
        asked = Callback.objects.filter(ticket__isnull=False).earliest("pk")
    with own(acme):
        ticket = make_ticket()
        row = {
            "ticket_id": ticket.pk, "kind": "rated", "author_kind": "contact", "author_name": "Uma",
            "contact_id": ticket.requester_id, "written_at": NINE, "body": "",
        }  # fmt: skip
        assert outcome(*_insert_entry(row)) == CHECK_VIOLATION
        assert_refused(*_insert_entry(row | {"kind": "asked"}))
        right = {"ticket_id": asked.ticket_id, "contact_id": asked.contact_id}
        assert outcome(*_insert_entry(row | right)) == []


def _insert(row: dict[str, Any]) -> tuple[str, list[Any]]:
    return _statement("followups_answer", {"words": ""} | row, " RETURNING is_low, is_machine")


def _insert_entry(row: dict[str, Any]) -> tuple[str, list[Any]]:
    return _statement("tickets_entry", row, "")


def _statement(table: str, row: dict[str, Any], end: str) -> tuple[str, list[Any]]:
    places = ", ".join(["%s"] * len(row))
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places}){end}"
    return sql, list(row.values())
