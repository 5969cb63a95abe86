"""Restoring one customer from its archive, as it was when it was backed up, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

import psycopg2
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q

from accounts.kept import Goes
from accounts.operations.auditing import COMMAND_LINE, record
from customers.archive import FORMAT, Archive, DamagedArchive
from customers.models import Customer
from customers.operations import dropping, files
from customers.operations.alone import alone
from customers.operations.backing_up import customer_public_tables
from customers.operations.copying import TEXT, Table, copy_in, set_sequence, tables_of, told
from customers.operations.fitting import Fitting
from customers.operations.keeping import CUSTOMER_TABLE, customer_lines, goes, pointers
from customers.operations.laying import make_schema, migrate
from customers.operations.planning import Step, plan
from customers.operations.roles import let_in, make_customer_login
from customers.operations.taking_along import take_along


class CustomerIsThere(Exception):
    """The customer was not dropped; drop it, or say that it is to be replaced."""


class PlaceTaken(Exception):
    """Another customer has this one's number, code or host; nothing can take its place."""


class ArchiveTooNew(Exception):
    """It was made by newer code than this; bring the code up first."""


class NotAsKept(Exception):
    """What was written is not what the archive holds: something changed rows on their way in."""


@dataclass(frozen=True)
class Restored:
    """What came back, and in `said` what is otherwise than it was, in words."""

    customer: Customer
    rows: int
    files: int
    said: tuple[str, ...]


def restore(*, file: IO[bytes], now: datetime, replaces: bool = False) -> Restored:
    """Bring a customer back with its number, schema, login, public rows and files.

    The schema is laid as it stood, filled with its triggers asleep, compared with the archive hash
    by hash, and then migrated to the head: all in one transaction, so that a restore that dies has
    done nothing. Files are written before it; their names are random, so one that stays without its
    row harms nobody, and the next restore finds it in place. Only files that were there before are
    taken away after it, and after a failure only those that came since. Runs as the owner. Raises
    DamagedArchive, ArchiveTooNew, CustomerIsThere (unless `replaces`), PlaceTaken, NotAsKept and
    SomebodyElseRestores.
    """
    archive = Archive(file)
    who = archive.manifest["customer"]
    with alone(customer_id=who["id"]):
        return _restored(archive, now=now, replaces=replaces)


def _restored(archive: Archive, *, now: datetime, replaces: bool) -> Restored:
    steps = _fit_to_be_restored(archive, replaces=replaces)
    customer_id = archive.manifest["customer"]["id"]
    before = files.there(customer_id=customer_id)
    try:
        kept_files = files.bring_back(archive=archive, customer_id=customer_id)
        customer, said = _rows_back(archive, steps, now=now, replaces=replaces)
    except BaseException:
        if not replaces:
            came = files.there(customer_id=customer_id) - before
            files.remove(names=came, customer_id=customer_id)
        raise
    if replaces:
        files.remove(names=before - kept_files, customer_id=customer_id)
    rows = sum(table["rows"] for table in archive.manifest["tables"])
    return Restored(customer, rows, len(kept_files), tuple(said))


@transaction.atomic
def _rows_back(
    archive: Archive, steps: tuple[Step, ...], *, now: datetime, replaces: bool
) -> tuple[Customer, list[str]]:
    who = archive.manifest["customer"]
    with connection.cursor() as cursor:
        cursor.execute(TEXT)
        said_of_ours, wrong = take_along(archive=archive)
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        if replaces:
            dropping.forget(customer_id=who["id"])
        customer, said = _take_in(archive, wrong)
        said = said_of_ours + said
        if who["schema"]:
            make_customer_login(customer)
            make_schema(customer=customer, steps=steps)
            _fill_schema(archive, customer)
            migrate(customer=customer, missing=tuple(s for s in plan() if s not in steps))
            said += _empty_pointers(customer, wrong)
            let_in(customer, allowed=customer.suspended_at is None)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    changes = {"backup": [None, archive.manifest["made_at"]]}
    record(
        action="restored", of=customer, changes=changes, by=COMMAND_LINE, now=now,
        customer_code=customer.code,
    )  # fmt: skip
    return customer, said


def _fit_to_be_restored(archive: Archive, *, replaces: bool) -> tuple[Step, ...]:
    """Refuse what cannot be restored here. Returns the steps its schema had behind it."""
    manifest = archive.manifest
    if manifest.get("format", 0) > FORMAT:
        raise ArchiveTooNew(f"format {manifest['format']}")
    if manifest.get("kind") != "customer":
        raise DamagedArchive("it is no customer's")
    refuse_unlisted(archive=archive)
    steps = _steps(manifest)
    who = manifest["customer"]
    others = Customer.objects.filter(Q(pk=who["id"]) | Q(code=who["code"]))
    for other in others:
        if other.pk != who["id"] or other.code != who["code"]:
            raise PlaceTaken(f"customer {other.code} has number {other.pk}")
        if not replaces:
            raise CustomerIsThere(other.code)
    return steps


def refuse_unlisted(*, archive: Archive) -> None:
    """Raise DamagedArchive when members and manifest do not name the same tables and files."""
    listed = {f"{table['scope']}/{table['name']}" for table in archive.manifest["tables"]}
    listed |= {f"files/{file['name']}" for file in archive.manifest["files"]}
    if odd := listed ^ archive.names():
        raise DamagedArchive(f"its manifest and its content differ in {', '.join(sorted(odd))}")


def refuse_newer(*, migrations: list[str]) -> None:
    """Raise ArchiveTooNew when the public schema it is from had steps that the code has not."""
    known = {"/".join(node) for node in MigrationLoader(None).graph.nodes}
    if unknown := set(migrations) - known:
        raise ArchiveTooNew(f"the code does not know {', '.join(sorted(unknown))}")


def _steps(manifest: dict[str, Any]) -> tuple[Step, ...]:
    refuse_newer(migrations=manifest["migrations"]["public"])
    behind = set(manifest["migrations"]["customer"])
    steps = tuple(step for step in plan() if f"{step.app}/{step.name}" in behind)
    if len(steps) < len(behind):
        known = {f"{step.app}/{step.name}" for step in steps}
        raise ArchiveTooNew(f"the code does not know {', '.join(sorted(behind - known))}")
    return steps


def _take_in(archive: Archive, wrong: dict[str, set[str]]) -> tuple[Customer, list[str]]:
    """Write the customer's public rows, its own first."""
    who = archive.manifest["customer"]
    tables = {table.name: table for table in customer_public_tables(Customer(pk=who["id"]))}
    said = _not_in_it(archive, set(tables))
    for entry in _tables(archive, "public", first=CUSTOMER_TABLE):
        if entry["name"] not in tables:
            said.append(f"{entry['name']}: is no more, {entry['rows']} rows left out")
            continue
        fitting = Fitting(tables[entry["name"]], entry["columns"], wrong)
        try:
            feed = copy_in(table=fitting.table, lines=fitting.fitted(_lines(archive, entry)))
        except psycopg2.IntegrityError as problem:
            raise PlaceTaken(f"{entry['name']}: {problem.diag.message_detail}") from problem
        there = told(fitting.table)
        if (there.rows, there.sha256) != (feed.rows, feed.sha256):
            raise NotAsKept(entry["name"])
        said += fitting.said
    customer = Customer.objects.get(pk=who["id"])
    _go_on_after(customer)
    return customer, said


def _not_in_it(archive: Archive, tables: set[str]) -> list[str]:
    """Say which public tables have come since; one that was there before must be in the archive."""
    absent = tables - {table["name"] for table in _tables(archive, "public")}
    if not absent:
        return []
    steps = set(archive.manifest["migrations"]["public"])
    is_older = bool({"/".join(node) for node in MigrationLoader(None).graph.nodes} - steps)
    if CUSTOMER_TABLE in absent or not is_older:
        raise DamagedArchive(f"tables are missing: {', '.join(sorted(absent))}")
    return [f"{table}: not in the archive, which is older" for table in sorted(absent)]


def _fill_schema(archive: Archive, customer: Customer) -> None:
    """Load every table with its triggers asleep, and look whether it is as it was."""
    schema = str(customer.schema_name)
    tables, entries = tables_of(schema), list(_tables(archive, "customer"))
    lines = customer_lines()
    expected = {name for name in tables if goes(table=name, lines=lines) != Goes.NOWHERE}
    if absent := expected ^ {entry["name"] for entry in entries}:
        raise DamagedArchive(f"tables are missing or too many: {', '.join(sorted(absent))}")
    triggers(schema=schema, tables=list(tables), are_awake=False)
    with connection.cursor() as cursor:
        # A migration that adds a foreign key leaves it immediate for the rest of its transaction.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for entry in entries:
        _load(_as_kept(tables, entry), _lines(archive, entry))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    triggers(schema=schema, tables=list(tables), are_awake=True)
    for entry in entries:
        there = told(_as_kept(tables, entry))
        if (there.rows, there.sha256) != (entry["rows"], entry["sha256"]):
            raise NotAsKept(entry["name"])
    for sequence in archive.manifest["sequences"]:
        set_sequence(schema=schema, **sequence)


def _as_kept(tables: dict[str, Table], entry: dict[str, Any]) -> Table:
    return replace(tables[entry["name"]], columns=tuple(entry["columns"]))


def _load(table: Table, lines: Iterator[bytes]) -> None:
    try:
        copy_in(table=table, lines=lines)
    except psycopg2.Error as problem:
        raise NotAsKept(f"{table.name} ({problem})") from problem


def triggers(*, schema: str, tables: list[str], are_awake: bool) -> None:
    """Let the tables' own triggers fire or sleep; those of foreign keys always fire."""
    word = "ENABLE" if are_awake else "DISABLE"
    with connection.cursor() as cursor:
        cursor.execute(
            ";".join(f'ALTER TABLE {schema}."{table}" {word} TRIGGER USER' for table in tables)
        )


def _empty_pointers(customer: Customer, wrong: dict[str, set[str]]) -> list[str]:
    """Empty what points to rows that are gone, outside of the trail; awake triggers tell queue."""
    said = []
    for table, line in customer_lines().items():
        for pointer in pointers().get(table, ()):
            gone = [int(pk) for pk in wrong.get(pointer.to, ())]
            if line.is_history or pointer.column in line.history or not gone:
                continue
            with connection.cursor() as cursor:
                cursor.execute(
                    f'UPDATE {customer.schema_name}."{table}" SET "{pointer.column}" = NULL'
                    f' WHERE "{pointer.column}" = ANY (%s)',
                    [gone],
                )
                if cursor.rowcount:
                    said.append(f"{table}.{pointer.column}: {cursor.rowcount} emptied")
    return said


def _go_on_after(customer: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(ids, %(id)s)"
            " FROM pg_get_serial_sequence('public.customers_customer', 'id') AS ids"
            " WHERE coalesce(pg_sequence_last_value(ids::regclass), 0) < %(id)s",
            {"id": customer.pk},
        )


def _tables(archive: Archive, scope: str, first: str = "") -> Iterator[dict[str, Any]]:
    found = [table for table in archive.manifest["tables"] if table["scope"] == scope]
    yield from sorted(found, key=lambda table: table["name"] != first)


def _lines(archive: Archive, entry: dict[str, Any]) -> Iterator[bytes]:
    return archive.lines(f"{entry['scope']}/{entry['name']}", sha256=entry["sha256"])
