"""The zone driver of fast tests: real grants and `session_user`, one rolled-back connection."""

from __future__ import annotations

from typing import Any, cast

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
        wrapper.ensure_connection()
        with wrapper.connection.cursor() as cursor:  # as it is: the path is not asked for yet
            cursor.execute(f'SET SESSION AUTHORIZATION "{role_name(zone)}"')
        self._zone = zone

    def abandon(self) -> None:
        """Refuse: the transaction to be thrown away is the test's. Use the `live` fixture."""
        raise ZoneError("a request left its transaction open; test that with `live`")

    def forget(self) -> None:
        """Nothing is parked."""


class OnePath(DatabaseWrapper):
    """The product's connection to the database, which says only once in a row where to look.

    Real logins have a connection each, that stays where it is. With one for all of them every
    fourth statement of a test said again what was in force.
    """

    search_path_set_schemas: list[str] | None

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        """Look there first; what a rollback may have taken back is forgotten by then."""
        in_force = self.search_path_set_schemas
        super().set_tenant(tenant, include_public)
        if in_force is not None and in_force == self._get_cursor_search_paths():
            self.search_path_set_schemas = in_force
