"""Gives the rows of an export one by one: CSV or XES, plain or .gz. Bad rows come out as such."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from accounts import csv_rows
from tickets.importing.badrows import delimiter_of_ours
from tickets.importing.errors import FileDoesNotFit
from tickets.importing.words import BadRow, Layout, RawRow
from tickets.importing.xes import read_xes

LONGEST_CELL = 1024 * 1024  # characters: what an entry may hold at most
BLOCK = 1024 * 1024
TORN = (OSError, EOFError, zlib.error)  # what a file that was cut off raises while it is read


def read_rows(path: Path, *, mapping: Layout) -> Iterator[RawRow | BadRow]:
    """Give every row of the file in its order.

    A file of bad rows that we wrote is known by its first line and read as we write: whatever
    format, encoding and delimiter the mapping names, and without the guards of its cells. Raises
    FileDoesNotFit when the file can't be opened, is empty or lacks a mapped column; whatever is
    wrong later comes out as a BadRow.
    """
    with _opened(path) as stream:
        beginning = _block(stream)
    ours = delimiter_of_ours(beginning)
    with _opened(path) as stream:
        if _is_xes(path, mapping=mapping) and not ours:
            yield from read_xes(stream, block=BLOCK, torn=TORN)
            return
        encoding = "utf-8-sig" if ours else mapping.encoding or detect_encoding(path)
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        rows = _csv_rows(text, mapping=mapping, delimiter=ours or mapping.delimiter)
        yield from map(_without_guards, rows) if ours else rows


def detect_encoding(path: Path) -> str:
    """Say ``utf-8-sig``, ``utf-16`` or ``gb18030``: the first of these in which all bytes are text.

    Where none fits it is utf-8, and the rows with broken characters are told as bad.
    """
    with _opened(path) as stream:
        first = _block(stream)
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "gb18030")}
        block = first
        while decoders:
            for name in list(decoders):
                try:
                    decoders[name].decode(block, final=not block)
                except UnicodeDecodeError:
                    del decoders[name]
            if not block:
                break
            block = _block(stream)
    return next(iter(decoders), "utf-8-sig")


def _block(stream: BinaryIO) -> bytes:
    with suppress(*TORN):
        return stream.read(BLOCK)
    return b""


def _opened(path: Path) -> BinaryIO:
    try:
        if path.suffix.lower() == ".gz":
            return cast(BinaryIO, gzip.open(path, "rb"))
        return path.open("rb")
    except OSError as gone:
        raise FileDoesNotFit(f"{path} can't be opened: {gone.strerror}") from gone


def _is_xes(path: Path, *, mapping: Layout) -> bool:
    if mapping.format:
        return mapping.format == "xes"
    return ".xes" in [suffix.lower() for suffix in path.suffixes]


def _without_guards(row: RawRow | BadRow) -> RawRow | BadRow:
    if isinstance(row, BadRow):
        return row
    return RawRow(row.line, {name: csv_rows.plain(cell) for name, cell in row.cells.items()})


def _csv_rows(
    text: io.TextIOWrapper, *, mapping: Layout, delimiter: str
) -> Iterator[RawRow | BadRow]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(text, delimiter=delimiter)
    header = _header(reader, mapping=mapping)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            yield BadRow(line=line, reason=f"not CSV: {broken}", remedy="mend the quotes")
            continue
        except TORN:
            yield BadRow(line=line, reason="the file ends in the middle", remedy="fetch it again")
            return
        if cells:
            yield _row(cells, header=header, line=line)


def _header(reader: Iterator[list[str]], *, mapping: Layout) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except (csv.Error, *TORN) as broken:
        raise FileDoesNotFit(f"the first line can't be read: {broken}") from broken
    counted = Counter(header)
    for column in sorted(mapping.columns()):
        if counted[column] != 1:
            word = "twice" if counted[column] else "missing"
            raise FileDoesNotFit(f"column {column!r} is {word}; the file has {', '.join(header)}")
    return header


def _row(cells: list[str], *, header: list[str], line: int) -> RawRow | BadRow:
    named = dict(zip(header, cells, strict=False))
    if len(cells) != len(header):
        return BadRow(
            line=line,
            reason=f"has {len(cells)} cells, the header {len(header)}",
            remedy="look for a missing quote or a stray delimiter",
            raw=named,
        )
    for name, cell in named.items():
        if "\ufffd" in cell:
            remedy = "give the encoding in the mapping"
            return BadRow(
                line=line, field=name, reason="unreadable characters", remedy=remedy, raw=named
            )
    return RawRow(line, named)
