"""A file of rows that somebody sends: read from CSV as spreadsheets write it, never trusted."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.csv_rows import MARK, plain

MOST_BYTES = 1_048_576
MOST_LINES = 500
_SEPARATORS = ",;\t"


class BadTable(ValueError):
    """The file as a whole cannot be read; says what to do."""


@dataclass(frozen=True)
class Cells:
    """One line: where it stands in the file (its header is 1), and column → text."""

    number: int
    said: dict[str, str]


def text_of(content: bytes) -> str:
    """The text of a file: UTF-8, or GB18030 as spreadsheets write Chinese. Raises BadTable."""
    if len(content) > MOST_BYTES:
        raise BadTable(_("The file is larger than 1 MiB: send it in parts."))
    for charset in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(charset)
        except UnicodeDecodeError:
            continue
    raise BadTable(_("This is no text: save the sheet as “CSV UTF-8” and send that."))


def read(text: str, *, columns: Sequence[str], key: str) -> list[Cells]:
    """The lines of a table that names its columns first; empty lines are left out.

    The separator is the header's. Guards of our own export are taken off. Raises BadTable.
    """
    text = text.removeprefix(MARK).replace("\x00", "")
    first = text.lstrip().split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as wrong:
        raise BadTable(_("This cannot be read as CSV: %(why)s.") % {"why": wrong}) from None
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(c.strip() for c in row)]
    if not filled:
        raise BadTable(_("There is nothing in it: the first line names the columns."))
    header = [name.strip().lower() for name in filled[0][1]]
    _check(header, columns=columns, key=key)
    if len(filled) - 1 > MOST_LINES:
        raise BadTable(
            _("These are more than %(n)s lines: send them in parts.") % {"n": MOST_LINES}
        )
    return [Cells(number, _named(header, row)) for number, row in filled[1:]]


def _check(header: Sequence[str], *, columns: Sequence[str], key: str) -> None:
    unknown = [name for name in header if name not in columns]
    if unknown:
        said = _("There is no column %(unknown)s. There are: %(known)s.")
        raise BadTable(said % {"unknown": ", ".join(unknown), "known": ", ".join(columns)})
    if len(set(header)) < len(header):
        raise BadTable(_("A column stands there twice: leave one of them out."))
    if key not in header:
        said = _("The column %(key)s is missing: by it each line is known.")
        raise BadTable(said % {"key": key})


def _named(header: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """Cells by column; a line that is cut short is empty there, one too long loses nothing."""
    padded = [*row, *[""] * (len(header) - len(row))]
    named = {name: plain(cell).strip() for name, cell in zip(header, padded, strict=False)}
    if any(cell.strip() for cell in padded[len(header) :]):
        named["…"] = ""
    return named
