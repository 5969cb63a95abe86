"""What the table of roles means, as checks that raise AssertionError when it does not hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass

from tests.architecture.addresses import listed
from tests.isolation.requests import undrawn
from tests.roles.questions import Questions, listening
from tests.roles.stage import Stage
from tests.roles.table import Cell, cells, lines, roles


@dataclass(frozen=True)
class Asked:
    """What a role was told, and what of the policy that hung on."""

    role: str
    status: int
    heard: Questions

    def holds_for(self, role: str) -> bool:
        """Whether another role is told the same."""
        return self.heard.would_be_answered_the_same(self.role, role)


Known = defaultdict[tuple[str, str, str], list[Asked]]
"""Method, route and whose object → what was told to whom."""


def check_every_route_has_a_line(door: str, routes: Iterable[str]) -> None:
    """Fail for a route that the table does not name."""
    known = {route for _method, route in lines(door)}
    unknown = sorted(set(routes) - known)
    assert unknown == [], f"no line in roles.toml for {unknown}"


def check_roles_get_what_the_table_says(
    stage: Stage, door: str, role: str, *, routes: str = "", known: Known | None = None
) -> int:
    """Check each cell of the role; fail with those that differ; say how many were asked.

    `routes` is a part of the routes to ask for: all of them when it is empty. With what is `known`
    of other roles, a cell is answered as theirs was when nothing that was asked of the policy
    tells the roles from each other; and a page that was drawn for another is not drawn again.
    """
    wrong, asked = [], 0
    for cell in cells(door, role):
        if routes not in cell.route:
            continue
        before = known[cell.method, cell.route, cell.whose] if known is not None else []
        status = next((one.status for one in before if one.holds_for(role)), None)
        if status is None:
            status, asked = _ask(stage, cell, before), asked + 1
        if status != cell.status:
            wrong.append(f"{cell} is {status}, not {cell.status}")
    assert wrong == [], "\n".join(wrong)
    return asked


def _ask(stage: Stage, cell: Cell, before: list[Asked]) -> int:
    """Ask, and keep what was said beside what others were told."""
    is_drawn = any(one.status in (200, 422) for one in before)
    with undrawn() if is_drawn else nullcontext(), listening() as heard:
        status = stage.ask(cell).status
    before.append(Asked(cell.role, status, heard))
    return status


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
