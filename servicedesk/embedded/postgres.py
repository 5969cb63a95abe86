"""Our own PostgreSQL: state in `var/pg`, loopback only, passwords (SCRAM) for everybody."""

import json
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from servicedesk.embedded import locks, ports, processes, programs, system_user
from servicedesk.embedded.errors import ServerError
from servicedesk.embedded.installation import SUPERUSER, Installation, lay

FIRST_PORT = 54329
START_SECONDS = 300
"""Long enough for a recovery after a crash; a start takes well under a second."""
SETTINGS: Mapping[str, str] = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",  # a path too long for a socket must not stop the server
    "max_connections": "200",
    "max_locks_per_transaction": "256",  # one transaction may look at many customers' schemas
    "shared_buffers": "256MB",
    "jit": "off",  # our queries are short: compiling them takes longer than running them
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # After a crash each of 175,000 files at 1,000 customers is synchronised: by one call.
    **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
}
_WAYS_TO_STOP = (
    (signal.SIGINT, 1.0),  # fast: ends sessions, writes a checkpoint
    (signal.SIGQUIT, 0.5),  # immediate: recovers at the next start
    (signal.SIGKILL, 1.0),
)


@dataclass(frozen=True)
class Record:
    """What `var/pg.json` remembers between processes."""

    port: int
    state: str
    """The data directory: `var/pg`, or a place outside that the servers' user can reach."""
    laid: tuple[str, ...] = ()
    """The installations whose database and owner exist."""


@dataclass(frozen=True)
class Cluster:
    """The PostgreSQL server whose state belongs to one `var/`."""

    var: Path

    @property
    def _lock(self) -> Path:
        return self.var / "pg.lock"

    @property
    def _lease(self) -> Path:
        return self.var / "pg.lease"

    @property
    def _record_path(self) -> Path:
        return self.var / "pg.json"

    @cached_property
    def _programs(self) -> programs.Postgres:
        return programs.postgres()

    def source(self) -> Literal["embedded", "system"]:
        """Whose programs run it: the wheel's or this machine's."""
        return "embedded" if programs.postgres_is_in_a_wheel() else "system"

    def port(self) -> int:
        """The port it listens on, or will: settled now, so that settings can be read before."""
        record = self._record()
        if record and (self.pid() or ports.is_free(record.port)):
            return record.port
        with locks.alone(self._lock):
            return self._settle().port

    def pid(self) -> int | None:
        """The living server's process; a file left behind by a crash is not one."""
        record = self._record()
        if record is None:
            return None
        try:
            pid = int((Path(record.state) / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None
        return pid if processes.runs(pid, record.state) else None

    def state(self) -> str:
        """The data directory."""
        with locks.alone(self._lock):
            return self._settle().state

    def birth(self) -> str:
        """A word that changes when the state is made anew; empty while there is none."""
        try:
            record = self._record()
            return str((Path(record.state) / "PG_VERSION").stat().st_mtime_ns) if record else ""
        except OSError:
            return ""

    def is_used(self) -> bool:
        """Whether any process holds a lease on it."""
        return locks.is_used(self._lease)

    def use(self, installation: Installation, *, superuser_password: str) -> bool:
        """Have it run, with this installation's database, for as long as this process lives.

        Returns whether it was started now. Raises ServerError.
        """
        with locks.alone(self._lock):
            record = self._settle()
            started = self.pid() is None
            if started:
                record = self._start_on_a_free_port(record, superuser_password)
            if started or installation.name not in record.laid:
                self._lay(record, installation, superuser_password)
            locks.take_lease(self._lease)
        return started

    def leave(self) -> None:
        """Stop being one of its users; the last one to leave stops it."""
        with locks.alone(self._lock):
            locks.give_back(self._lease)
            if not locks.is_used(self._lease):
                self._stop()

    def stop(self) -> None:
        """Stop it, whoever uses it. Committed work is safe however little time it is given."""
        with locks.alone(self._lock):
            locks.give_back(self._lease)
            self._stop()

    def _record(self) -> Record | None:
        try:
            kept = json.loads(self._record_path.read_text())
            return Record(kept["port"], kept["state"], tuple(kept["laid"]))
        except (OSError, ValueError, KeyError):
            return None

    def _keep(self, record: Record) -> Record:
        self.var.mkdir(parents=True, exist_ok=True)
        draft = self._record_path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(record), indent=1))
        draft.replace(self._record_path)
        return record

    def _settle(self) -> Record:
        """Choose a port, and a place for the state: once, or again when a stranger has the port."""
        record = self._record()
        if record is None:
            self.var.mkdir(parents=True, exist_ok=True)
            reachable = system_user.can_reach(self.var)
            place = self.var / "pg" if reachable else system_user.directory_outside() / "pg"
            return self._keep(Record(ports.next_free(FIRST_PORT), str(place)))
        # What a killed server has started lets go of its port some milliseconds after it.
        if self.pid() or ports.becomes_free(record.port, within=1.0):
            return record
        return self._keep(replace(record, port=ports.next_free(FIRST_PORT)))

    def _start_on_a_free_port(self, record: Record, superuser_password: str) -> Record:
        try:
            self._start(record, superuser_password)
        except ServerError:
            if ports.is_free(record.port):
                raise
            record = self._settle()  # somebody took the port between our look and our start
            self._start(record, superuser_password)
        return record

    def _start(self, record: Record, superuser_password: str) -> None:
        state = Path(record.state)
        installed = self._reachable_programs(state)
        if not (state / "PG_VERSION").exists():
            self._initialise(installed, state, superuser_password)
        self._refuse_other_version(state, installed)
        # Left by a crash. PostgreSQL itself would be fooled by a new process of the same number.
        (state / "postmaster.pid").unlink(missing_ok=True)
        settings = {**SETTINGS, "port": str(record.port)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = state / "server.log"
        try:
            system_user.run(
                [
                    *(installed.program("pg_ctl"), "start", "-D", state, "-l", log),
                    *("-w", "-t", str(START_SECONDS), "-o", options),
                ],
                timeout=START_SECONDS + 10,
            )
        except ServerError as problem:
            last = log.read_text(errors="replace")[-1500:] if log.exists() else str(problem)
            raise ServerError(f"PostgreSQL did not start. It said last ({log}):\n{last}") from None

    def _reachable_programs(self, state: Path) -> programs.Postgres:
        installed = self._programs
        if system_user.can_reach(installed.program("postgres")):
            return installed
        return programs.copy(installed, state.parent / f"postgresql-{installed.version}")

    def _initialise(self, installed: programs.Postgres, state: Path, password: str) -> None:
        shutil.rmtree(state, ignore_errors=True)  # left half-made by a killed first start
        state.mkdir(parents=True)
        system_user.give(state)
        told = state.with_name("pg.password")
        told.write_text("")
        system_user.give(told)
        told.write_text(password)
        # Compares text alike on every machine; PostgreSQL 16 has only the system's own way.
        builtin = ["--locale-provider=builtin"] if installed.major > 16 else []
        try:
            system_user.run(
                [
                    *(installed.program("initdb"), "-D", state, "-U", SUPERUSER),
                    *("-A", "scram-sha-256", "--pwfile", told, "-E", "UTF8"),
                    *(*builtin, "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
                ],
                timeout=120,
            )
        except ServerError:
            shutil.rmtree(state, ignore_errors=True)
            raise
        finally:
            told.unlink()

    def _refuse_other_version(self, state: Path, installed: programs.Postgres) -> None:
        made_by = int((state / "PG_VERSION").read_text().partition(".")[0])
        if made_by != installed.major:
            raise ServerError(
                f"{state} was made by PostgreSQL {made_by}, and this is {installed.version}. "
                f"Take the data over with pg_upgrade, or move that directory away to start anew."
            )

    def _lay(self, record: Record, installation: Installation, superuser_password: str) -> None:
        try:
            lay(installation, port=record.port, superuser_password=superuser_password)
        except ServerError as problem:
            raise ServerError(
                f"{problem}If {self.var}/secrets.json was lost, bring it back; to start anew "
                f"without the data, `make stop` and remove {record.state} and {self._record_path}."
            ) from None
        if installation.name not in record.laid:
            self._keep(replace(record, laid=(*record.laid, installation.name)))

    def _stop(self) -> None:
        record, pid = self._record(), self.pid()
        if record is None or pid is None:
            return
        for number, seconds in _WAYS_TO_STOP:
            processes.send(pid, number)
            if processes.ended(pid, record.state, within=seconds):
                return
