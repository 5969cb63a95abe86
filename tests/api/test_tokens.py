"""Who may come in by a token, and how far; a session of a browser opens nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tokens
from accounts.limits import Allowance
from accounts.models import ApiToken, Limit, User
from accounts.operations.tokens import (
    LivesTooLong,
    NoScope,
    ScopeNotHeld,
    make_token,
    revoke_token,
)
from accounts.policy import ROLE_PERMISSIONS, Permission, Role
from customers.inside import schema_of
from customers.models import Customer
from followups.models import Rescue
from product.operations.problems import make_problem
from product.operations.releases import make_release
from servicedesk import zones
from tests.api.conftest import Ask, Program, contact_token, staff_token
from tests.architecture.addresses import listed
from tests.cast import NINE, days, make_staff, make_ticket
from tests.doors import DeskClient, Inside, PortalClient
from tickets.models import Contact, ContactToken
from tickets.operations.contact_tokens import make_contact_token, revoke_contact_token

QUEUE = "/api/v1/queue/"
TICKETS = "/api/v1/tickets/"
AT_THE_DESK = [address for address in listed() if address.door == "desk" and address.is_api]


def _is_refused(answer: Any) -> bool:
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    return bool(answer.status_code == 401)


def test_a_token_is_kept_as_its_digest_only(ada: User) -> None:
    row, secret = make_token(
        user=ada, name=" My  script ", scopes=["read_tickets"], expires_at=NINE + days(90), now=NINE
    )

    assert secret.startswith("sd_")
    assert len(secret) == 46
    row.refresh_from_db()
    assert row.digest == tokens.digest(secret)
    assert row.name == "My script"
    assert row.hint == secret[:7] + "…"
    said = [str(getattr(row, field.attname)) for field in ApiToken._meta.fields]
    assert all(secret not in word for word in said)


def test_a_token_holds_what_its_maker_may_and_lives_a_year_at_most(ada: User) -> None:
    facts: dict[str, Any] = {"user": ada, "name": "x", "now": NINE, "expires_at": NINE + days(1)}
    with pytest.raises(ScopeNotHeld) as refused:
        make_token(scopes=["read_tickets", "enter_admin", "nonsense"], **facts)
    assert refused.value.scopes == ["enter_admin", "nonsense"]
    with pytest.raises(NoScope):
        make_token(scopes=[], **facts)
    for end in (NINE, NINE - days(1), NINE + days(366)):
        with pytest.raises(LivesTooLong):
            make_token(scopes=["read_tickets"], **facts | {"expires_at": end})


def test_a_contacts_token_is_for_tickets_only(uma: Contact, as_acme: Customer) -> None:
    end = NINE + days(1)
    with pytest.raises(ScopeNotHeld):
        make_contact_token(
            contact=uma, name="x", scopes=["answer_tickets"], expires_at=end, now=NINE
        )
    row, secret = make_contact_token(
        contact=uma, name="x", scopes=["read_tickets"], expires_at=end, now=NINE
    )
    assert ContactToken.objects.get(digest=tokens.digest(secret)) == row


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YWRhOng=", "Bearer sd_x", "Bearer sd_\u00e4" * 9]
)
def test_without_a_token_nobody_comes_in(db: None, header: str) -> None:
    client = Client(headers={"Host": settings.DESK_HOST})
    headers = {"Authorization": header} if header else {}
    assert _is_refused(client.get(QUEUE, headers=headers))


def test_a_token_is_good_on_its_own_host_only(
    desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, eve: Contact
) -> None:
    assert desk_api(ada).get(QUEUE).status_code == 200
    assert portal_api(uma).get(TICKETS).status_code == 200
    assert _is_refused(Program("acme.localhost", staff_token(ada)).get(TICKETS))
    assert _is_refused(Program("desk.localhost", contact_token(uma)).get(QUEUE))
    assert _is_refused(Program("globex.localhost", contact_token(uma)).get(TICKETS))
    assert _is_refused(Program("acme.localhost", contact_token(eve)).get(TICKETS))


def test_a_revoked_or_expired_token_is_worth_nothing_at_once(desk_api: Ask, ada: User) -> None:
    program = desk_api(ada)
    assert program.get(QUEUE).status_code == 200
    zones.use(zones.OWNER)
    row = ApiToken.objects.get(digest=tokens.digest(program.token))

    revoke_token(token=row, now=timezone.now())
    assert _is_refused(program.get(QUEUE))

    zones.use(zones.OWNER)
    now = timezone.now()
    ApiToken.objects.update(
        revoked_at=None, created_at=now - days(2), expires_at=now - timedelta(seconds=1)
    )
    assert _is_refused(program.get(QUEUE))


def test_a_contacts_token_ends_when_it_is_revoked_and_when_the_person_is_switched_off(
    portal_api: Ask, uma: Contact, ed: Contact, inside_acme: Inside, acme: Customer
) -> None:
    program, other = portal_api(uma), portal_api(ed)
    assert program.get(TICKETS).status_code == other.get(TICKETS).status_code == 200
    zones.use(f"c{acme.pk}")
    with schema_of(acme):
        row = ContactToken.objects.get(digest=tokens.digest(program.token))
        revoke_contact_token(token=row, now=timezone.now())
    with inside_acme():
        Contact.objects.filter(pk=ed.pk).update(is_active=False)

    assert _is_refused(program.get(TICKETS))
    assert _is_refused(other.get(TICKETS))


def test_who_is_switched_off_or_loses_a_right_loses_it_by_token_too(
    desk_api: Ask, ada: User
) -> None:
    program = desk_api(ada)
    zones.use(zones.OWNER)
    User.objects.filter(pk=ada.pk).update(role=Role.OPERATOR)

    refused = program.get(QUEUE)
    assert refused.status_code == 403
    assert refused.json()["scope"] == "read_tickets"
    assert refused.json()["type"] == "urn:servicedesk:problem:right-missing"

    zones.use(zones.OWNER)
    User.objects.filter(pk=ada.pk).update(role=Role.AGENT, is_active=False)
    assert _is_refused(program.get(QUEUE))


def test_a_token_may_only_what_its_scopes_say(
    desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket()
    at = "/api/v1/customers/acme/tickets/1/"
    reader = desk_api(ada, ["read_tickets"])
    assert reader.get(at).status_code == 200
    refused = reader.send(f"{at}replies/", {"body": "Hi"})
    assert refused.status_code == 403
    assert "answer_tickets" in refused.json()["detail"]
    assert refused.json()["scope"] == "answer_tickets"
    assert desk_api(ada, ["write_notes"]).send(f"{at}notes/", {"body": "Hm"}).status_code == 201
    assert desk_api(ada, ["write_notes"]).get(at).status_code == 403
    assert portal_api(uma, ["read_tickets"]).send(TICKETS, {}).status_code == 403
    assert portal_api(uma, ["write_tickets"]).get(TICKETS).status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_by_token_what_its_permissions_say(inside_acme: Inside, role: Role) -> None:
    with inside_acme():
        make_ticket()
        rescue = f"acme-{Rescue.objects.create(opened_at=NINE).pk}"
    zones.use(zones.OWNER)
    person = make_staff(name="Nia", email="nia@desk.test", role=role)
    program = Program(settings.DESK_HOST, staff_token(person, ROLE_PERMISSIONS[role]))
    zones.use(zones.OWNER)
    problem = make_problem(key="1", title="Exports stall", by=person, now=NINE)
    make_release(key="1", problems=[problem], by=person, now=NINE)
    ApiToken.objects.update(scopes=list(Permission))
    for address in AT_THE_DESK:
        for method in address.methods:
            answer = program.generic(
                method,
                address.filled({"code": "acme", "rescue": rescue, "dashboard": "service-today"}),
                "{}",
                content_type="application/json",
            )
            may = Permission(address.scope(method)) in ROLE_PERMISSIONS[role]
            assert (answer.status_code != 403) == may, f"{role} {method} {address}"
            assert answer.status_code in (200, 201, 400, 403, 409, 422), (
                f"{role} {method} {address}"
            )


def test_a_browsers_session_opens_nothing_and_is_not_looked_at(
    desk_client: DeskClient, portal_client: PortalClient, ada: User, olga: Contact
) -> None:
    for client, path in ((desk_client(ada), QUEUE), (portal_client(olga), TICKETS)):
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert _is_refused(answer)
        assert "Set-Cookie" not in answer
        assert not answer.cookies
        assert not [one for one in captured.captured_queries if "session" in one["sql"]]


def test_a_post_needs_no_csrf_token_for_no_cookie_counts(
    desk_client: DeskClient, desk_api: Ask, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket()
    path = "/api/v1/customers/acme/tickets/1/notes/"
    strict = Client(enforce_csrf_checks=True, headers={"Host": settings.DESK_HOST})
    strict.cookies = desk_client(ada).cookies
    sent = {"body": "Hm"}
    assert _is_refused(strict.post(path, sent, content_type="application/json"))
    bearer = {"Authorization": f"Bearer {staff_token(ada)}"}
    answer = strict.post(path, sent, content_type="application/json", headers=bearer)
    assert answer.status_code == 201
    assert not answer.cookies


def test_a_token_tells_when_it_was_used_to_the_minute(desk_api: Ask, ada: User) -> None:
    program = desk_api(ada)
    program.get(QUEUE)
    zones.use(zones.OWNER)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    program.get(QUEUE)
    zones.use(zones.OWNER)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    program.get(QUEUE)
    zones.use(zones.OWNER)
    assert ApiToken.objects.get().last_used_at >= first  # type: ignore[operator]  # it was used


def test_a_suspended_customer_is_closed_to_programs(
    desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, inside_acme: Inside, acme: Customer
) -> None:
    with inside_acme():
        make_ticket()
    ours, theirs = desk_api(ada), portal_api(uma)
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(suspended_at=NINE)

    assert ours.get("/api/v1/customers/acme/tickets/1/").status_code == 404
    assert ours.get(QUEUE).json()["results"] == []
    assert theirs.get(TICKETS).status_code == 404


def test_wrong_tokens_are_counted_by_address_and_right_ones_still_come_in(
    desk_api: Ask, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Allowance(tries=3, window=timedelta(minutes=1))
    monkeypatch.setattr(tokens, "FAILURES_PER_ADDRESS", few)
    stranger = Program(settings.DESK_HOST, tokens.new_secret())

    answers = [stranger.get(QUEUE) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["type"] == "urn:servicedesk:problem:too-many-requests"
    assert desk_api(ada).get(QUEUE).status_code == 200
    spoofed = stranger.get(QUEUE, headers={"X-Forwarded-For": "203.0.113.9"})
    assert spoofed.status_code == 429
    zones.use(zones.OWNER)
    assert Limit.objects.filter(key="api-token:127.0.0.1").exists()


def test_a_request_says_who_asked_so_that_its_line_in_the_log_can(
    desk_api: Ask, portal_api: Ask, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket()
    ours: Any = desk_api(ada).get("/api/v1/customers/acme/tickets/1/").wsgi_request
    assert (ours.user, ours.customer.code, ours.contact) == (ada, "acme", None)
    theirs: Any = portal_api(uma).get(TICKETS).wsgi_request
    assert (theirs.user.is_anonymous, theirs.contact) == (True, uma)
