"""The steps before the processes start. What has not changed since last time is skipped."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg2

from servicedesk import env, messages
from servicedesk.embedded import programs
from servicedesk.embedded.errors import ServerError
from servicedesk.running.console import Console
from servicedesk.running.fingerprints import Done, of_files

APPS = ("accounts", "customers", "desk", "product", "tickets", "followups", "servicedesk")


class StepFailed(Exception):
    """A step did not work; its text says which and what was said."""


class Stopped(Exception):
    """We were asked to stop before everything was ready."""


class Preparation:
    """Brings the installation to where its processes can start."""

    def __init__(self, console: Console, is_asked_to_stop: Callable[[], bool]) -> None:
        self._console = console
        self._is_asked_to_stop = is_asked_to_stop
        self._done = Done(env.VAR / "prepared.json")

    def all(self) -> None:
        """Every step in its order. Raises ServerError, StepFailed or Stopped."""
        self._servers()
        self._translations()
        self._schema()
        self._static_files()
        self._demo()

    def _servers(self) -> None:
        database = env.database()
        where = f"{database.host}:{database.port}"
        with self._console.step(f"PostgreSQL{_version(database)} on {where}"):
            env.ensure_database()
        if database.source == "url":
            refuse_unfit(database)
        with self._console.step("Valkey"):
            env.ensure_broker()

    def _translations(self) -> None:
        if messages.stale():
            with self._console.step("Translations compiled"):
                messages.compile_stale()

    def _schema(self) -> None:
        code = of_files(_code(), env.INSTALLATION, env.database_birth())
        if not self._done.has("schema", code) or env.database().source == "url":
            self._manage("Database schema, roles and customers", "prepare")
            self._done.keep("schema", code)

    def _static_files(self) -> None:
        files = (path for path in (env.BASE_DIR / "static").rglob("*") if path.is_file())
        lock = env.BASE_DIR / "requirements/base.txt"
        state = of_files([*files, lock, env.BASE_DIR / "servicedesk/settings.py"])
        if not self._done.has("static", state) or not (env.VAR / "static").exists():
            self._manage("Static files", "collectstatic", "--no-input", "--clear", "-v0")
            self._done.keep("static", state)

    def _demo(self) -> None:
        if not env.is_demo():
            return
        place = f"{env.database_birth()} {env.port()}"
        if not self._done.has("demo", place) or not (env.VAR / "demo.json").exists():
            self._manage("Demo customers and tickets", "demo")
            self._done.keep("demo", place)

    def _manage(self, what: str, *command: str) -> None:
        """Run a management command; it ends at once when we are asked to stop."""
        with self._console.step(what):
            run_interruptibly(
                [sys.executable, str(env.BASE_DIR / "manage.py"), *command],
                is_asked_to_stop=self._is_asked_to_stop,
            )


def run_interruptibly(command: list[str], *, is_asked_to_stop: Callable[[], bool]) -> None:
    """Run a command to its end. Raises StepFailed with what it said, or Stopped."""
    kept = env.VAR / "log/step.log"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("w") as said:
        process = subprocess.Popen(
            command,
            cwd=env.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while process.poll() is None:
            if is_asked_to_stop():
                process.kill()
                process.wait()
                raise Stopped
            time.sleep(0.02)
    if process.returncode:
        text = kept.read_text(errors="replace").strip()
        raise StepFailed(f"{' '.join(command[1:])} failed:\n{text[-6000:]}")


def refuse_unfit(database: env.Database) -> None:
    """Raise ServerError unless the given database can carry an installation."""
    options: dict[str, Any] = dict(database.options)
    try:
        connection = psycopg2.connect(
            host=database.host,
            port=database.port,
            dbname=database.name,
            user=database.owner,
            password=database.owner_password,
            **options,
        )
    except psycopg2.OperationalError as problem:
        raise ServerError(f"The database of DATABASE_URL does not let us in: {problem}") from None
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcreaterole, pg_get_userbyid(datdba) = current_user"
            " FROM pg_roles, pg_database"
            " WHERE rolname = current_user AND datname = current_database()"
        )
        may_create_roles, is_owner = cursor.fetchone() or (False, False)
        version = connection.server_version // 10000
    connection.close()
    if version < programs.OLDEST_POSTGRES:
        raise ServerError(f"PostgreSQL {programs.OLDEST_POSTGRES} is needed; that is {version}.")
    if not (may_create_roles and is_owner):
        owner, name = database.owner, database.name
        raise ServerError(
            f"{owner} must be able to create roles and own the database {name}. As a superuser:\n"
            f'  ALTER ROLE "{owner}" CREATEROLE; ALTER DATABASE "{name}" OWNER TO "{owner}";'
        )


def _code() -> Iterable[Path]:
    for app in APPS:
        for kind in ("*.py", "*.sql"):
            yield from (env.BASE_DIR / app).rglob(kind)
    yield env.BASE_DIR / "requirements/base.txt"


def _version(database: env.Database) -> str:
    return "" if database.source == "url" else f" {programs.postgres().version}"
