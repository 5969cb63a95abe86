"""Dropping a customer: schema, login, public rows and files, for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from psycopg2 import errors

from accounts.operations.auditing import COMMAND_LINE, record
from customers.archive import Archive
from customers.models import Customer
from customers.operations import files
from customers.operations.alone import alone
from customers.operations.backing_up import NAME_OF_A_BACKUP
from customers.operations.keeping import (
    customer_column,
    customers_public_tables,
    ours_pointing_to_customers,
)
from customers.roles import customer_zone, role_name
from customers.store import kept, names, store

FRESH_FOR = timedelta(hours=24)


class NoFreshBackup(Exception):
    """There is no whole backup of the last 24 hours; make one, or say that none is wanted."""


class HasBranches(Exception):
    """Other customers are branches of this one; give them another parent first."""


class StillNamed(Exception):
    """Something of ours is made for this customer alone, a policy, say; delete that first."""


@dataclass(frozen=True)
class Dropped:
    """What went. The login stays, shut for good, where another database of the server knows it."""

    rows: int
    files: int
    login_is_gone: bool


def drop(*, customer: Customer, now: datetime, without_backup: bool = False) -> Dropped:
    """Remove a customer and everything of it. Runs as the owner.

    The rows go in one transaction, the files after it. Raises HasBranches, StillNamed,
    NoFreshBackup and SomebodyElseRestores; a lock that others hold for more than ten seconds ends
    it with nothing done.
    """
    with alone(customer_id=customer.pk):
        return _dropped(customer, now=now, without_backup=without_backup)


def _dropped(customer: Customer, *, now: datetime, without_backup: bool) -> Dropped:
    if customer.branches.exists():
        raise HasBranches(customer.code)
    if naming := rows_of_ours_for(customer_id=customer.pk):
        raise StillNamed(", ".join(naming))
    backup = None if without_backup else fresh_backup(customer=customer, now=now)
    if not (backup or without_backup):
        raise NoFreshBackup(customer.code)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '10s'")
        rows = forget(customer_id=customer.pk)
        changes = {"backup": [None, backup]}
        record(
            action="dropped", of=customer, changes=changes, by=COMMAND_LINE, now=now,
            customer_code=customer.code,
        )  # fmt: skip
    login_is_gone = _drop_login(customer.pk)
    return Dropped(rows, files.remove_all(customer_id=customer.pk), login_is_gone)


def fresh_backup(*, customer: Customer, now: datetime) -> str | None:
    """The name of a whole backup of the last 24 hours, the newest; None when there is none."""
    found = {
        match["stamp"]: name
        for name in names(of=store())
        if (match := NAME_OF_A_BACKUP.fullmatch(name)) and int(match["pk"]) == customer.pk
    }
    if not found:
        return None
    newest = found[max(found)]
    with kept(name=newest, of=store()) as file:
        made = datetime.fromisoformat(Archive(file).manifest["made_at"])
    return newest if now - made <= FRESH_FOR else None


def rows_of_ours_for(*, customer_id: int) -> list[str]:
    """Tables of ours with rows that are made for this customer."""
    found = []
    for table, column in ours_pointing_to_customers():
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT EXISTS (SELECT FROM public.{table} WHERE "{column}" = %s)', [customer_id]
            )
            if cursor.fetchone() == (True,):
                found.append(table)
    return found


def forget(*, customer_id: int) -> int:
    """Remove schema and public rows, within the caller's transaction; returns how many rows."""
    rows = 0
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS c_{int(customer_id)} CASCADE")
        for table in reversed(customers_public_tables()):
            column = customer_column(table)
            cursor.execute(f"DELETE FROM public.{table} WHERE {column} = %s", [customer_id])
            rows += cursor.rowcount
    return rows


def _drop_login(customer_id: int) -> bool:
    role = role_name(customer_zone(customer_id))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'DROP ROLE IF EXISTS "{role}"')
    except DatabaseError as problem:
        if not isinstance(problem.__cause__, errors.DependentObjectsStillExist):
            raise
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER ROLE "{role}" NOLOGIN PASSWORD NULL')
        return False
    return True
