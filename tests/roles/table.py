"""The table of roles, read: who gets what answer where, and each of its cells."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("roles.toml")
WHOLE = ""
"""The object of an address that is about no single ticket."""


@dataclass(frozen=True)
class Cell:
    """One role, one address by one method, one kind of object, and the status it must answer."""

    door: str
    method: str
    route: str
    role: str
    whose: str
    status: int

    def __str__(self) -> str:
        whose = f" ({self.whose})" if self.whose else ""
        return f"{self.role}: {self.method} {self.door}:/{self.route}{whose}"


@cache
def table() -> dict[str, Any]:
    """The file as it stands."""
    return tomllib.loads(TABLE.read_text())


def roles(door: str) -> list[str]:
    """The columns at that door."""
    found: list[str] = table()["columns"]["portal" if door == "portal" else "staff"]
    return found


@cache
def lines(door: str) -> dict[tuple[str, str], dict[str, str]]:
    """(method, route) → whose object → the statuses, a column for each role."""
    found = dict(table()[door])
    if door == "admin":
        found = _of_models(table()["admin_models"], table()["admin_pages"]) | found
    split = {tuple(key.split(" ", 1)): line for key, line in found.items()}
    return {
        (method, route): line if isinstance(line, dict) else {WHOLE: line}
        for (method, route), line in split.items()
    }


def _of_models(models: dict[str, dict[str, str]], pages: dict[str, str]) -> dict[str, str]:
    """A line for each page of each model, by what the page is for."""
    found = {}
    for model, statuses in models.items():
        for key, verb in pages.items():
            method, _, page = key.partition(" ")
            found[f"{method} {model}/{page}"] = statuses[verb]
    return found


def cells(door: str, role: str) -> Iterator[Cell]:
    """Everything the table says about a role at a door."""
    column = roles(door).index(role)
    for (method, route), objects in lines(door).items():
        for whose, statuses in objects.items():
            yield Cell(door, method, route, role, whose, int(statuses.split()[column]))
