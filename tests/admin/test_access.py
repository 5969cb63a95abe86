"""What an operator sees of a colleague: ways in, customers and why; and roles in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Team, User
from accounts.operations.tokens import make_token
from accounts.policy import ROLE_PERMISSIONS, Permission, Role
from customers.models import Customer
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import agree, events, problems, said
from tests.cast import PASSWORD, days, make_staff
from tests.doors import DeskClient


@pytest.fixture
def nia(acme: Customer, globex: Customer) -> User:
    zones.use(zones.OWNER)
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    Customer.objects.filter(pk=globex.pk).update(team=south)
    Customer.objects.create(code="free", name="Free Inc", created_at=timezone.now())
    return make_staff(
        name="Nia", email="nia@desk.test", role=Role.AGENT, teams=[north], serves_all=False
    )


def _signs_in(desk_client: DeskClient, user: User) -> Any:
    client = desk_client()
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    assert client.get("/").status_code == 200
    return client


def test_customers_are_told_with_the_reason(
    console: ConsoleClient, oskar: User, nia: User, ada: User
) -> None:
    words = said(console(oskar).get(f"/accounts/user/{nia.pk}/access/"))
    assert "In the team “North”" in words
    assert "Acme" in words
    assert "Free Inc" in words
    assert "Globex" not in words
    assert "Serves all customers" in said(console(oskar).get(f"/accounts/user/{ada.pk}/access/"))


def test_an_operator_ends_one_session_all_and_a_token(
    console: ConsoleClient, oskar: User, nia: User, desk_client: DeskClient
) -> None:
    one, other = _signs_in(desk_client, nia), _signs_in(desk_client, nia)
    zones.use(zones.OWNER)
    now = timezone.now()
    token, _secret = make_token(
        user=nia, name="x", scopes=["read_tickets"], expires_at=now + days(1), now=now
    )
    client, page = console(oskar), f"/accounts/user/{nia.pk}/access/"
    places = client.get(page).context["places"]
    assert len(places) == 2

    assert client.post(page, {"end": f"session:{places[0]['id']}"}).status_code == 302
    assert sorted([one.get("/").status_code, other.get("/").status_code]) == [200, 302]
    assert client.post(page, {"end": "sessions"}).status_code == 302
    assert {one.get("/").status_code, other.get("/").status_code} == {302}
    assert client.post(page, {"end": f"token:{token.pk}"}).status_code == 302
    assert client.post(page, {"end": f"session:{places[0]['id']}"}).status_code == 404

    told = [event.action for event in events(actor=oskar) if event.action != "entered_admin"]
    assert told == ["session_ended", "sessions_ended", "token_revoked"]


def test_nobody_else_looks_at_it(console: ConsoleClient, mei: User, nia: User) -> None:
    page = f"/accounts/user/{nia.pk}/access/"
    assert console(mei).get(page).status_code == 403
    assert console(mei).post(page, {"end": "sessions"}).status_code == 403


def test_who_is_switched_off_is_refused_at_every_door_at_the_next_request(
    console: ConsoleClient, oskar: User, desk_client: DeskClient
) -> None:
    """A page, the rows that a page asks for while it is open, the admin, a program, a crossing."""
    una = make_staff(name="Una", email="una@desk.test", role=Role.MANAGER, serves_all=True)
    hers = _signs_in(desk_client, una)
    zones.use(zones.OWNER)
    now = timezone.now()
    _row, secret = make_token(
        user=una, name="x", scopes=["read_tickets"], expires_at=now + days(1), now=now
    )
    program = desk_client()
    program.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    fragment = {"HX-Request": "true", "HX-Current-URL": "http://desk.localhost/"}
    crossing = hers.post("/hand-overs/").content.decode()
    assert hers.get("/queue/rows/", headers=fragment).status_code == 200
    assert program.get("/api/v1/queue/").status_code == 200

    off = agree(console(oskar), f"/accounts/user/{una.pk}/change/", is_active=None)

    assert off.status_code == 302, problems(off)
    assert hers.get("/queue/rows/", headers=fragment).headers["HX-Redirect"].startswith("/sign-in/")
    assert hers.get("/").headers["Location"].startswith("/sign-in/")
    assert program.get("/api/v1/queue/").status_code == 401
    field = {name: crossing.split(f'name="{name}" value="')[1].split('"')[0] for name in
             ("row", "secret") if f'name="{name}"' in crossing}  # fmt: skip
    assert field, "the page that crosses carries its ticket"
    crossed = desk_client().post("/hand-over/", field, headers={"Host": "admin.localhost"})
    assert crossed.status_code != 302
    assert hers.post("/sign-in/", {"login": una.email, "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CONSULTANT])
def test_roles_are_read_from_the_policy_in_words(console: ConsoleClient, role: Role) -> None:
    page = console(make_staff(name="Nia", email="nia@desk.test", role=role)).get("/roles/")
    rows = page.context["rows"]
    assert len(rows) == len(Permission)
    for column, one in enumerate(Role):
        assert sum(row["may"][column] for row in rows) == len(ROLE_PERMISSIONS[one])
    assert "Roles are a part of the program" in said(page)
