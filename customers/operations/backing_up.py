"""Backing up: one customer, or what is ours, as it stood at one moment, into one sealed file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage
from django.db import connection, transaction

from accounts.kept import Goes
from customers.archive import FORMAT, Draft
from customers.models import Customer
from customers.operations.copying import TEXT, Table, copy_out, sequences_of, tables_of
from customers.operations.keeping import (
    customer_column,
    customer_lines,
    customers_public_tables,
    goes,
    pointers,
    public_lines,
    travelling,
)
from customers.store import drafted, keep

STORED_FILE = re.compile(r"[0-9a-f]{32}(?:\.thumb)?")
"""How files in a customer's folder are called; what is being written has other names."""

NAME_OF_A_BACKUP = re.compile(r"(?:.*/)?[a-z0-9-]+-c(?P<pk>\d+)-(?P<stamp>\d{8}T\d{6}Z)\.zip")


@dataclass(frozen=True)
class BackedUp:
    """A backup that lies in the store: its name there, what it holds, its SHA-256."""

    name: str
    rows: int
    files: int
    size: int
    sha256: str


def back_up(*, customer: Customer, now: datetime, to: Storage, folder: str = "") -> BackedUp:
    """Keep all of a customer in a store: its schema, its public rows and its files.

    Rows are those of one moment, whatever is written meanwhile; it changes nothing and holds nobody
    up. Runs as the owner and outside any transaction. The store has the whole archive or none.
    """
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    name = f"{folder}{customer.code}-c{customer.pk}-{stamp}.zip"
    with _drafted(name, to) as (draft, finished), _one_moment():
        manifest = {"format": FORMAT, "kind": "customer", "made_at": now.isoformat()}
        customer.refresh_from_db()
        public = customer_public_tables(customer)
        own = customer_tables(customer)
        along = tables_along(customer=customer, of=[*public, *own])
        finished |= manifest | {
            "customer": {
                "id": customer.pk,
                "code": customer.code,
                "name": customer.name,
                "schema": customer.schema_name,
            },
            "migrations": {
                "public": _migrations("public"),
                "customer": _migrations(customer.schema_name) if own else [],
            },
            "tables": [
                *_copied(draft, "public", public),
                *_copied(draft, "customer", own),
                *_copied(draft, "along", along),
            ],
            "sequences": sequences_of(str(customer.schema_name)) if own else [],
            "names": _names([*public, *own, *along]),
            "files": _files(draft, customer),
        }
    return _summed_up(name, finished)


def back_up_ours(*, now: datetime, to: Storage, folder: str = "") -> BackedUp:
    """Keep what is ours and no single customer's: staff, plans, calendars, the audit log."""
    name = f"{folder}ours.zip"
    with _drafted(name, to) as (draft, finished), _one_moment():
        tables = our_tables()
        finished |= {
            "format": FORMAT,
            "kind": "ours",
            "made_at": now.isoformat(),
            "migrations": {"public": _migrations("public")},
            "tables": _copied(draft, "public", tables),
            "sequences": [
                found
                for found in sequences_of("public")
                if found["table"] in {table.name for table in tables}
            ],
            "files": [],
        }
    return _summed_up(name, finished)


def customer_public_tables(customer: Customer) -> list[Table]:
    """The customer's share of public tables, its own row first; without ids that nobody knows.

    Raises TableWithoutALine when there is any public table that nobody has decided on.
    """
    there, found = tables_of("public"), []
    for name in there:
        goes(table=name, lines=public_lines())
    for name, line in customers_public_tables().items():
        table = there[name]
        columns = table.columns if line.keeps_id else tuple(c for c in table.columns if c != "id")
        order = tuple(f'"{column}"::text COLLATE "C"' for column in line.order)
        where = f"{customer_column(name)} = {int(customer.pk)} AND ({line.where})"
        found.append(replace(table, columns=columns, order=order, where=where))
    return found


def customer_tables(customer: Customer) -> list[Table]:
    """The tables of the customer's schema that go with it; none before it is laid."""
    if customer.schema_name is None:
        return []
    there, lines = tables_of(customer.schema_name), customer_lines()
    return [one for name, one in there.items() if goes(table=name, lines=lines) != Goes.NOWHERE]


def tables_along(*, customer: Customer, of: list[Table]) -> list[Table]:
    """Those rows of ours that the tables point to and that go along, whole but what is set back."""
    there, found = tables_of("public"), []
    for name, line in travelling().items():
        asked = [
            f'SELECT "{pointer.column}" FROM {table.place} WHERE {table.where}'
            for table in of
            for pointer in pointers().get(table.name, ())
            if pointer.to == name and pointer.column in table.columns
        ]
        asked += [
            select.format(schema=customer.schema_name)
            for table in of
            for to, select in customer_lines().get(table.name, line).tells
            if to == name
        ]
        gone = {column for column, _value in line.set_back}
        columns = tuple(column for column in there[name].columns if column not in gone)
        where = f"id IN ({' UNION '.join(asked)})" if asked else "false"
        found.append(replace(there[name], columns=columns, where=where))
    return found


def our_tables() -> list[Table]:
    """The public tables that are ours, whole, and what of others' is nobody's.

    Raises TableWithoutALine.
    """
    there, lines = tables_of("public"), public_lines()
    whole = [one for name, one in there.items() if goes(table=name, lines=lines) == Goes.OURS]
    return [*whole, *(replace(there[name], where=where) for name, where in nobodys(there))]


def nobodys(there: Iterable[str]) -> list[tuple[str, str]]:
    """Tables of these with rows that may name no customer, and which rows those are, in SQL."""
    lines = public_lines()
    return [(name, f"{customer_column(name)} IS NULL") for name in there if lines[name].nobodys]


def folder_of(customer: Customer) -> Path:
    """Where the customer's files lie."""
    return Path(settings.MEDIA_ROOT) / f"c_{customer.pk}"


@contextmanager
def _drafted(name: str, to: Storage) -> Iterator[tuple[Draft, dict[str, Any]]]:
    """A draft beside, put into the store under its name when all went well."""
    with drafted(to=to) as file:
        draft = Draft(file)
        manifest: dict[str, Any] = {}
        try:
            yield draft, manifest
        except BaseException:
            draft.abandon()
            raise
        manifest["sha256"] = draft.finish(manifest)
        manifest["size"] = file.seek(0, 2)
        keep(name=name, file=file, to=to)


@contextmanager
def _one_moment() -> Iterator[None]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(TEXT)
        yield


def _copied(draft: Draft, scope: str, tables: list[Table]) -> list[dict[str, Any]]:
    said = []
    for table in tables:
        with draft.member(f"{scope}/{table.name}") as member:
            copy_out(table=table, to=member)
        said.append(
            {
                "scope": scope,
                "name": table.name,
                "columns": list(table.columns),
                "rows": member.rows,
                "sha256": member.sha256,
            }
        )
    return said


def _migrations(schema: str | None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app || '/' || name FROM {schema}.django_migrations ORDER BY 1")
        return [step for (step,) in cursor.fetchall()]


def _names(tables: list[Table]) -> dict[str, dict[str, list[str]]]:
    """By which names the public rows go that the customer's rows point to: {table: {id: names}}."""
    names: dict[str, dict[str, list[str]]] = {}
    for table in tables:
        for pointer in pointers().get(table.name, ()):
            if pointer.column not in table.columns:
                continue
            known_by = ", ".join(f'p."{column}"' for column in public_lines()[pointer.to].named_by)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT p.id, ARRAY[{known_by}]::text[] FROM public.{pointer.to} p WHERE p.id"
                    f' IN (SELECT "{pointer.column}" FROM {table.place} WHERE {table.where})'
                )
                found = {str(pk): list(row) for pk, row in cursor.fetchall()}
            names.setdefault(pointer.to, {}).update(found)
    return names


def _files(draft: Draft, customer: Customer) -> list[dict[str, Any]]:
    folder, said = folder_of(customer), []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not STORED_FILE.fullmatch(path.name):
            continue
        with path.open("rb") as file, draft.member(f"files/{path.name}", is_packed=False) as member:
            while piece := file.read(1 << 20):
                member.write(piece)
        said.append({"name": path.name, "size": member.size, "sha256": member.sha256})
    return said


def _summed_up(name: str, manifest: dict[str, Any]) -> BackedUp:
    return BackedUp(
        name=name,
        rows=sum(table["rows"] for table in manifest["tables"]),
        files=len(manifest["files"]),
        size=manifest["size"],
        sha256=manifest["sha256"],
    )
