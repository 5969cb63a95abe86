"""The steps before the processes start. What has not changed since last time is skipped."""

import select
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg2

from servicedesk import env, messages
from servicedesk.embedded import programs
from servicedesk.embedded.errors import ServerError
from servicedesk.running.console import Console
from servicedesk.running.fingerprints import Done, of_files

APPS = ("accounts", "customers", "desk", "product", "tickets", "followups", "servicedesk")
DEMO = "demo"
SHAPING = ("settings.py", "apps.py", "static_storage.py")
"""The modules of `servicedesk` that say which static files there are, and under which names."""


class StepFailed(Exception):
    """A step did not work; its text says which and what was said."""


class Stopped(Exception):
    """We were asked to stop before everything was ready."""


@dataclass(frozen=True)
class Step:
    """A management command, repeated when its inputs changed or its product is not there."""

    what: str
    command: str
    fingerprint: str
    product: Path | None = None
    needs_the_database: bool = True


class Preparation:
    """Brings the installation to where its processes can start."""

    def __init__(self, console: Console, is_asked_to_stop: Callable[[], bool]) -> None:
        self._console = console
        self._is_asked_to_stop = is_asked_to_stop
        self._done = Done(env.VAR / "prepared.json")

    def all(self, *, before_the_demo: Callable[[], None]) -> None:
        """Every step in its order. Raises ServerError, StepFailed or Stopped.

        `before_the_demo` is called when the demo is laid now and nothing else is missing for pages.
        """
        with self._console.step("Valkey"):
            env.ensure_broker()  # before commands read where it is
        told = env.database()  # settles the port, which commands read when they load
        with CommandRun(self._is_asked_to_stop) as run:
            ahead = self._begin_what_needs_no_database(run)
            if messages.stale():
                with self._console.step("Translations compiled"):
                    messages.compile_stale()
            self._database()
            for step in ahead:
                self._finish(step, run)
            if env.database() != told:
                run.end()  # somebody took the port in between: load them anew
            for step in self._missing():
                if step.command == DEMO:
                    before_the_demo()
                run.begin(step.command)
                self._finish(step, run)

    def _database(self) -> None:
        database = env.database()
        where = f"{database.host}:{database.port}"
        with self._console.step(f"PostgreSQL{_version(database)} on {where}"):
            env.ensure_database()
        if database.source == "url":
            refuse_unfit(database)

    def _begin_what_needs_no_database(self, run: "CommandRun") -> list[Step]:
        """On two cores the server starts in the same time; Django is loaded in it, too."""
        missing = self._missing()
        ahead = [step for step in missing if not step.needs_the_database]
        if missing:
            run.start()
        for step in ahead:
            run.begin(step.command)
        return ahead

    def _missing(self) -> list[Step]:
        return [step for step in self._steps() if not self._is_done(step)]

    def _steps(self) -> list[Step]:
        birth, base = env.database_birth(), env.BASE_DIR
        static = [path for path in (base / "static").rglob("*") if path.is_file()]
        shaping = [base / "requirements/base.txt", *map((base / "servicedesk").joinpath, SHAPING)]
        steps = [
            Step(
                "Static files",
                "collectstatic --no-input --clear --verbosity=0",
                of_files([*static, *shaping]),
                env.VAR / "static",
                needs_the_database=False,
            ),
            Step("Schema and logins", "prepare", of_files(_code(), env.INSTALLATION, birth)),
        ]
        if env.is_demo():
            place = of_files([], birth, str(env.port()))
            steps.append(Step("Demo", DEMO, place, env.VAR / "demo.json"))
        return steps

    def _is_done(self, step: Step) -> bool:
        is_there = step.product is None or step.product.exists()
        return is_there and self._done.has(step.command, step.fingerprint)

    def _finish(self, step: Step, run: "CommandRun") -> None:
        with self._console.step(step.what):
            run.wait_for_next()
        self._done.keep(step.command, step.fingerprint)


class CommandRun:
    """Management commands at work in a process of their own, which ends with the block.

    What they say is kept in a file.
    """

    def __init__(self, is_asked_to_stop: Callable[[], bool]) -> None:
        self._is_asked_to_stop = is_asked_to_stop
        self._log = env.VAR / "log/prepare.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self) -> subprocess.Popen[bytes]:
        """Load Django, if that was not done yet, and wait there for commands."""
        if self._process is None:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("w") as said:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "servicedesk.running.commands"],
                    cwd=env.BASE_DIR,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    start_new_session=True,
                )
        return self._process

    def end(self) -> None:
        """Leave whatever it is at; the next command is loaded anew."""
        if self._process:
            self._process.kill()
            self._process.communicate()
        self._process = None

    def begin(self, command: str) -> None:
        """Have the command run after those that were begun before it."""
        asked = self.start().stdin
        if asked:
            with suppress(BrokenPipeError):  # it has died: whoever waits is told
                asked.write(f"{command}\n".encode())
                asked.flush()

    def wait_for_next(self) -> None:
        """Wait until one more command is done. Raises StepFailed with what was said, or Stopped."""
        answers = self.start().stdout
        while answers and not select.select([answers], [], [], 0.05)[0]:
            if self._is_asked_to_stop():
                raise Stopped
        if not (answers and answers.readline()):
            said = self._log.read_text(errors="replace").strip()
            raise StepFailed(f"That step failed. It said ({self._log}):\n{said[-6000:]}")


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
