"""From the desk to the admin without signing in again: once, at once, and by the desk's page."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, HandOver, User
from accounts.operations.handing_over import LIFE, hand_over
from accounts.policy import Role
from servicedesk import zones
from tests.cast import make_staff
from tests.doors import DeskClient

DESK = "http://desk.localhost:8000"
Ticket = dict[str, str]


def depart(client: Client, **more: str) -> Ticket:
    """What the desk's page would post to the admin."""
    page = client.post("/hand-overs/", more).content.decode()
    return dict(re.findall(r'name="(hand_over|secret|next)" value="([^"]*)"', page))


def arrive(ticket: Ticket, *, origin: str | None = DESK, client: Client | None = None) -> Any:
    """Post it from a browser that is nobody at the admin yet, unless one is given."""
    client = client or Client(HTTP_HOST="admin.localhost")
    headers = {"Origin": origin} if origin is not None else {}
    answer: Any = client.post("/hand-over/", ticket, headers=headers)
    answer.goes_in = client.get("/start/").status_code == 200
    return answer


@pytest.fixture
def ticket(desk_client: DeskClient, mei: User) -> Ticket:
    return depart(desk_client(mei))


def test_mei_crosses_and_is_known_there(desk_client: DeskClient, mei: User) -> None:
    ticket = depart(desk_client(mei), next="/customers/customer/")
    client = Client(HTTP_HOST="admin.localhost")

    answer = arrive(ticket, client=client)

    assert answer.headers["Location"] == "/customers/customer/"
    assert answer.goes_in
    zones.use(zones.OWNER)
    assert UserSession.objects.get().session_key == client.session.session_key
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.actor_name) == ("entered_admin", "Mei Tan")


def test_the_page_may_post_to_the_admin_only_and_says_where_it_comes_from(
    desk_client: DeskClient, mei: User
) -> None:
    client = desk_client(mei)
    page = client.post("/hand-overs/")

    assert "form-action 'self' http://admin.localhost:8000" in page["Content-Security-Policy"]
    assert page["Referrer-Policy"] == "strict-origin"
    assert '<meta name="referrer" content="strict-origin">' in page.content.decode()
    elsewhere = client.get("/start/")
    assert "form-action 'self';" in elsewhere["Content-Security-Policy"] + ";"
    assert elsewhere["Referrer-Policy"] == "same-origin"


def test_it_works_once(ticket: Ticket) -> None:
    assert arrive(ticket).goes_in

    again = arrive(ticket)

    assert (again.status_code, again.goes_in) == (403, False)
    assert "start again from the desk" in again.content.decode()


def test_it_works_for_half_a_minute(mei: User) -> None:
    row, secret = hand_over(user=mei, now=timezone.now() - LIFE)

    assert not arrive({"hand_over": str(row.pk), "secret": secret}).goes_in


ELSEWHERE = [None, "null", "http://evil.test", f"{DESK}.evil.test", "http://admin.localhost:8000"]


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_only_the_desks_page_may_bring_it(ticket: Ticket, origin: str | None) -> None:
    assert not arrive(ticket, origin=origin).goes_in

    assert arrive(ticket).goes_in, "nothing was used up by that"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"secret": ""},
        {"secret": "0" * 64},
        {"secret": "é"},
        {"hand_over": str(uuid.UUID(int=7))},
        {"hand_over": "nonsense"},
        {"hand_over": ""},
    ],
)
def test_a_wrong_token_is_no_way_in(ticket: Ticket, spoiled: Ticket) -> None:
    assert not arrive(ticket | spoiled).goes_in


def test_one_persons_secret_does_not_open_anothers_row(mei: User, carl: User) -> None:
    meis, _secret = hand_over(user=mei, now=timezone.now())
    _row, carls = hand_over(user=carl, now=timezone.now())

    assert not arrive({"hand_over": str(meis.pk), "secret": carls}).goes_in


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.AGENT}])
def test_whoever_may_not_enter_any_more_does_not(
    ticket: Ticket, mei: User, change: dict[str, Any]
) -> None:
    User.objects.filter(pk=mei.pk).update(**change)

    assert not arrive(ticket).goes_in
    zones.use(zones.OWNER)
    assert HandOver.objects.get().used_at is None


def test_ada_is_not_let_across(desk_client: DeskClient, ada: User) -> None:
    client = desk_client(ada)

    assert client.post("/hand-overs/").status_code == 403
    assert "/hand-overs/" not in client.get("/start/").content.decode()


def test_a_get_never_signs_in(ticket: Ticket, desk_client: DeskClient, mei: User) -> None:
    client = Client(HTTP_HOST="admin.localhost")

    assert client.get("/hand-over/", ticket, headers={"Origin": DESK}).status_code == 405
    assert desk_client(mei).get("/hand-overs/").status_code == 405
    assert client.get("/start/").status_code == 302


def test_it_begins_a_session_of_its_own(ticket: Ticket, carl: User) -> None:
    client = Client(HTTP_HOST="admin.localhost")
    zones.use(zones.DESK)
    client.force_login(carl)
    before, client.cookies["language"] = client.session.session_key, "zh-hans"

    arrive(ticket, client=client)

    assert client.session.session_key != before
    zones.use(zones.OWNER)
    assert client.session["_auth_user_id"] == str(User.objects.get(email="mei@desk.test").pk)


@pytest.mark.parametrize("path", ["//evil.test/", "https://evil.test/", "/\\evil.test", "x", ""])
def test_it_leads_to_no_other_host(desk_client: DeskClient, mei: User, path: str) -> None:
    ticket = depart(desk_client(mei))

    assert arrive(ticket | {"next": path}).headers["Location"] == "/"


def test_guesses_are_counted(ticket: Ticket) -> None:
    for _ in range(20):
        arrive(ticket | {"secret": "0" * 64})

    assert not arrive(ticket).goes_in


def test_old_crossings_are_forgotten(mei: User) -> None:
    from desk.operations.forgetting import forget_staff_sessions

    now = timezone.now()
    for age in (timedelta(days=2), timedelta(minutes=1)):
        hand_over(user=mei, now=now - age)

    forget_staff_sessions(now=now)

    assert HandOver.objects.count() == 1


def test_an_operator_is_let_across(desk_client: DeskClient, db: None) -> None:
    otto = make_staff(name="Otto", email="otto@desk.test", role=Role.OPERATOR)

    assert arrive(depart(desk_client(otto))).goes_in


def test_from_the_admin_one_goes_back_and_changes_the_password_at_the_desk(ticket: Ticket) -> None:
    client = Client(HTTP_HOST="admin.localhost")
    arrive(ticket, client=client)

    page = client.get("/start/").content.decode()

    assert f'href="{DESK}/"' in page
    assert f'href="{DESK}/me/security/"' in page
    where = client.get("/password_change/").headers["Location"]
    assert where == f"{DESK}/me/security/password/"
