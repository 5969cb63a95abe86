"""A connection logs in as its zone's role; nothing else decides the user name."""

from __future__ import annotations

import select
from typing import Any

from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantWrapper

from customers.roles import ROUTER, password, role_name


class DatabaseWrapper(TenantWrapper):
    """`zone` is set by `servicedesk.zones`; the settings' ZONE holds until then.

    Without either the settings' USER counts: that is how tests connect as the superuser.
    """

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        self.zone: str | None = settings_dict.get("ZONE")
        super().__init__(settings_dict, alias)

    def get_connection_params(self) -> dict[str, Any]:
        """The driver's parameters, with the login of the zone."""
        params: dict[str, Any] = super().get_connection_params()
        if self.zone is not None:
            params |= {"user": role_name(self.zone), "password": password(self.zone)}
        return params

    def _handle_search_path(self, cursor: Any = None) -> None:
        """Search where the tenant is, unless the login stands there by itself.

        A customer's login is at home in its schema (its role says so), and the router has one
        function, which it names in full: no path leads it anywhere else.
        """
        if self.zone != ROUTER and not self._is_at_home():
            super()._handle_search_path(cursor)

    def _is_at_home(self) -> bool:
        schema = str(self.schema_name)
        return schema.startswith("c_") and self.zone == f"c{schema[2:]}"

    def is_usable(self) -> bool:
        """Whether the server still holds the connection; asked when one is taken up again.

        A server that ends a connection says so on its socket. While nothing waits there to be read
        it lives, and the question costs a microsecond instead of a statement; after an error, or
        when something was said, PostgreSQL itself is asked.
        """
        if self._is_silent():
            return True
        return bool(super().is_usable())

    def _is_silent(self) -> bool:
        if self.connection is None or self.connection.closed or self.errors_occurred:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not waiting.poll(0)
