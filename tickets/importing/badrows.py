"""Writes the rows that were left out: why, and the row itself, to mend and import again."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tickets.importing.words import BadRow

WHY = ("line", "field", "reason", "remedy")


class BadRowFile:
    """A CSV of bad rows, made when the first one is put: WHY, then the row's own columns.

    Columns the first row does not have go into the last one, ``more``, as JSON.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._columns: tuple[str, ...] = ()
        self._lines: list[list[str]] = []
        self._mode: Literal["w", "a"] = "w"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()

    def put(self, bad: BadRow) -> None:
        """Add one row; every thousand are written."""
        if not self.count:
            self._columns = tuple(bad.raw)
            self._lines.append([*WHY, *self._columns, "more"])
        more = {name: cell for name, cell in bad.raw.items() if name not in self._columns}
        self._lines.append(
            [
                str(bad.line),
                bad.field,
                bad.reason,
                bad.remedy,
                *(bad.raw.get(name, "") for name in self._columns),
                json.dumps(more, ensure_ascii=False) if more else "",
            ]
        )
        self.count += 1
        if self.count % 1000 == 0:
            self.flush()

    def flush(self) -> None:
        """Write what has been put; the first write replaces an older file."""
        if not self._lines:
            return
        with self.path.open(self._mode, encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(self._lines)
        self._lines.clear()
        self._mode = "a"
