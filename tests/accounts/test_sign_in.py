"""Signing in at the desk by a password; failures are counted, per account and address."""

import pytest
from django.test import Client

from accounts.models import Limit, User
from servicedesk import zones
from tests.cast import PASSWORD
from tests.doors import DeskClient

TRIES = 5


def sign_in(client: Client, password: str, *, email: str = "ada@desk.test", ip: str = "") -> int:
    typed = {"login": email, "password": password}
    return client.post("/sign-in/", typed, REMOTE_ADDR=ip or "192.0.2.1").status_code


def test_ada_signs_in_whatever_the_case_of_her_address(desk_client: DeskClient, ada: User) -> None:
    client = desk_client()

    assert sign_in(client, PASSWORD, email="ADA@desk.test") == 302
    assert client.get("/").status_code == 200


def test_ada_is_told_that_the_admin_is_not_for_her(desk_client: DeskClient, ada: User) -> None:
    client = desk_client(ada)

    assert client.get("/", headers={"host": "admin.localhost"}, follow=True).status_code == 403


def test_the_sixth_wrong_password_is_not_looked_at(desk_client: DeskClient, ada: User) -> None:
    for _ in range(TRIES):
        assert sign_in(desk_client(), "wrong") == 200

    assert sign_in(desk_client(), PASSWORD) == 200
    assert sign_in(desk_client(), PASSWORD, ip="192.0.2.2") == 302, "elsewhere she gets in"


def test_the_right_password_uses_nothing_up(desk_client: DeskClient, ada: User) -> None:
    for _ in range(2 * TRIES):
        assert sign_in(desk_client(), PASSWORD) == 302

    zones.use(zones.OWNER)
    assert set(Limit.objects.values_list("count", flat=True)) == {0}


@pytest.mark.parametrize("email", ["nobody@desk.test", "ada@desk.test"])
def test_a_stranger_learns_nothing_of_who_is_here(
    desk_client: DeskClient, ada: User, email: str
) -> None:
    typed = {"login": email, "password": "wrong"}

    page = desk_client().post("/sign-in/", typed, REMOTE_ADDR="192.0.2.1").content.decode()

    assert page.count("role=") > 0
    assert "nobody" not in page.replace(f'value="{email}"', "")


def test_somebody_switched_off_does_not_get_in(desk_client: DeskClient, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    client = desk_client()

    sign_in(client, PASSWORD)

    assert client.get("/").status_code == 302
