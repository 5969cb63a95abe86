"""Writes the rows that were left out: why, and the row itself, to mend and import again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from accounts import csv_rows
from tickets.importing.words import BadRow

WHY = ("line", "field", "reason", "remedy")
# Spreadsheets write a byte order mark, and the separator of their country.
_OURS = re.compile(rb"(?:\xef\xbb\xbf)?line([,;\t])field\1reason\1remedy\1")


def delimiter_of_ours(beginning: bytes) -> str:
    """What separates the cells when the bytes begin a file of bad rows; nothing when they don't."""
    ours = _OURS.match(beginning)
    return ours[1].decode() if ours else ""


class BadRowFile:
    """A CSV of bad rows, made when the first one is put: WHY, then the row's own columns.

    Columns the first row does not have go into the last one, ``more``, as JSON. Cells are guarded
    as `accounts.csv_rows` says; the import takes that away again when it reads such a file.
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
            stream.writelines(csv_rows.lines(self._lines))
        self._lines.clear()
        self._mode = "a"
