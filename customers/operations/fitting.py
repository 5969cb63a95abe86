"""Making public rows of an archive fit the public tables of today, and saying what was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from django.db import connection

from customers.operations.copying import Table
from customers.operations.keeping import defaults, pointers, public_lines

NULL = b"\\N"


def missing_rows(names: dict[str, dict[str, list[str]]]) -> dict[str, set[str]]:
    """Public rows that an archive points to and that are not here, or are somebody else here.

    A row is the same when its number and at least one of its names are.
    """
    wrong: dict[str, set[str]] = {}
    for table, known in names.items():
        columns = ", ".join(f'"{column}"' for column in public_lines()[table].named_by)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, ARRAY[{columns}]::text[] FROM public.{table} WHERE id = ANY (%s)",
                [[int(pk) for pk in known]],
            )
            here = {str(pk): set(row) for pk, row in cursor.fetchall()}
        wrong[table] = {pk for pk, row in known.items() if not here.get(pk, set()) & set(row)}
    return wrong


class Fitting:
    """How the rows of one public table are fitted.

    Columns that are no more are left out, new ones get what a new row gets. A pointer to a row that
    is not here is emptied; where it may not be empty, its row is left out.
    """

    def __init__(self, table: Table, columns: list[str], wrong: dict[str, set[str]]) -> None:
        today = [column for column in table.columns if column in columns]
        added = [column for column in table.columns if column not in columns]
        fresh = defaults(table.name) if added else {}
        # A column with a default of the database's own gets it by not being named.
        added = [column for column in added if fresh.get(column) is not None]
        self._from = [columns.index(column) for column in today]
        self._fresh = [_text(fresh[column]) for column in added]
        self.table = replace(table, columns=(*today, *added))
        self._gone = Counter[str]()
        self._name = table.name
        self._left = [column for column in columns if column not in table.columns]
        self._pointers = [
            (pointer, columns.index(pointer.column), {pk.encode() for pk in wrong[pointer.to]})
            for pointer in pointers().get(table.name, ())
            if pointer.column in columns and wrong.get(pointer.to)
        ]

    @property
    def said(self) -> list[str]:
        """What is otherwise than in the archive, in words."""
        lost = [f"{self._name}.{column}: is no more, left out" for column in self._left]
        return lost + [f"{self._name}.{what}: {count}" for what, count in self._gone.items()]

    def fitted(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """Rows of COPY's text as today's table takes them."""
        for line in lines:
            cells = line.rstrip(b"\n").split(b"\t")  # a tab in a text is written as \t
            if self._stays(cells):
                yield b"\t".join([*(cells[at] for at in self._from), *self._fresh]) + b"\n"

    def _stays(self, cells: list[bytes]) -> bool:
        for pointer, at, gone in self._pointers:
            if cells[at] not in gone:
                continue
            if not pointer.may_be_empty:
                self._gone[f"{pointer.column} points to nobody, row left out"] += 1
                return False
            cells[at] = NULL
            self._gone[f"{pointer.column} points to nobody, emptied"] += 1
        return True


def _text(value: object) -> bytes:
    """A default as COPY's text: yes and no, numbers and short words, which need no escaping."""
    return str(value).encode()
