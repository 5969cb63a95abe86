"""Our own people: an operator adds them and says what they may do, and never sees a password."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.models import ApiToken, User
from accounts.operations import By, LastOperator, amend_staff
from accounts.policy import Role
from customers.roles import OWNER
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import agree, events, problems, said, send
from tests.cast import NINE, PASSWORD, days, make_staff
from tests.doors import DeskClient

NEW = {"name": "Nia New", "email": "Nia@desk.test", "role": "agent"}


def _again(user: User) -> User:
    zones.use(OWNER)
    return User.objects.get(pk=user.pk)


def test_adding_somebody_leads_to_the_link_that_lets_them_in(
    console: ConsoleClient, oskar: User
) -> None:
    added = send(console(oskar), "/accounts/user/add/", **NEW)
    assert added.headers["Location"].endswith("/password-link/")
    page = said(console(oskar).get(added.headers["Location"]))
    assert "Nia New has no password yet" in page


def test_who_is_added_has_no_password_until_they_set_one_by_a_link(
    console: ConsoleClient, oskar: User, desk_client: DeskClient
) -> None:
    client = console(oskar)
    assert send(client, "/accounts/user/add/", **NEW).status_code == 302
    zones.use(OWNER)
    nia = User.objects.get(email="nia@desk.test")
    assert not nia.has_usable_password()
    page = client.post(f"/accounts/user/{nia.pk}/password-link/").content.decode()
    found = re.search(r'value="http://desk\.localhost[:\d]*(/password/[^"]+)"', page)
    assert found, "the link is shown"
    (made,) = events(action="password_link_made")
    assert (made.actor_name, made.row, made.changes) == ("Oskar Nyberg", str(nia.pk), {})

    stranger = desk_client()
    opened = stranger.get(found[1], follow=True)
    assert opened.status_code == 200
    form = opened.request["PATH_INFO"]
    weak = stranger.post(form, {"new_password1": "short", "new_password2": "short"})
    assert "at least 12 characters" in said(weak)
    done = stranger.post(form, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert done.status_code == 302

    assert _again(nia).check_password(PASSWORD)
    (event,) = events(action="password_set")
    assert (event.actor_name, event.changes) == ("Nia New", {"password": ["•", "•"]})
    again = desk_client().get(found[1], follow=True)
    assert "This link does not work any more" in said(again)


@pytest.mark.parametrize("link", ["x/y", "MQ/set-password", "MQ/abc-def", "é/ü"])
def test_a_forged_link_lets_nobody_in(desk_client: DeskClient, db: None, link: str) -> None:
    page = desk_client().get(f"/password/{link}/", follow=True)
    assert page.status_code in (200, 404)
    assert "new_password1" not in said(page)


def test_who_is_switched_off_is_out_at_the_next_request(
    console: ConsoleClient, oskar: User, desk_client: DeskClient, ada: User
) -> None:
    hers = desk_client(ada)
    zones.use(OWNER)
    token = ApiToken.objects.create(
        user=ada, name="x", digest="0" * 64, created_at=NINE, expires_at=NINE + days(900)
    )
    assert hers.get("/").status_code == 200

    off = agree(console(oskar), f"/accounts/user/{ada.pk}/change/", is_active=None)

    assert off.status_code == 302, problems(off)
    assert hers.get("/").status_code == 302
    zones.use(OWNER)
    token.refresh_from_db()
    assert token.revoked_at is not None
    User.objects.filter(pk=ada.pk).update(is_active=True)
    assert hers.get("/").status_code == 302, "the session does not come back to life"


def test_nobody_changes_their_own_rights_or_locks_themselves_out(
    console: ConsoleClient, oskar: User
) -> None:
    make_staff(name="Ole", email="ole@desk.test", role=Role.OPERATOR)
    client, page = console(oskar), f"/accounts/user/{oskar.pk}/change/"
    for typed in ({"role": "manager"}, {"is_active": None}):
        refused = send(client, page, **typed)
        assert refused.status_code == 200
        assert "Nobody changes their own rights" in said(refused)
    assert send(client, page, name="Oskar N.").status_code == 302
    assert (_again(oskar).role, _again(oskar).is_active) == ("operator", True)


def test_the_last_operator_stays(oskar: User) -> None:
    for change in ({"role": "agent"}, {"is_active": False}):
        wanted = User.objects.get(pk=oskar.pk)
        for name, value in change.items():
            setattr(wanted, name, value)
        with pytest.raises(LastOperator):
            amend_staff(user=wanted, by=By(), now=NINE)
    assert _again(oskar).is_active


@pytest.mark.parametrize("typed", [{"email": "ADA@desk.test"}, {"email": "none"}, {"role": "boss"}])
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    console: ConsoleClient, oskar: User, ada: User, typed: dict[str, Any]
) -> None:
    refused = send(console(oskar), "/accounts/user/add/", **(NEW | typed))
    assert refused.status_code == 200
    assert list(refused.context["adminform"].form.errors) == list(typed)
    assert 'value="Nia New"' in said(refused)


def test_managers_and_consultants_see_no_staff(
    console: ConsoleClient, mei: User, ada: User
) -> None:
    client = console(mei)
    for page in ("", "add/", f"{ada.pk}/change/", f"{ada.pk}/password-link/"):
        assert client.get(f"/accounts/user/{page}").status_code == 403
    assert client.post(f"/accounts/user/{ada.pk}/password-link/").status_code == 403


def test_an_operator_says_who_is_away_and_who_leads_a_team(
    console: ConsoleClient, oskar: User, ada: User, carl: User
) -> None:
    client, page = console(oskar), f"/accounts/user/{ada.pk}/change/"
    away = {"away_from_0": "2099-03-02", "away_from_1": "09:00:00"}
    for typed, words in (
        (
            away | {"away_until_0": "2099-03-01", "away_until_1": "09:00:00"},
            "They come back after they leave",
        ),
        ({"away_until_0": "2099-03-01", "away_until_1": "09:00:00"}, "Say since when"),
        ({"deputy": str(ada.pk)}, "Nobody stands in for themselves"),
    ):
        assert words in said(send(client, page, **typed))

    done = send(client, page, deputy=str(carl.pk), **away)
    team = send(client, "/accounts/team/add/", name="North", lead=str(ada.pk))

    assert (done.status_code, team.status_code) == (302, 302), problems(done) + problems(team)
    assert _again(ada).deputy == carl
    changed = events(action="changed")[0]
    assert changed.changes["deputy"] == [None, "Carl Moser"]
    assert "away_from" in changed.changes
    (added,) = events(action="added", name="North")
    assert added.changes["lead"] == [None, "Ada Lind"]
