#!/usr/bin/env python3
"""Django's command line. It starts the embedded PostgreSQL when a command needs a database."""

import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
WITHOUT_DATABASE = {"collectstatic", "compilemessages", "help", "makemessages", "version"}
FOR_PIPES = {"receive_mail"}  # whoever calls them tries again after EX_TEMPFAIL, and only then
EX_TEMPFAIL = 75
UNDEFINED_TABLE = "42P01"  # as PostgreSQL calls it, in any language


def use_our_python() -> None:
    """Run again in `.venv` when started by a Python without Django: `python3 manage.py` works."""
    ours = HERE / ".venv/bin/python"
    if find_spec("django") is not None:
        return
    if not ours.exists() or Path(sys.prefix) == HERE / ".venv":
        sys.exit("Django is not installed here. `make run` (or `make install`) does that.")
    os.execv(ours, [str(ours), *sys.argv])


def main() -> None:
    """Run one management command as the owner of the database, unless the zone is set."""
    use_our_python()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    from servicedesk import env
    from servicedesk.embedded.errors import ServerError

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        if command not in WITHOUT_DATABASE and "--help" not in sys.argv:
            was_there = env.database_runs()
            env.ensure_database()
            if not was_there:  # it stays, so that the next command is quick
                print("PostgreSQL was started; `make stop` ends it.", file=sys.stderr)
    except ServerError as problem:
        print(problem, file=sys.stderr)
        sys.exit(EX_TEMPFAIL if command in FOR_PIPES else 1)
    from django.core.management import execute_from_command_line
    from django.db import ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as problem:
        if is_unprepared(problem):
            sys.exit("The database is not prepared: run ./manage.py prepare")
        raise


def is_unprepared(problem: Exception) -> bool:
    """Whether the database has missed one of our public tables, which `prepare` makes."""
    code = getattr(problem.__cause__, "pgcode", None)
    return code == UNDEFINED_TABLE and bool(re.search(r'"(accounts|customers|desk)_', str(problem)))


if __name__ == "__main__":
    main()
