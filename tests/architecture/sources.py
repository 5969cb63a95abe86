"""Our own source files, parsed, for tests about how they are written."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from servicedesk import env

APPS = ("servicedesk", "followups", "tickets", "product", "desk", "customers", "accounts")


def relative(path: Path) -> str:
    """The path as the repository knows it."""
    return path.relative_to(env.BASE_DIR).as_posix()


def modules() -> list[Path]:
    """Every Python file of the product; no tests, no migrations."""
    tops = ("manage.py", "requirements/install.py", "requirements/lock.py")
    files = [env.BASE_DIR / name for name in tops]
    for app in APPS:
        files += sorted((env.BASE_DIR / app).rglob("*.py"))
    return [file for file in files if "migrations" not in file.parts]


def texts() -> list[Path]:
    """Everything that people write here: code, tests, pages, styles, scripts, documents."""
    kinds = ("*.py", "*.html", "*.txt", "*.css", "*.js", "*.md", "*.toml", "*.mjml", "*.yml")
    tops = [*APPS, "tests", "templates", "static", "docs", "requirements", "imports"]
    files = [file for kind in kinds for file in env.BASE_DIR.glob(kind)]
    for top in tops:
        for kind in kinds:
            files += (env.BASE_DIR / top).rglob(kind)
    return sorted(files)


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(), filename=str(path))


def calls(path: Path) -> list[ast.Call]:
    """Every call in the file."""
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of the file, nested ones too."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]
