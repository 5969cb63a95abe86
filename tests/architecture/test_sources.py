"""How the code is written: small, finished, and with one way to ring a bell."""

from __future__ import annotations

import ast
import re

from servicedesk import env
from tests.architecture.sources import calls, functions, modules, relative, texts, tree

MOST_LINES = 300
MOST_STATEMENTS = 25
LONGEST_ETA = 60  # seconds; what is due later is a row
BELL = "desk/kick.py"
# Names in two halves, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b|pytest\.mark\.x" r"fail")
NO_NAMES = ("utils", "helpers", "common", "misc", "manager", "handler", "tmp", "info", "obj")


def test_no_file_has_more_than_300_lines() -> None:
    long = {relative(path): len(path.read_text().splitlines()) for path in modules()}
    assert {path: lines for path, lines in long.items() if lines > MOST_LINES} == {}


def test_no_function_has_more_than_25_statements() -> None:
    long = [
        f"{relative(path)}:{function.lineno} {function.name}"
        for path in modules()
        for function in functions(path)
        if sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1 > MOST_STATEMENTS
    ]
    assert long == []


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{relative(path)}: {match[0]}"
        for path in texts()
        for match in [UNFINISHED.search(path.read_text(errors="replace"))]
        if match
    ]
    assert found == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [relative(path) for path in modules() if path.stem in NO_NAMES] == []


def test_every_public_class_says_its_promise() -> None:
    silent = [
        f"{relative(path)}: {node.name}"
        for path in modules()
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_operation_says_its_promise() -> None:
    silent = [
        f"{relative(path)}: {node.name}"
        for path in modules()
        if "operations" in path.parts
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_only_the_kick_sends_tasks() -> None:
    sending = {"delay", "apply_async", "send_task", "delay_on_commit", "apply_async_on_commit"}
    senders = {
        relative(path)
        for path in modules()
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr in sending
    }
    assert senders == {BELL}


def test_no_task_waits_in_the_broker_for_more_than_a_minute() -> None:
    late = [
        f"{relative(path)}:{keyword.value.lineno}"
        for path in modules()
        for call in calls(path)
        for keyword in call.keywords
        if keyword.arg == "eta"
        or (keyword.arg == "countdown" and ast.literal_eval(keyword.value) > LONGEST_ETA)
    ]
    assert late == []


def test_no_signal_receiver_of_models() -> None:
    """A row is written by the operation that says so."""
    listening = [
        relative(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "django.db.models.signals"
    ]
    assert listening == []


def test_no_model_overrides_save_or_has_a_default_ordering() -> None:
    models = [path for path in modules() if "models" in path.parts]
    overrides = [
        f"{relative(path)}:{function.lineno}"
        for path in models
        for function in functions(path)
        if function.name == "save"
    ]
    orderings = [
        f"{relative(path)}:{node.lineno}"
        for path in models
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ordering"
    ]
    assert models
    assert (overrides, orderings) == ([], [])


def test_no_third_party_file_and_no_sample_is_committed() -> None:
    names = [path.name for path in (env.BASE_DIR / "static").rglob("*") if path.is_file()]
    assert [name for name in names if ".min." in name or name.startswith(("htmx", "lucide"))] == []
