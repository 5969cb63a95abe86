"""An upgrade of many customers, killed and finished, with the old code at work meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import sql

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.operations import lay, laying
from customers.roles import DESK, OWNER, customer_zone
from servicedesk import env, zones
from tests.cast import NINE, make_contact, minutes
from tests.drills.machinery import wait_until
from tests.living import Live
from tickets import operations
from tickets.models import Contact
from tickets.operations.replying import NO_WAIT
from tickets.operations.verifying import verify

LATER = "tests.scale.later.settings"


@dataclass
class Upgrade:
    """The customers of a live copy on their way to the next release."""

    live: Live
    schemas: list[str] = field(default_factory=list)

    def lay(self, customers: int) -> float:
        """Lay so many, each with one contact; returns the seconds it took."""
        started = time.monotonic()
        for number in range(customers):
            customer = lay(code=f"many-{number}", name=f"Many {number}", now=NINE)
            with schema_of(customer):
                make_contact(name="Una", email=f"una@many-{number}.test")
        laid = Customer.objects.order_by("pk").values_list("schema_name", flat=True)
        self.schemas = [str(schema) for schema in laid]
        return time.monotonic() - started

    def manage(self, *words: str) -> subprocess.Popen[str]:
        """`manage.py` of the next release."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *words], cwd=env.BASE_DIR, text=True,
            env=self.live.environ(DJANGO_SETTINGS_MODULE=LATER), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *words: str) -> tuple[int, str]:
        """The same to its end: the exit status and what it said."""
        process = self.manage(*words)
        said, _ = process.communicate(timeout=180)
        return process.returncode, said

    def kill_at(self, place: int, *words: str) -> None:
        """SIGKILL the command in the middle of that customer, counted from 0."""
        with self._holding(self.schemas[place]) as cursor:
            process = self.manage(*words)
            backend = _caught(cursor, process, seconds=120)
            process.kill()
            said, _ = process.communicate()
            assert backend, f"{words} never came to {self.schemas[place]}: {said}"
        with closing(self.live.superuser()) as raw, raw.cursor() as cursor:
            wait_until(
                lambda: not _is_connected(cursor, backend),
                seconds=10, what=lambda: "the killed command's backend stays",
            )  # fmt: skip

    def migrated(self) -> list[str]:
        """The schemas that have the new column, in the order of laying."""
        return self._asked(
            "SELECT table_schema FROM information_schema.columns"
            " WHERE table_name = 'tickets_ticket' AND column_name = 'spoken'"
        )

    def repointed(self) -> list[str]:
        """The schemas whose trigger runs the next version of its function."""
        return self._asked(
            "SELECT c.relnamespace::regnamespace::text FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE t.tgname = 'c_said' AND p.proname = 'entry_after_900'"
        )

    def signed(self) -> list[str]:
        """The schemas whose customers' rows say that they are there."""
        return self._asked(
            "SELECT schema_name FROM customers_customer WHERE migrated_to ~ 'tickets/9000_spoken'"
        )

    def assert_migrated(self, customers: int) -> None:
        """The first so many are at the next release, whole; the others are as they were."""
        for found in (self.migrated, self.repointed, self.signed):
            assert found() == self.schemas[:customers], found.__name__

    def work_on_both_sides(self) -> None:
        """Let the old code work at a customer migrated first and at one migrated last."""
        migrated = set(self.migrated())
        for schema in (self.schemas[2], self.schemas[-1]):
            ticket = work_with_the_old_code(schema)
            if schema in migrated:
                assert self._spoken(schema, ticket) == 4, "the trigger's next version counts"
        assert laying.drifted() == [], "to the old code nobody is behind"

    def _spoken(self, schema: str, ticket: int) -> int:
        with closing(self.live.superuser()) as raw, raw.cursor() as cursor:
            asked = sql.SQL("SELECT spoken FROM {}.tickets_ticket WHERE id = %s")
            cursor.execute(asked.format(sql.Identifier(schema)), [ticket])
            ((spoken,),) = cursor.fetchall()
        return int(spoken)

    def _asked(self, question: str) -> list[str]:
        with closing(self.live.superuser()) as raw, raw.cursor() as cursor:
            cursor.execute(question)
            found = {name for (name,) in cursor.fetchall()}
        return [schema for schema in self.schemas if schema in found]

    @contextmanager
    def _holding(self, schema: str) -> Iterator[Any]:
        """Be somebody who reads a ticket there, and does not finish."""
        with closing(self.live.superuser()) as raw, raw.cursor() as cursor:
            cursor.execute(f"BEGIN; LOCK TABLE {schema}.tickets_ticket IN ACCESS SHARE MODE")
            yield cursor
            cursor.execute("ROLLBACK")


def work_with_the_old_code(schema: str) -> int:
    """This process's code: a question, a reply, a solution, a word back. Returns the ticket's id.

    Each by the login that does it in real life; then nothing may differ at the customer.
    """
    customer = Customer.objects.get(schema_name=schema)
    ada = User.objects.get(email="ada@desk.test")
    zones.use(customer_zone(customer.pk))
    with schema_of(customer):
        una = Contact.objects.get()
        ticket = operations.ask(
            contact=una, subject="Old code", body="<p>Does it work?</p>", kind="question", now=NINE
        )
    zones.use(DESK)
    with schema_of(customer):
        operations.judge(customer=customer, ticket_id=ticket.pk, now=NINE + minutes(1))
        operations.reply(
            ticket=ticket, by=ada, body="<p>It does.</p>", now=NINE + minutes(2), wait=NO_WAIT
        )
        operations.resolve(ticket=ticket, by=ada, now=NINE + minutes(3))
    zones.use(customer_zone(customer.pk))
    with schema_of(customer):
        ticket.refresh_from_db()
        operations.write_back(
            ticket=ticket, contact=una, body="<p>Thanks, one more.</p>", now=NINE + minutes(4)
        )
        ticket.refresh_from_db()
        assert ticket.state == "open"
    zones.use(OWNER)
    with schema_of(customer):
        assert verify(customer=customer, now=NINE + minutes(5)) == []
    return ticket.pk


def _is_connected(cursor: Any, backend: int) -> bool:
    cursor.execute("SELECT pid FROM pg_stat_activity WHERE pid = %s", [backend])
    return bool(cursor.fetchall())


def _caught(cursor: Any, process: subprocess.Popen[str], *, seconds: float) -> int:
    """Wait until the process waits for the one who reads; 0 when it ends or never comes there."""
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        if found := _waiting(cursor):
            return found[0]
        time.sleep(0.02)
    return 0


def _waiting(cursor: Any) -> list[int]:
    cursor.execute(
        "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND NOT l.granted AND l.locktype = 'relation'"
    )
    return [pid for (pid,) in cursor.fetchall()]
