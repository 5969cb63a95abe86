"""The admin's host, and who works there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.policy import Role
from tests.cast import make_staff
from tests.doors import DeskClient

ConsoleClient = Callable[[User], Client]


@pytest.fixture
def console(desk_client: DeskClient) -> ConsoleClient:
    """`console(oskar)`: a client on the admin's host, signed in."""

    def sign_in(user: User) -> Client:
        client = desk_client(user)
        client.defaults["HTTP_HOST"] = settings.ADMIN_HOST
        return client

    return sign_in


@pytest.fixture
def oskar(db: None) -> User:
    """The operator."""
    return make_staff(name="Oskar Nyberg", email="oskar@desk.test", role=Role.OPERATOR)
