"""Backing up everything: each customer's archive, what is ours, and an index that ends it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.core.files.storage import Storage
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import User
from customers.archive import Archive, DamagedArchive
from customers.models import Customer
from customers.operations.backing_up import (
    BackedUp,
    back_up,
    back_up_ours,
    nobodys,
    our_tables,
)
from customers.operations.copying import TEXT, copy_in, set_sequence, tables_of, told
from customers.operations.restoring import NotAsKept, refuse_newer, refuse_unlisted, triggers
from customers.operations.sparing import SparingExecutor
from customers.store import keep, kept

INDEX = "index.json"


class NotEmpty(Exception):
    """There is something in the database already; everything is restored into an empty one only."""


@dataclass(frozen=True)
class Everything:
    """A backup of everything: its folder in the store, and its archives, ours the last."""

    folder: str
    archives: tuple[BackedUp, ...]


def back_up_everything(*, now: datetime, to: Storage) -> Everything:
    """Keep all customers and what is ours in a folder of the store.

    Each archive is of one moment; the whole, of the time it takes. What is ours comes last, so that
    everybody to whom a customer's rows point is in it. The index is written when all is there.
    """
    folder = f"all-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}/"
    archives = [
        back_up(customer=customer, now=now, to=to, folder=folder)
        for customer in Customer.objects.order_by("pk")
    ]
    archives.append(back_up_ours(now=now, to=to, folder=folder))
    index = {"format": 1, "made_at": now.isoformat(), "archives": [asdict(a) for a in archives]}
    keep(name=folder + INDEX, file=io.BytesIO(json.dumps(index, indent=1).encode()), to=to)
    return Everything(folder.rstrip("/"), tuple(archives))


def look_through(*, folder: str, of: Storage) -> Everything:
    """Look at every byte of such a folder, parents before their branches, ours the last.

    Raises DamagedArchive when the index or an archive is missing or not what the index says.
    """
    if not of.exists(f"{folder}/{INDEX}"):
        raise DamagedArchive(f"{folder} has no {INDEX}: it was never finished")
    with kept(name=f"{folder}/{INDEX}", of=of) as file:
        listed = [BackedUp(**entry) for entry in json.loads(file.read())["archives"]]
    parents: dict[str, tuple[str, set[str]]] = {}
    for one in listed:
        name = f"{folder}/{one.name.rpartition('/')[2]}"
        if not of.exists(name):
            raise DamagedArchive(f"{name} is missing")
        manifest = _looked_through(replace(one, name=name), of)
        if manifest["kind"] == "customer":
            above = set(manifest["names"].get("customers_customer", ()))
            parents[str(manifest["customer"]["id"])] = (name, above)
    order = [*_parents_first(parents), f"{folder}/ours.zip"]
    by_name = {f"{folder}/{one.name.rpartition('/')[2]}": one for one in listed}
    return Everything(folder, tuple(replace(by_name[name], name=name) for name in order))


def migrations_of_ours(*, folder: str, of: Storage) -> list[str]:
    """The steps that the public schema had behind it, as ``app/name``; raises ArchiveTooNew."""
    with kept(name=f"{folder}/ours.zip", of=of) as file:
        steps: list[str] = Archive(file).manifest["migrations"]["public"]
    refuse_newer(migrations=steps)
    return steps


def refuse_unless_empty(*, migrations: Iterable[str]) -> None:
    """Raise NotEmpty when there are people or customers, or the tables are further than that."""
    applied = {"/".join(step) for step in MigrationRecorder(connection).applied_migrations()}
    if applied - set(migrations):
        raise NotEmpty("its tables were made by newer code than the backup; take an empty one")
    tables = set(connection.introspection.table_names())
    for model in (User, Customer):
        if model._meta.db_table in tables:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT EXISTS (SELECT FROM {model._meta.db_table})")
                if cursor.fetchone() == (True,):
                    raise NotEmpty(f"there are rows in {model._meta.db_table}")


def lay_public(*, migrations: list[str]) -> None:
    """Make the public tables as they stood after those steps, in an empty database."""
    last = {step.split("/")[0]: step for step in sorted(migrations)}
    executor = SparingExecutor(connection)
    executor.migrate([(app, step.split("/")[1]) for app, step in last.items()])


@transaction.atomic
def restore_ours(*, folder: str, of: Storage) -> int:
    """Fill what is ours into an empty database's public schema; returns how many rows.

    Its tables must stand as they stood when the backup was made; what the migrations put into them
    goes. Raises DamagedArchive and NotAsKept; then nothing was done.
    """
    with kept(name=f"{folder}/ours.zip", of=of) as file, connection.cursor() as cursor:
        archive = Archive(file)
        refuse_unlisted(archive=archive)
        there, entries = tables_of("public"), archive.manifest["tables"]
        ours, listed = {table.name for table in our_tables()}, {entry["name"] for entry in entries}
        # An older archive knows nothing of rows that name no customer: it had none.
        ours -= {name for name, _where in nobodys(there)} - listed
        if odd := ours ^ listed:
            raise DamagedArchive(f"tables are missing or too many: {', '.join(sorted(odd))}")
        cursor.execute(TEXT)
        triggers(schema="public", tables=sorted(ours), are_awake=False)
        cursor.execute(f"TRUNCATE {', '.join(there[name].place for name in ours)} CASCADE")
        for entry in entries:
            table = replace(there[entry["name"]], columns=tuple(entry["columns"]))
            lines = archive.lines(f"public/{table.name}", sha256=entry["sha256"])
            copy_in(table=table, lines=lines)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        triggers(schema="public", tables=sorted(ours), are_awake=True)
        for entry in entries:
            _compare(there[entry["name"]], entry)
        for sequence in archive.manifest["sequences"]:
            set_sequence(schema="public", **sequence)
        return sum(entry["rows"] for entry in entries)


def _compare(table: Any, entry: dict[str, Any]) -> None:
    found = told(replace(table, columns=tuple(entry["columns"])))
    if (found.rows, found.sha256) != (entry["rows"], entry["sha256"]):
        raise NotAsKept(entry["name"])


def _looked_through(one: BackedUp, of: Storage) -> dict[str, Any]:
    with kept(name=one.name, of=of) as file:
        archive = Archive(file)
    if archive.seal != one.sha256:
        raise DamagedArchive(f"{one.name} is not the one that the index names")
    return archive.manifest


def _parents_first(parents: dict[str, tuple[str, set[str]]]) -> list[str]:
    """The archives' names, each after its parent's; those in a circle come as they are."""
    order: list[str] = []
    waiting = dict(parents)
    while waiting:
        ready = [pk for pk, (_name, above) in waiting.items() if not above & set(waiting)]
        for pk in ready or list(waiting):
            order.append(waiting.pop(pk)[0])
    return order
