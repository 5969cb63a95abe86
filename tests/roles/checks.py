"""What the table of roles means, as checks that raise AssertionError when it does not hold."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext

from tests.architecture.addresses import listed
from tests.isolation.requests import undrawn
from tests.roles.stage import Stage
from tests.roles.table import cells, lines, roles

Page = tuple[str, str, str]
"""Method, route, and whose object."""


def check_every_route_has_a_line(door: str, routes: Iterable[str]) -> None:
    """Fail for a route that the table does not name."""
    known = {route for _method, route in lines(door)}
    unknown = sorted(set(routes) - known)
    assert unknown == [], f"no line in roles.toml for {unknown}"


def check_roles_get_what_the_table_says(
    stage: Stage, door: str, role: str, *, routes: str = "", drawn: set[Page] | None = None
) -> int:
    """Ask each cell of the role; fail with those that differ; say how many there were.

    `routes` is a part of the routes to ask for: all of them when it is empty. A page of `drawn`
    was drawn for another role; for this one all is done but that. Without it each draws its own.
    """
    wrong, count = [], 0
    for cell in cells(door, role):
        if routes not in cell.route:
            continue
        page = (cell.method, cell.route, cell.whose)
        with undrawn() if drawn and page in drawn else nullcontext():
            answer = stage.ask(cell)
        count += 1
        if drawn is not None and answer.status in (200, 422):
            drawn.add(page)
        if answer.status != cell.status:
            wrong.append(f"{cell} is {answer.status}, not {cell.status}")
    assert wrong == [], "\n".join(wrong)
    return count


def check_a_token_without_the_scope_is_refused(stage: Stage, door: str) -> int:
    """Ask each cell of the API by a token with all scopes but the one; say how many there were."""
    addresses = {one.route: one for one in listed() if one.door == door and one.is_api}
    wrong, count = [], 0
    for cell in (cell for role in roles(door) for cell in cells(door, role)):
        if cell.route not in addresses:
            continue
        scope = addresses[cell.route].scope(cell.method)
        answer = stage.ask(cell, token=stage.narrow[cell.role, scope])
        count += 1
        if answer.status != 403:
            wrong.append(f"{cell} is {answer.status} without {scope}")
    assert wrong == [], "\n".join(wrong)
    return count
