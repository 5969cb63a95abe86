"""One readable log for all processes: on the terminal and in `var/log/run.log`."""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

COLOURS = {"web": 36, "worker": 32, "beat": 35, "opener": 34, "run": 33}
WIDTH = 8
# What gunicorn and Celery put before their lines: time, process, level. We have our own.
PREAMBLE = re.compile(
    r"^\[\d{4}-[\d :,.+\-]+(?:: (?P<celery>[A-Z]+)/[\w-]+)?\] "
    r"(?:\[\d+\] \[(?P<gunicorn>[A-Z]+)\] )?"
)
KEPT_BYTES = 20_000_000


class Console:
    """Writes lines, each with the time and the name of who says it."""

    def __init__(self, log: Path, *, screen: TextIO | None = None) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > KEPT_BYTES:
            log.replace(log.with_suffix(".1.log"))
        self._log = log.open("a", encoding="utf-8", errors="replace")
        self._screen: TextIO | None = screen or sys.stdout
        self._colour = is_coloured(self._screen)

    def line(self, name: str, text: str) -> None:
        """One line of one process."""
        text = PREAMBLE.sub(_level, text.rstrip())
        clock = datetime.now().astimezone()  # the reader's zone: it is their terminal
        self._log.write(f"{clock:%Y-%m-%d %H:%M:%S} {name:<{WIDTH}} {text}\n")
        self._log.flush()
        label = f"{clock:%H:%M:%S} {name:<{WIDTH}}"
        if self._colour:
            label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m"
        self._show(f"{label} {text}\n")

    def say(self, text: str = "") -> None:
        """Words to the person who started us."""
        self._log.write(f"{text}\n")
        self._log.flush()
        self._show(f"{text}\n")

    def bold(self, text: str) -> str:
        """The text set off, where the terminal can."""
        return f"\033[1m{text}\033[0m" if self._colour else text

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say what was done and how long it took; a failure is the caller's to explain."""
        started = time.monotonic()
        if self._colour:
            self._show(f"  {what} …")
        try:
            yield
        finally:
            if self._colour:
                self._show("\r\033[K")
        self.say(f"  {what} ({time.monotonic() - started:.1f} s)")

    def close(self) -> None:
        """Nothing is said after this."""
        self._log.close()

    def _show(self, text: str) -> None:
        """Whoever read our screen may be gone (`make run | head`); the log goes on."""
        if self._screen is None:
            return
        try:
            self._screen.write(text)
            self._screen.flush()
        except (BrokenPipeError, ValueError, OSError):
            self._screen = None


def _level(preamble: re.Match[str]) -> str:
    """Of a line's level only what should catch the eye is kept."""
    level = preamble["celery"] or preamble["gunicorn"] or ""
    return f"{level}: " if level in {"WARNING", "ERROR", "CRITICAL"} else ""


def is_coloured(screen: TextIO | None) -> bool:
    """Colours are for a terminal whose owner did not say no (https://no-color.org)."""
    if screen is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return screen.isatty()
