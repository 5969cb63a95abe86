"""The API, broken on purpose: the test that is there for each guard goes red."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from rest_framework.parsers import JSONParser

from accounts.api import doors, once, parsing
from accounts.api.doors import Door, StaffBearer, StaffDoor
from accounts.limits import Allowance, TooManyTries
from accounts.models import ApiToken, User
from accounts.policy import Role
from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from servicedesk import middleware
from tests.api import (
    test_desk_tickets,
    test_limits,
    test_once,
    test_portal_tickets,
    test_problems,
    test_tokens,
)
from tests.api.conftest import Ask
from tests.cast import make_ticket
from tests.doors import DeskClient, Inside, PortalClient
from tests.living import Live
from tickets.models import Contact
from tickets.models.ticket import TicketQuerySet

red = pytest.raises(AssertionError)


def test_a_door_that_does_not_ask_the_role(
    monkeypatch: pytest.MonkeyPatch, inside_acme: Inside
) -> None:
    monkeypatch.setattr(StaffDoor, "holds_right", lambda _door, _scope: True)
    with red:
        test_tokens.test_each_role_gets_by_token_what_its_permissions_say(
            inside_acme, Role.OPERATOR
        )


def test_a_door_that_does_not_ask_the_scope(
    monkeypatch: pytest.MonkeyPatch, desk_api: Ask, portal_api: Ask, ada: User, uma: Contact,
    inside_acme: Inside,
) -> None:  # fmt: skip
    monkeypatch.setattr(Door, "_check_right", lambda *_: None)
    with red:
        test_tokens.test_a_token_may_only_what_its_scopes_say(
            desk_api, portal_api, ada, uma, inside_acme
        )


def test_tokens_that_outlive_their_revocation(
    monkeypatch: pytest.MonkeyPatch, desk_api: Ask, ada: User
) -> None:
    rows = ApiToken.objects.all()
    monkeypatch.setattr(type(rows), "usable", lambda tokens, _now: tokens.all())
    with red:
        test_tokens.test_a_revoked_or_expired_token_is_worth_nothing_at_once(desk_api, ada)


def test_a_desk_that_does_not_ask_whom_one_serves(
    monkeypatch: pytest.MonkeyPatch, desk_api: Ask, acme: Customer, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket()
    monkeypatch.setattr(CustomerQuerySet, "served_by", lambda customers, _user: customers.all())
    with red:
        test_desk_tickets.test_a_customer_one_does_not_serve_is_a_404_as_one_that_is_none(
            ticket, desk_api, acme
        )


def test_a_portal_that_shows_colleagues_tickets(
    monkeypatch: pytest.MonkeyPatch, portal_api: Ask, olga: Contact, uma: Contact, ed: Contact,
    inside_acme: Inside,
) -> None:  # fmt: skip
    monkeypatch.setattr(TicketQuerySet, "visible_to", lambda tickets, _contact: tickets.all())
    with red:
        test_portal_tickets.test_an_owner_sees_the_company_and_others_their_own(
            portal_api, olga, uma, ed, inside_acme
        )


@pytest.mark.real_logins
def test_tries_that_are_read_first_and_written_then(
    monkeypatch: pytest.MonkeyPatch, live: Live
) -> None:
    everybody_has_read = Barrier(test_limits.THREADS)

    def count_carelessly(model: Any, *, key: str, allowance: Allowance, now: datetime) -> None:
        row = model._default_manager.filter(pk=key).first()
        count = row.count if row else 0
        everybody_has_read.wait(timeout=20)
        if count >= allowance.tries:
            raise TooManyTries(now + allowance.window)
        facts = {"count": count + 1, "window_started_at": now}
        model._default_manager.update_or_create(pk=key, defaults=facts)

    monkeypatch.setattr(doors, "count_try", count_carelessly)
    monkeypatch.setattr(test_limits, "BURST", test_limits.THREADS)
    with pytest.raises(AssertionError, match=r"Counter\({200: 12}\) == {200: 10, 429: 2}"):
        test_limits.test_of_a_burst_of_two_hundred_exactly_ten_come_through(live, monkeypatch)


def test_a_session_that_opens_the_api(
    monkeypatch: pytest.MonkeyPatch, desk_client: DeskClient, portal_client: PortalClient,
    ada: User, olga: Contact,
) -> None:  # fmt: skip
    def whoever(_door: Any, request: Any) -> Any:
        return request._request.user, ApiToken(scopes=["read_tickets"])

    monkeypatch.setattr(middleware, "is_api", lambda _request: False)
    monkeypatch.setattr(StaffBearer, "authenticate", whoever)
    monkeypatch.setattr(doors, "note_use", lambda **_: None)
    with red:
        test_tokens.test_a_browsers_session_opens_nothing_and_is_not_looked_at(
            desk_client, portal_client, ada, olga
        )


def test_requests_that_are_not_remembered(
    monkeypatch: pytest.MonkeyPatch, portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    monkeypatch.setattr(once, "_key", lambda _request: None)
    with red:
        test_once.test_a_request_sent_again_is_answered_again_and_done_once(
            portal_api, uma, inside_acme
        )


def test_keys_that_are_remembered_outside_the_works_transaction(
    monkeypatch: pytest.MonkeyPatch, portal_api: Ask, uma: Contact, acme: Customer
) -> None:
    monkeypatch.setattr("accounts.api.once.transaction.atomic", nullcontext)
    with red:
        test_once.test_what_is_refused_does_not_use_a_key_up(portal_api, uma, acme)


def test_json_that_python_cannot_read(
    monkeypatch: pytest.MonkeyPatch, portal_api: Ask, uma: Contact
) -> None:
    monkeypatch.setattr(parsing.Json, "parse", JSONParser.parse)
    with red:
        test_problems.test_json_that_is_none_is_malformed(portal_api, uma, test_problems.DEEP)
