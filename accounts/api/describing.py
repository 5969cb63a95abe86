"""The schema of the API (OpenAPI): one for each host, with that host's addresses."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema


class ApiSchema(AutoSchema):
    """Describes an address."""
