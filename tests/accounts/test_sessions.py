"""Where somebody is signed in, and ending it; another password; somebody switched off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.browsers import in_words
from accounts.models import ApiToken, AuditEvent, User
from accounts.operations import By, amend_staff, second_step, set_password
from accounts.operations.passwords import change_password
from accounts.operations.tokens import make_token
from desk.operations.forgetting import forget_staff_sessions
from servicedesk import zones
from tests.cast import PASSWORD
from tests.doors import DeskClient

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW = "a horse of another colour"


@pytest.fixture
def signed_in(desk_client: DeskClient, ada: User) -> Any:
    def sign_in(email: str = "ada@desk.test", *, password: str = PASSWORD, **more: str) -> Client:
        client = desk_client()
        client.post("/sign-in/", {"login": email, "password": password}, **more)  # type: ignore[arg-type]  # WSGI words
        return client

    return sign_in


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def places(client: Client) -> list[dict[str, Any]]:
    return list(client.get("/me/security/").context["places"])


def test_ada_sees_where_she_is_signed_in(signed_in: Any) -> None:
    here = signed_in(HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.1")
    signed_in(REMOTE_ADDR="192.0.2.2")
    signed_in("mei@desk.test")

    seen = [(place["browser"], place["address"], place["is_this"]) for place in places(here)]

    assert sorted(seen) == [
        ("Firefox on Linux", "192.0.2.1", True),
        ("Unknown browser", "192.0.2.2", False),
    ]


def test_she_ends_one(signed_in: Any) -> None:
    here, there = signed_in(), signed_in()
    other = next(place["id"] for place in places(here) if not place["is_this"])

    assert here.post(f"/me/security/sessions/{other}/ending/").status_code == 302

    assert (is_in(here), is_in(there)) == (True, False)
    assert len(places(here)) == 1
    zones.use(zones.OWNER)
    assert AuditEvent.objects.latest("seq").action == "session_ended"


def test_nobody_ends_anothers(signed_in: Any) -> None:
    mei, ada = signed_in("mei@desk.test"), signed_in()
    (meis,) = (place["id"] for place in places(mei))

    assert ada.post(f"/me/security/sessions/{meis}/ending/").status_code == 404

    assert is_in(mei)


def test_she_ends_all_others(signed_in: Any) -> None:
    here, others, mei = signed_in(), [signed_in(), signed_in()], signed_in("mei@desk.test")

    here.post("/me/security/sessions/others/ending/")

    assert [is_in(client) for client in (here, *others, mei)] == [True, False, False, True]


def test_a_session_that_was_signed_out_is_not_listed(signed_in: Any) -> None:
    here, there = signed_in(), signed_in()
    there.post("/sign-out/")

    assert len(places(here)) == 1
    zones.use(zones.OWNER)
    forget_staff_sessions(now=timezone.now())
    assert UserSession.objects.count() == 1


def test_being_seen_is_noted_now_and_then_and_costs_nothing_between(
    signed_in: Any, django_assert_num_queries: Any
) -> None:
    client = signed_in(REMOTE_ADDR="192.0.2.1")
    zones.use(zones.OWNER)
    began = UserSession.objects.get().last_seen_at
    client.get("/me/")
    session = client.session
    zones.use(zones.OWNER)
    assert UserSession.objects.get().last_seen_at == began

    session["seen_at"] = session["seen_at"] - 601
    session.save()
    client.get("/me/", REMOTE_ADDR="192.0.2.9")

    zones.use(zones.OWNER)
    row = UserSession.objects.get()
    assert row.ip == "192.0.2.9"
    assert row.last_seen_at > began


def test_signing_in_asks_as_little_as_it_can(
    desk_client: DeskClient, ada: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        signed_in()
    client = desk_client()

    with django_assert_max_num_queries(SIGN_IN_STATEMENTS):
        client.post("/sign-in/", {"login": "ada@desk.test", "password": PASSWORD})


SIGN_IN_STATEMENTS = 20
"""Four of them are the fast test's changes of login; the list of sessions costs one."""


# --- Another password ----------------------------------------------------------------------------


def test_another_password_ends_all_other_sessions(signed_in: Any) -> None:
    here, there = signed_in(), signed_in()
    typed = {"current_password": PASSWORD, "new_password": NEW, "repeated": NEW}

    assert here.post("/me/security/password/", typed).headers["Location"] == "/me/security/"

    assert (is_in(here), is_in(there)) == (True, False)
    assert not is_in(signed_in())
    assert is_in(signed_in(password=NEW))
    zones.use(zones.OWNER)
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.changes) == ("password_changed", {"password": ["•", "•"]})


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"current_password": "wrong"}, "current_password"),
        ({"new_password": "short", "repeated": "short"}, "new_password"),
        ({"new_password": "ada@desk.test", "repeated": "ada@desk.test"}, "new_password"),
        ({"repeated": "something else again"}, "repeated"),
        ({"new_password": ""}, "new_password"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_its_reason(
    signed_in: Any, typed: dict[str, str], field: str
) -> None:
    client = signed_in()
    right = {"current_password": PASSWORD, "new_password": NEW, "repeated": NEW}

    page = client.post("/me/security/password/", right | typed)

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert is_in(signed_in())


# --- Switched off --------------------------------------------------------------------------------


def test_somebody_switched_off_is_out_with_the_next_request(signed_in: Any, ada: User) -> None:
    client = signed_in()
    assert is_in(client)

    zones.use(zones.OWNER)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert not is_in(client)


def test_a_session_that_expired_is_not_listed(signed_in: Any) -> None:
    here, there = signed_in(), signed_in()
    zones.use(zones.OWNER)
    Session.objects.filter(pk=there.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )

    assert len(places(here)) == 1


# --- Browsers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0",
         "Edge on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML) Chrome/141.0 Safari/537.36",
         "Chrome on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1",
         "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/141.0 Mobile MicroMessenger/8.0",
         "WeChat on Android"),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_browsers_are_told_in_words(says: str, words: str) -> None:
    assert in_words(says) == words


# --- What ends with a password or a second step ---------------------------------------------------


def _by_link(ada: User) -> None:
    set_password(user=ada, password=NEW, by=By(ada), now=timezone.now())


def _by_herself(ada: User) -> None:
    change_password(user=ada, password=NEW, key="none", by=By(ada), now=timezone.now())


def _by_losing_the_phone(ada: User) -> None:
    Authenticator.objects.create(user_id=ada.pk, type="totp", data={"secret": "x", "step": 1})
    second_step.reset(user=ada, by=By(), now=timezone.now())


def _by_being_switched_off(ada: User) -> None:
    ada.is_active = False
    amend_staff(user=ada, by=By(), now=timezone.now())


@pytest.mark.parametrize(
    "change", [_by_link, _by_herself, _by_losing_the_phone, _by_being_switched_off]
)
def test_tokens_and_sessions_end_and_no_list_shows_them(
    signed_in: Any, ada: User, mei: User, change: Callable[[User], None]
) -> None:
    client = signed_in()
    zones.use(zones.OWNER)
    now = timezone.now()
    for user in (ada, mei):
        make_token(
            user=user, name="x", scopes=["read_tickets"], now=now,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip
    assert UserSession.objects.filter(user_id=ada.pk).count() == 1

    change(User.objects.get(pk=ada.pk))

    assert not UserSession.objects.filter(user_id=ada.pk).exists()
    assert [token.user for token in ApiToken.objects.usable(timezone.now())] == [mei]
    assert AuditEvent.objects.filter(action="token_revoked").count() == 1
    assert not is_in(client)
