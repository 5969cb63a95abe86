"""Mail from outside is read in a process that may die: it has so much memory, time, and no secret.

One such process reads a mail after the other; one that is too slow or dies is ended, its mail is
told to be unreadable, and the next mail gets a new process.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import struct
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from types import TracebackType

from tickets.inbound.reading import MAX_BYTES, Letter, TooLarge
from tickets.inbound.written import letter_from

SECONDS = 20
"""The longest that reading one mail may take."""

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}
"""All that the process sees of ours."""

ROOT = Path(__file__).resolve().parent.parent.parent

log = logging.getLogger(__name__)


class Unreadable(Exception):
    """The mail could not be read: too slow, too much memory, or it broke its reader."""


class Reader:
    """Reads mails in a process apart; for one caller at a time. Close it, or use it by `with`."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = Lock()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def read(self, raw: bytes) -> Letter:
        """What the mail says. Raises TooLarge and Unreadable."""
        if len(raw) > MAX_BYTES:
            raise TooLarge(f"a mail may have {MAX_BYTES} bytes")
        with self._turn:
            return letter_from(json.loads(self._answer(raw)))

    def _answer(self, raw: bytes) -> bytes:
        process = self._process = self._process or _started()
        try:
            until = time.monotonic() + self._seconds
            _give(process, struct.pack(">Q", len(raw)) + raw, until)
            (length,) = struct.unpack(">Q", _take(process, 8, until))
            return _take(process, length, until)
        except (TimeoutError, OSError, EOFError) as problem:
            self.close()
            log.warning("a mail of %d bytes ended its reader: %s", len(raw), problem)
            raise Unreadable(str(problem) or type(problem).__name__) from problem


def _started() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tickets.inbound.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=ENVIRONMENT,
    )
    for name in ("stdin", "stdout"):
        os.set_blocking(_pipe(process, name), False)
    return process


def _pipe(process: subprocess.Popen[bytes], name: str) -> int:
    number: int = getattr(process, name).fileno()
    return number


def _give(process: subprocess.Popen[bytes], held: bytes, until: float) -> None:
    number, rest = _pipe(process, "stdin"), memoryview(held)
    while rest:
        _wait(number, selectors.EVENT_WRITE, until)
        rest = rest[os.write(number, rest[: 1 << 16]) :]


def _take(process: subprocess.Popen[bytes], count: int, until: float) -> bytes:
    number, pieces, missing = _pipe(process, "stdout"), [], count
    while missing:
        _wait(number, selectors.EVENT_READ, until)
        piece = os.read(number, min(missing, 1 << 20))
        if not piece:
            raise EOFError("the reader died")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _wait(number: int, event: int, until: float) -> None:
    with selectors.DefaultSelector() as ready:
        ready.register(number, event)
        if not ready.select(max(until - time.monotonic(), 0)):
            raise TimeoutError("the reader took too long")
