"""Rows out of tables and back into them as COPY's text, in a fixed order, counted and hashed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg2
from django.db import connection

from customers.archive import Hashed

TEXT = """
SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL statement_timeout = 0;
SET LOCAL client_encoding = 'UTF8'
"""
"""The same rows give the same text on every server."""

_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum),
  (SELECT array_agg(p.attname::text ORDER BY array_position(i.indkey::int2[], p.attnum))
   FROM pg_index i JOIN pg_attribute p ON p.attrelid = i.indrelid AND p.attnum = ANY (i.indkey)
   WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.oid, c.relname ORDER BY c.relname
"""

_SEQUENCES = """
SELECT c.relname, a.attname, s.relname
FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_class c ON c.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE d.deptype IN ('a', 'i') AND s.relnamespace = %s::regnamespace
ORDER BY c.relname, a.attname
"""


@dataclass(frozen=True)
class Table:
    """A table of the catalog; `where` and `order`, in SQL, say which rows of it, how sorted."""

    schema: str
    name: str
    columns: tuple[str, ...]
    order: tuple[str, ...]
    where: str = "true"

    @property
    def place(self) -> str:
        """Its name with its schema's, quoted."""
        return f"{_quoted(self.schema)}.{_quoted(self.name)}"


class Feed:
    """Rows for COPY … FROM: a file to be read, which counts and hashes what goes through it."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self._waiting = lines, bytearray()
        self._sum = sha256()
        self.rows = 0
        self.problem: Exception | None = None
        """What the lines raised: the driver tells only that something did."""

    def read(self, size: int) -> bytes:
        """Give the next bytes; none at the end."""
        while len(self._waiting) < size and (line := self._next()):
            self.rows += 1
            self._sum.update(line)
            self._waiting += line
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        return piece

    def _next(self) -> bytes:
        try:
            return next(self._lines, b"")
        except Exception as problem:
            self.problem = problem
            raise

    @property
    def sha256(self) -> str:
        """Of all rows so far, in hex."""
        return self._sum.hexdigest()


def tables_of(schema: str) -> dict[str, Table]:
    """Every table of a schema, by name; rows are read in the order of the primary key."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [schema])
        return {
            name: Table(schema, name, tuple(columns), tuple(map(_quoted, key or columns)))
            for name, columns, key in cursor.fetchall()
        }


def copy_out(*, table: Table, to: Hashed) -> None:
    """Write the table's rows as text, sorted."""
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY (SELECT {_listed(table.columns)} FROM {table.place}"
            f" WHERE {table.where} ORDER BY {', '.join(table.order)}) TO STDOUT",
            to,
        )


def copy_in(*, table: Table, lines: Iterator[bytes]) -> Feed:
    """Fill the table with rows of text; returns what went in, counted and hashed.

    Raises what the lines raise, and the driver's errors as they are.
    """
    feed = Feed(lines)
    try:
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table.place} ({_listed(table.columns)}) FROM STDIN", feed)
    except psycopg2.Error as problem:
        raise feed.problem or problem from problem
    return feed


def told(table: Table) -> Hashed:
    """Count and hash what stands in the table, in the order of `copy_out`."""
    hashed = Hashed()
    copy_out(table=table, to=hashed)
    return hashed


def sequences_of(schema: str) -> list[dict[str, Any]]:
    """Where each number-giving column of the schema stands."""
    with connection.cursor() as cursor:
        cursor.execute(_SEQUENCES, [schema])
        found = []
        for table, column, sequence in cursor.fetchall():
            cursor.execute(f"SELECT last_value, is_called FROM {schema}.{_quoted(sequence)}")
            last, is_called = cursor.fetchone()
            found.append({"table": table, "column": column, "last": last, "is_called": is_called})
    return found


def set_sequence(*, schema: str, table: str, column: str, last: int, is_called: bool) -> None:
    """Let the column go on from there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
            [f"{_quoted(schema)}.{_quoted(table)}", column, last, is_called],
        )


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, columns))


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))
