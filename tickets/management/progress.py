"""A progress bar on a terminal, a line now and then in a log."""

from __future__ import annotations

from typing import TextIO

WIDTH = 30


class Progress:
    """Shows how far something has come: ``[#####.....] 120/300 tickets, 98/s``."""

    def __init__(self, stream: TextIO, *, total: int, what: str) -> None:
        self.stream = stream
        self.total = total
        self.what = what
        self._is_live = stream.isatty()
        self._shown = -1

    def show(self, done: int, *, seconds: float) -> None:
        """Say that `done` of all are done after so many seconds; writes a hundred times at most."""
        steps = 100 if self._is_live else 10
        place = done * steps // max(self.total, 1)
        if place == self._shown:
            return
        self._shown = place
        filled = WIDTH * done // max(self.total, 1)
        bar = "#" * filled + "." * (WIDTH - filled)
        pace = f", {done / seconds:.0f}/s" if seconds > 0.5 else ""
        line = f"[{bar}] {done:,}/{self.total:,} {self.what}{pace}"
        is_last = done >= self.total
        end = "\n" if is_last or not self._is_live else ""
        self.stream.write(f"{chr(13) if self._is_live else ''}{line}{end}")
        self.stream.flush()
