"""Our people as CSV, out and in: new colleagues, and changes by address. Never a password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from accounts.cells import Pointers, by_name
from accounts.models import Team
from accounts.taking_in import TakingInAdmin


class StaffFile(TakingInAdmin):
    """Staff are known by their address. Who leaves is switched off on their own page."""

    columns = (
        "email", "name", "role", "teams", "serves_all", "language", "time_zone", "is_active",
    )  # fmt: skip
    key = "email"
    only_shown = frozenset({"is_active"})

    def pointers(self, request: HttpRequest) -> Pointers:
        return {"teams": by_name(list(Team.objects.all()), "name")}

    def said_of(self, row: Any, column: str) -> str:
        if column == "teams":
            return "; ".join(sorted(team.name for team in row.teams.all()))
        value = getattr(row, column)
        return ("yes" if value else "no") if isinstance(value, bool) else str(value)

    def csv_rows(self, request: HttpRequest, rows: Any) -> Iterator[Any]:
        return super().csv_rows(request, rows.prefetch_related("teams"))
