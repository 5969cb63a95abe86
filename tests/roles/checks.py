"""What the table of roles means, as checks that raise AssertionError when it does not hold."""

from __future__ import annotations

from collections.abc import Iterable

from tests.roles.stage import Stage
from tests.roles.table import cells, lines


def check_every_route_has_a_line(door: str, routes: Iterable[str]) -> None:
    """Fail for a route that the table does not name."""
    known = {route for _method, route in lines(door)}
    unknown = sorted(set(routes) - known)
    assert unknown == [], f"no line in roles.toml for {unknown}"


def check_roles_get_what_the_table_says(stage: Stage, door: str, role: str) -> int:
    """Ask each cell of the role; fail with those that differ; say how many there were."""
    wrong, count = [], 0
    for cell in cells(door, role):
        answer = stage.ask(cell)
        count += 1
        if answer.status != cell.status:
            wrong.append(f"{cell} is {answer.status}, not {cell.status}")
    assert wrong == [], "\n".join(wrong)
    return count
