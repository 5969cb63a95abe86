"""A connection logs in as its zone's role; nothing else decides the user name."""

from __future__ import annotations

from typing import Any

from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantWrapper

from customers.roles import password, role_name


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
