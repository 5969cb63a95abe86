"""The zone driver of fast tests: real grants and `session_user`, one rolled-back connection."""

from __future__ import annotations

from typing import cast

from django.db import connections

from customers.roles import role_name
from servicedesk.database.base import DatabaseWrapper
from servicedesk.zones import ZoneError


class OneConnection:
    """The superuser's connection, which becomes a zone's by SET SESSION AUTHORIZATION.

    Everything happens in the test's one transaction, so nothing has to be cleaned up.
    """

    def __init__(self) -> None:
        self._zone = ""

    def current(self) -> str:
        return self._zone

    def enter(self, zone: str) -> None:
        """Become the zone's login. Raises ZoneError inside a transaction, as in real life."""
        if zone == self._zone:
            return
        wrapper = cast(DatabaseWrapper, connections["default"])
        if any(not atomic._from_testcase for atomic in wrapper.atomic_blocks):
            raise ZoneError(f"still in a transaction of {self._zone}, not entering {zone}")
        with wrapper.cursor() as cursor:
            cursor.execute(f'SET SESSION AUTHORIZATION "{role_name(zone)}"')
        self._zone = zone

    def abandon(self) -> None:
        """Refuse: the transaction to be thrown away is the test's. Use the `live` fixture."""
        raise ZoneError("a request left its transaction open; test that with `live`")

    def forget(self) -> None:
        """Nothing is parked."""
