"""The databases that tests run on: one per test process, owned like in real life, and its copies.

A process takes a free slot by an advisory lock that ends with it, so that several runs can share
one server, and a slot that a killed run has left behind is cleared by the next one to take it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg2 import sql

from customers.roles import DESK, OWNER, ROUTER, password, role_name
from servicedesk import env
from servicedesk.database.base import DatabaseWrapper
from tests.zones import OnePath

LOCK = 7_301_114
_UNHURRIED = sql.SQL("ALTER DATABASE {} SET synchronous_commit = off")
"""No commit waits for the disk: what a machine forgets that loses power is gone with it anyway."""
SLOTS = 64


class NoSuperuser(RuntimeError):
    """The tests make databases and roles, and were given a server where they may not."""


@dataclass(frozen=True)
class Slot:
    """A test process's place on the server: a prefix for its databases and roles."""

    number: int
    server: env.Database
    lock: psycopg2.extensions.connection = field(repr=False)

    @property
    def prefix(self) -> str:
        return f"sdtest{self.number}"

    def drop(self) -> None:
        """Remove every database and role of the slot, whoever is connected."""
        with self.lock.cursor() as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{self.prefix}(_|$)"]
            )
            for (name,) in cursor.fetchall():
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                cursor.execute(drop.format(sql.Identifier(name)))
            cursor.execute("SELECT rolname FROM pg_roles WHERE rolname ~ %s", [f"^{self.prefix}_"])
            roles = [sql.Identifier(name) for (name,) in cursor.fetchall()]
            if roles:
                cursor.execute(sql.SQL("DROP ROLE {}").format(sql.SQL(", ").join(roles)))


def take_slot() -> Slot:
    """Start the server if need be and take the first free slot of it, cleared."""
    server = env.ensure_database()
    if server.superuser is None:
        raise NoSuperuser("tests need a superuser: run them without DATABASE_URL")
    # Somebody may have taken the port between the settings' look at it and the server's start.
    connections.settings["default"] |= {"HOST": server.host, "PORT": server.port}
    lock = connect_as_superuser(server, "postgres")
    with lock.cursor() as cursor:
        for number in range(1, SLOTS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, number])
            if (cursor.fetchone() or [False])[0]:
                slot = Slot(number, server, lock)
                slot.drop()
                return slot
    raise NoSuperuser(f"{SLOTS} test runs at once are too many")


def connect_as_superuser(server: env.Database, name: str) -> psycopg2.extensions.connection:
    """A raw connection that may do everything; it commits each statement."""
    connection = psycopg2.connect(
        host=server.host,
        port=server.port,
        dbname=name,
        user=server.superuser,
        password=server.superuser_password,
    )
    connection.autocommit = True
    return connection


def connect_as(zone: str, *, name: str) -> psycopg2.extensions.connection:
    """A raw connection with a zone's login, as any program would open it."""
    at = connections.settings["default"]
    return psycopg2.connect(
        host=at["HOST"],
        port=at["PORT"],
        dbname=name,
        user=role_name(zone),
        password=password(zone),
    )


def lay_public(slot: Slot) -> None:
    """Make the slot's database and fill it as `manage.py prepare` does, with the owner's login."""
    owner = sql.Identifier(f"{slot.prefix}_owner")
    with slot.lock.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE ROLE {} LOGIN CREATEROLE NOSUPERUSER PASSWORD {}").format(
                owner, sql.Literal(settings.OWNER_PASSWORD)
            )
        )
        create = sql.SQL("CREATE DATABASE {} OWNER {}")
        cursor.execute(create.format(sql.Identifier(slot.prefix), owner))
        cursor.execute(_UNHURRIED.format(sql.Identifier(slot.prefix)))
    settings.INSTALLATION, settings.OWNER_ROLE = slot.prefix, f"{slot.prefix}_owner"
    work_on(slot.prefix, zone=OWNER)
    call_command("prepare", verbosity=0, stdout=_Silence())


def work_on(name: str, *, zone: str | None, server: env.Database | None = None) -> DatabaseWrapper:
    """Point Django at that database, with a zone's login, or None for the server's superuser.

    The server is the one the run began with: a test may have changed what the environment says.
    """
    at = connections.settings["default"]
    connections["default"].close()
    at["NAME"], at["ZONE"] = name, zone
    if server is not None:
        at["USER"], at["PASSWORD"] = server.superuser, server.superuser_password
    made = OnePath(at, "default") if zone is None else connections.create_connection("default")
    wrapper = cast(DatabaseWrapper, made)
    connections["default"] = wrapper
    return wrapper


@contextmanager
def copy_of(slot: Slot, *, suffix: str) -> Iterator[str]:
    """A copy of the slot's database, gone afterwards. Nobody may be connected to the original."""
    name = f"{slot.prefix}_{suffix}"
    copy = sql.Identifier(name)
    with slot.lock.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
        cursor.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                copy, sql.Identifier(slot.prefix), sql.Identifier(f"{slot.prefix}_owner")
            )
        )
        # A template's settings and grants on the database itself are not copied.
        cursor.execute(_UNHURRIED.format(copy))
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(copy))
        for role in (role_name(ROUTER), role_name(DESK), role_name("portal")):
            grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
            cursor.execute(grant.format(copy, sql.Identifier(role)))
        try:
            yield name
        finally:
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(copy))


class _Silence:
    """Swallows what a management command says."""

    def write(self, *_said: Any) -> None:
        pass

    def flush(self) -> None:
        pass
