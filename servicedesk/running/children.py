"""One process of the installation: started, listened to, stopped with all that it started."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

SETTLED_SECONDS = float(os.environ.get("SERVICEDESK_SETTLED_SECONDS", "10"))
"""A process that dies sooner, the first time, could not start; later it is started again."""
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Role:
    """What to run, and what to add to its environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A role's process in a session of its own, so that Ctrl-C reaches us and not it."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.due_at: float | None = None
        self.is_silent = True
        """Whether it closed its output: it will say nothing any more."""
        self._pause = 1.0
        self._deaths = 0
        self._rest = b""

    def start(self) -> subprocess.Popen[bytes]:
        """Start it. What it says comes out of `process.stdout`, which never blocks."""
        self.process = subprocess.Popen(
            self.role.command,
            env={**os.environ, **self.role.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if self.process.stdout:
            os.set_blocking(self.process.stdout.fileno(), False)
        self.started_at, self.due_at, self.is_silent = time.monotonic(), None, False
        return self.process

    def lines(self) -> list[str]:
        """The whole lines it has said since we last asked."""
        if self.process is None or self.process.stdout is None or self.is_silent:
            return []
        with suppress(BlockingIOError):
            while said := os.read(self.process.stdout.fileno(), 65536):
                self._rest += said
            self.is_silent = True
        *whole, self._rest = self._rest.split(b"\n")
        return [line.decode(errors="replace") for line in whole if line.strip()]

    def has_died(self) -> int | None:
        """Its exit code; None while it lives, and once its restart is planned."""
        return self.process.poll() if self.process else None

    def could_not_start(self) -> bool:
        """Whether this death was the first, and soon."""
        return self._deaths == 0 and time.monotonic() - self.started_at < SETTLED_SECONDS

    def plan_restart(self) -> float:
        """Start it again after a pause that doubles while it keeps dying. Returns the pause."""
        self._deaths += 1
        if time.monotonic() - self.started_at > 2 * LONGEST_PAUSE:
            self._pause = 1.0
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        self.kill()  # what it started must not outlive it
        self.process = None
        self.due_at = time.monotonic() + pause
        return pause

    def ask_to_stop(self) -> None:
        """Let it finish what it does."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End it and everything it started."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
