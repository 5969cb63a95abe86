"""What the drills need: a mail server that counts, and workers to be killed with all they have."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from servicedesk import env
from tests.driving import spare_port
from tests.living import Live


@dataclass
class Sink:
    """A mail server that takes its time and remembers every Message-ID it has accepted."""

    seconds_a_mail: float
    ids: list[str] = field(default_factory=list)

    def has(self, mails: int) -> bool:
        """Whether so many have arrived, repeats counted."""
        return len(self.ids) >= mails

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        await asyncio.sleep(self.seconds_a_mail)
        head = envelope.content.decode(errors="replace").partition("\r\n\r\n")[0]
        (line,) = (line for line in head.splitlines() if line.startswith("Message-ID:"))
        self.ids.append(line.partition(":")[2].strip())
        return "250 OK"


@contextmanager
def sinking(*, seconds_a_mail: float) -> Iterator[tuple[Sink, str]]:
    """The mail server while the block lasts, and its address."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # not a line for every SMTP word
    sink = Sink(seconds_a_mail)
    port = spare_port()
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield sink, f"smtp://127.0.0.1:{port}"
    finally:
        server.stop()


class Workers:
    """Processes of the product on the copy; each with all its children is one process group."""

    def __init__(self, live: Live, **environ: str) -> None:
        self._environ = live.environ(SERVICEDESK_ZONE="desk", **environ)
        self._var = live.var
        self._alive: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self._var / f"{words[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-q", "-A", "servicedesk", *words],
                cwd=env.BASE_DIR, env=self._environ, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._alive.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", "--concurrency", "2", "--without-mingle", "--without-gossip")

    def beat(self, var: Path) -> subprocess.Popen[bytes]:
        return self.start("beat", "--pidfile=", "--schedule", str(var / "beat"))

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL to the whole tree, as the kernel does when memory is short."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        self._alive.remove(process)

    def log(self) -> str:
        """What the workers, beat aside, said last."""
        return (self._var / "worker.log").read_text(errors="replace")[-30000:]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_how: object) -> None:
        for process in list(self._alive):
            self.kill(process)


def wait_until(true: Callable[[], bool], *, seconds: float, what: Callable[[], str]) -> float:
    """Wait for something; fail with `what` when it takes longer. Returns the seconds it took."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds, what()
        time.sleep(0.02)
    return time.monotonic() - started
