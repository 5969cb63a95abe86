"""Rows as CSV that no spreadsheet takes for formulas: the one writer of every export.

A spreadsheet may begin a cell anew wherever a text has a line end, a tab or a semicolon (half of
Europe separates by semicolons). So an apostrophe is put at each such place, the beginning of the
text included, when what follows is an apostrophe or, after blanks, quotes and characters nobody
sees, a sign that begins a formula: `= + - @ | %`, also full-width or small. `plain` takes them away
again: exactly the text that was written comes back. Numbers are written as they are: a column of
numbers stays one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

Value = str | int | float | Decimal | bool | date | datetime | None
MARK = "\ufeff"
"""What Excel needs at the beginning of a file to read it as UTF-8."""

_SIGNS = "=+\\-@|%＝＋－＠｜％﹦﹢﹣﹫﹪−⁺⁻⁼₊₋₌"  # noqa: RUF001  the ones that look alike
# Whatever is no letter, digit or usual punctuation; and the fillers, letters that nobody sees.
_UNSEEN = r"(?:[^\w!#-&(-~\u3001-\u303f\uff01-\uff5e]|[\u115f\u1160\u3164\uffa0])"
_PLACE = r"(?:\A|(?<=[;\t\r\n]))"  # where a spreadsheet may begin a cell
_GUARDED = re.compile(rf"{_PLACE}(?='|[\t\r\n]|{_UNSEEN}*[{_SIGNS}])")
_GUARD = re.compile(rf"{_PLACE}'")
_HALF = re.compile("[\ud800-\udfff]")


def cell(value: Value) -> str:
    """A value as one cell: text guarded, numbers bare, times in ISO form, nothing for None.

    Half characters, which no file can hold, become U+FFFD.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return _GUARDED.sub("'", _HALF.sub("\ufffd", value))


def plain(cell: str) -> str:
    """The text a cell was written from."""
    return _GUARD.sub("", cell)


def lines(rows: Iterable[Sequence[Value]], *, is_for_excel: bool = False) -> Iterator[str]:
    """Each row as its piece of CSV, for a file or for an answer that streams; the header is a row.

    Separated by commas, ended by CR LF; encode it as UTF-8. `is_for_excel` puts MARK first.
    """
    if is_for_excel:
        yield MARK
    for row in rows:
        piece = io.StringIO(newline="")
        csv.writer(piece).writerow([cell(value) for value in row])
        yield piece.getvalue()
