"""Counting what is sent to PostgreSQL: all of it, the search path and health checks included."""

from __future__ import annotations

from typing import Any

from psycopg2.extensions import cursor


class Statements:
    """How many statements this process has sent."""

    def __init__(self) -> None:
        self.sent = 0


statements = Statements()


class Counting(cursor):
    """A driver's cursor that counts; BEGIN and COMMIT have no cursor and are not counted."""

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002  the driver's name
        """Send it, counted."""
        statements.sent += 1
        super().execute(query, vars)
