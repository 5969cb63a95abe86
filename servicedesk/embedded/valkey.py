"""Our own Valkey: state in `var/valkey`, loopback only, with a password, and it never evicts."""

import json
import os
import secrets
import signal
import subprocess
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from servicedesk.embedded import locks, ports, processes, programs
from servicedesk.embedded.errors import ServerError

FIRST_PORT = 63790
START_SECONDS = 10


@dataclass(frozen=True)
class Record:
    """What `var/valkey.json` remembers between processes."""

    port: int
    password: str = field(repr=False)


@dataclass(frozen=True)
class Broker:
    """The Valkey server whose state belongs to one `var/`."""

    var: Path

    @property
    def _state(self) -> Path:
        return self.var / "valkey"

    @property
    def _lock(self) -> Path:
        return self.var / "valkey.lock"

    @property
    def _lease(self) -> Path:
        return self.var / "valkey.lease"

    def url(self) -> str | None:
        """How clients reach it; None when it does not run."""
        record = self._record()
        return _address(record) if record and self.pid() else None

    def pid(self) -> int | None:
        """The living server's process; a file left behind by a crash is not one."""
        try:
            pid = int((self._state / "valkey.pid").read_text())
        except (OSError, ValueError):
            return None
        record = self._record()
        # Valkey shows its address in its command line: `valkey-server 127.0.0.1:63790`.
        alive = record and processes.runs(pid, f"{ports.LOOPBACK}:{record.port}")
        return pid if alive else None

    def is_used(self) -> bool:
        """Whether any process holds a lease on it."""
        return locks.is_used(self._lease)

    def use(self) -> str:
        """Have it run for as long as we do; returns its address. Raises ServerError."""
        with locks.alone(self._lock):
            if self.pid() is None:
                self._start_on_a_free_port()
            locks.take_lease(self._lease)
            return _address(self._settle())

    def leave(self) -> None:
        """Stop being one of its users; the last one to leave stops it."""
        with locks.alone(self._lock):
            locks.give_back(self._lease)
            if not locks.is_used(self._lease):
                self._stop()

    def stop(self) -> None:
        """Stop it, whoever uses it."""
        with locks.alone(self._lock):
            locks.give_back(self._lease)
            self._stop()

    def _record(self) -> Record | None:
        try:
            return Record(**json.loads((self.var / "valkey.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def _settle(self) -> Record:
        record = self._record()
        if record and (self.pid() or ports.is_free(record.port)):
            return record
        port = ports.next_free(FIRST_PORT)
        record = replace(record, port=port) if record else Record(port, secrets.token_hex(32))
        self.var.mkdir(parents=True, exist_ok=True)
        draft = self.var / "valkey.json.draft"
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            json.dump(asdict(record), opened, indent=1)
        draft.replace(self.var / "valkey.json")
        return record

    def _start_on_a_free_port(self) -> None:
        record = self._settle()
        try:
            self._start(record)
        except ServerError:
            if ports.is_free(record.port):
                raise
            self._start(self._settle())  # somebody took the port between our look and our start

    def _start(self, record: Record) -> None:
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = self._state / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(_settings(record, self._state))
        log = self._state / "valkey.log"
        try:
            subprocess.run(
                [programs.valkey(), settings],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=START_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as problem:
            raise ServerError(f"Valkey did not start: {problem}. See {log}") from problem
        if not (self._lives(within=START_SECONDS) and ports.answers(record.port, within=1)):
            last = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise ServerError(f"Valkey did not start. It said last ({log}):\n{last}")

    def _lives(self, *, within: float) -> bool:
        """Wait for it to say its process number; whoever else has the port does not count."""
        end = time.monotonic() + within
        while self.pid() is None and time.monotonic() < end and not self._has_failed():
            time.sleep(0.02)
        return self.pid() is not None

    def _has_failed(self) -> bool:
        log = self._state / "valkey.log"
        return log.exists() and "Failed listening" in log.read_text(errors="replace")[-500:]

    def _stop(self) -> None:
        record, pid = self._record(), self.pid()
        if record is None or pid is None:
            return
        for number, seconds in ((signal.SIGTERM, 1.0), (signal.SIGKILL, 1.0)):
            processes.send(pid, number)
            if processes.ended(pid, f"{ports.LOOPBACK}:{record.port}", within=seconds):
                return


def _address(record: Record) -> str:
    return f"redis://:{record.password}@{ports.LOOPBACK}:{record.port}/0"


def _settings(record: Record, state: Path) -> str:
    return f"""\
bind {ports.LOOPBACK}
port {record.port}
requirepass {record.password}
daemonize yes
dir "{state}"
pidfile "{state}/valkey.pid"
logfile "{state}/valkey.log"
appendonly yes
maxmemory-policy noeviction
"""
