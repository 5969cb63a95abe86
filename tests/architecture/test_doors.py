"""Doors write no rows: views, tasks, commands and middleware call an operation, and that writes."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.sources import calls, modules, relative, tree

WRITING = {
    "save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create",
    "update_or_create", "execute", "executemany", "add", "set", "remove", "clear",
}  # fmt: skip
CLOCKS = {"timezone.now", "datetime.now", "datetime.utcnow", "date.today", "time.time"}

ALLOWED = {
    ("tickets/management/waking.py", "cursor.execute"): (
        "says how sure an import's commits must be; no row"
    ),
    ("servicedesk/middleware.py", "cursor.execute"): "asks the router's one question",
    ("tickets/management/commands/import_tickets.py", "cursor.execute"): (
        "holds the import's lock and says how sure its commits must be; no row"
    ),
}


def _is_door(path: Path) -> bool:
    parts = set(path.parts)
    return bool(parts & {"views", "api", "management"}) or path.name in (
        "views.py",
        "tasks.py",
        "middleware.py",
        "admin.py",
    )


def _writes(path: Path) -> list[tuple[str, str]]:
    return [
        (relative(path), ast.unparse(call.func))
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in WRITING
        and _is_of_rows(call.func)
    ]


def _is_of_rows(call: ast.Attribute) -> bool:
    """Whether it may write rows: `add`, `set` and the like are only suspicious behind a manager."""
    if call.attr in {"add", "set", "remove", "clear"}:
        return isinstance(call.value, ast.Attribute) and call.value.attr in {"teams", "members"}
    words = ast.unparse(call.value)
    return not words.endswith(("headers", "context", "options", "_digest"))


def test_doors_write_no_rows() -> None:
    written = {write for path in modules() if _is_door(path) for write in _writes(path)}
    assert {write for write in written if write not in ALLOWED} == set()


def test_sql_in_doors_asks_and_sets_but_writes_nothing() -> None:
    asked = [
        ast.unparse(call.args[0])
        for path in modules()
        if _is_door(path)
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"execute", "executemany"}
    ]
    assert asked
    assert [sql for sql in asked if not sql.startswith(("'SELECT ", "'SET ", "'RESET "))] == []


def test_the_list_of_exceptions_is_not_stale() -> None:
    written = {write for path in modules() if _is_door(path) for write in _writes(path)}
    assert {exception for exception in ALLOWED if exception not in written} == set()


def test_only_doors_ask_the_clock() -> None:
    """Models and operations are told the time; leases and due decisions ask the database's."""
    asking = [
        f"{relative(path)}:{call.lineno}"
        for path in modules()
        if {"models", "operations"} & set(path.parts)
        for call in calls(path)
        if ast.unparse(call.func) in CLOCKS
    ]
    assert asking == []


def test_operations_take_their_facts_by_name() -> None:
    positional = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in modules()
        if "operations" in path.parts
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if len(node.args.args) > 1
    ]
    assert positional == []
