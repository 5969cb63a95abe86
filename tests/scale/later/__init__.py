"""The product one release later, as far as migrations go: a new column, a new trigger version."""

from __future__ import annotations

from pathlib import Path

from servicedesk import env


def of_today(app: str) -> str:
    """The folder of the app's migrations, so that a package can have them all and one more."""
    return str(env.BASE_DIR / app / "migrations")


def last_of_today(app: str) -> str:
    """The name of the app's last migration."""
    return max(path.stem for path in Path(of_today(app)).glob("[0-9]*.py"))
