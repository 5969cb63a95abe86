"""One of three customers is dropped and restored while the others work: nobody else is touched.

Forty tickets in every run; 10,000 as a drill, within five minutes.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from resource import RUSAGE_SELF, getrusage
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

from accounts.models import User
from customers.archive import Archive
from customers.inside import schema_of
from customers.models import Customer
from customers.operations.backing_up import BackedUp, back_up, folder_of
from customers.operations.copying import tables_of, told
from customers.operations.dropping import drop
from customers.operations.restoring import restore
from customers.roles import customer_zone
from customers.store import BackupFolder, kept
from desk.models import QueueItem
from servicedesk import env, zones
from tests.cast import NINE
from tests.drills.filling import lay_full
from tests.drills.machinery import wait_until
from tests.living import Live
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations.verifying import CHAIN_DIFFERENCES, NUMBER_DIFFERENCES, _rows

pytestmark = pytest.mark.real_logins

MOST_SECONDS = 300
MOST_MIB = 64


@pytest.fixture
def backups(live: Live, monkeypatch: pytest.MonkeyPatch) -> BackupFolder:
    """The store and the files of the copy, for this process and for commands."""
    store = BackupFolder(location=live.var / "backups")
    monkeypatch.setattr(settings, "MEDIA_ROOT", live.var / "media")
    monkeypatch.setattr(storages, "_storages", {"backups": store})
    return store


@dataclass
class Work:
    """People at another customer ask without a pause: what they asked, and the slowest answer."""

    customer: Customer
    asked: list[int] = field(default_factory=list)
    slowest: float = 0.0
    problems: list[Exception] = field(default_factory=list)

    def ask(self, stop: threading.Event) -> None:
        """Ask until told to stop, with the customer's own login."""
        try:
            zones.use(customer_zone(self.customer.pk))
            with schema_of(self.customer):
                contact = Contact.objects.get()
                while not stop.wait(0.02):
                    started = time.monotonic()
                    ticket = operations.ask(
                        contact=contact, subject="Meanwhile", body="<p>Still there?</p>",
                        kind="question", now=timezone.now(),
                    )  # fmt: skip
                    self.slowest = max(self.slowest, time.monotonic() - started)
                    self.asked.append(ticket.pk)
        except Exception as problem:
            self.problems.append(problem)
        finally:
            zones.driver().forget()


@contextmanager
def at_work(live: Live, customer: Customer) -> Iterator[Work]:
    """The others work while the block lasts."""
    work, stop = Work(customer), threading.Event()
    thread = threading.Thread(target=work.ask, args=(stop,))
    thread.start()
    try:
        yield work
    finally:
        stop.set()
        thread.join(30)


def hashes_of(customer: Customer, known: dict[str, int] | None = None) -> dict[str, Any]:
    """Rows and SHA-256 of every table of a customer; or of those named, up to the id named."""
    tables = tables_of(str(customer.schema_name))
    if known is not None:
        tables = {
            name: replace(tables[name], where=f"id <= {last}") for name, last in known.items()
        }
    hashed = {name: told(table) for name, table in tables.items()}
    return {name: (one.rows, one.sha256) for name, one in hashed.items()}


def kill_a_restore(live: Live, made: BackedUp) -> None:
    """SIGKILL it in the middle of the public rows, its files already in place."""
    with closing(live.superuser()) as raw, raw.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE public.desk_searchdocument IN SHARE MODE")
        process = subprocess.Popen(
            [sys.executable, "manage.py", "restore_customer", made.name], cwd=env.BASE_DIR,
            env=live.environ(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_until(
                lambda: _is_stuck(cursor) or process.poll() is not None,
                seconds=120, what=lambda: "the restore never came to the search",
            )  # fmt: skip
        finally:
            process.kill()
            process.wait()
        cursor.execute("ROLLBACK")
        wait_until(
            lambda: not _is_stuck(cursor), seconds=20, what=lambda: "the killed one's backend stays"
        )


def _is_stuck(cursor: Any) -> bool:
    cursor.execute(
        "SELECT pid FROM pg_locks"
        " WHERE NOT granted AND relation = 'public.desk_searchdocument'::regclass"
    )
    return bool(cursor.fetchall())


def manifest(made: BackedUp, of: BackupFolder) -> dict[str, Any]:
    with kept(name=made.name, of=of) as file:
        found = Archive(file).manifest
    return {name: found[name] for name in ("tables", "sequences", "files", "names", "customer")}


KNOWN_OF_BUSY = {
    "tickets_entry": 60, "tickets_note": 5, "tickets_contact": 1, "tickets_attachment": 2,
}  # fmt: skip
"""The last ids of what is at the busy customer before people go on asking."""


def lose_and_find(live: Live, backups: BackupFolder, *, tickets: int, files: int) -> None:
    """The drill; asserts and prints."""
    staff, media = User.objects.get(email="ada@desk.test").pk, live.var / "media"
    lost = lay_full(code="lost", tickets=tickets, files=files, media=media, staff=staff)
    busy = lay_full(code="busy", tickets=20, files=2, media=media, staff=staff)
    calm = lay_full(code="calm", tickets=20, files=2, media=media, staff=staff)
    calm_before, busy_before = hashes_of(calm), hashes_of(busy, KNOWN_OF_BUSY)

    memory = getrusage(RUSAGE_SELF).ru_maxrss
    with at_work(live, busy) as work:
        before, spent = lose(live, lost, backups)
    memory = (getrusage(RUSAGE_SELF).ru_maxrss - memory) // 1024
    after = back_up(customer=lost, now=timezone.now(), to=backups)

    assert manifest(after, backups) == manifest(before, backups)
    with schema_of(lost):
        assert Ticket.objects.count() == tickets
        assert list(_rows(CHAIN_DIFFERENCES, {})) == list(_rows(NUMBER_DIFFERENCES, {})) == []
    assert hashes_of(calm) == calm_before
    assert_busy_lost_nothing(work, busy, busy_before)
    assert sum(spent.values()) < MOST_SECONDS
    assert memory < MOST_MIB
    print(
        f"\n{tickets} tickets: {before.rows} rows, {before.files} files,"
        f" {before.size / 1e6:.1f} MB:"
        f" {', '.join(f'{what} {seconds:.1f} s' for what, seconds in spent.items())};"
        f" one restore killed; {len(work.asked)} questions elsewhere meanwhile,"
        f" slowest {work.slowest * 1000:.0f} ms; {memory} MiB more memory"
    )


def lose(live: Live, lost: Customer, backups: BackupFolder) -> tuple[BackedUp, dict[str, float]]:
    """Back up, drop, restore and be killed, restore. Returns the backup and the seconds taken."""
    spent: dict[str, float] = {}
    with timing(spent, "backup"):
        before = back_up(customer=lost, now=NINE, to=backups)
    with timing(spent, "drop"):
        drop(customer=lost, now=NINE)
    assert not folder_of(lost).exists()
    kill_a_restore(live, before)
    assert nothing_is_left(lost)
    with timing(spent, "restore"), kept(name=before.name, of=backups) as file:
        back = restore(file=file, now=NINE)
    assert back.said == ()
    return before, spent


def assert_busy_lost_nothing(work: Work, busy: Customer, before: dict[str, Any]) -> None:
    """Its rows of before are as they were, and each question of meanwhile is there."""
    assert work.problems == []
    assert work.asked
    now = hashes_of(busy, KNOWN_OF_BUSY)
    assert now == before
    assert {name: rows for name, (rows, _sum) in now.items()} == KNOWN_OF_BUSY
    with schema_of(busy):
        there = set(Ticket.objects.values_list("pk", flat=True))
    assert set(work.asked) <= there


def nothing_is_left(customer: Customer) -> bool:
    """No row, no schema, no queue: as if the killed restore had never begun."""
    rows = Customer.objects.filter(pk=customer.pk).exists()
    queue = QueueItem.objects.filter(customer_id=customer.pk).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s)", [customer.schema_name])
        return not (rows or queue) and cursor.fetchone() == (None,)


@contextmanager
def timing(spent: dict[str, float], what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    spent[what] = time.monotonic() - started


def test_a_lost_customer_is_restored_while_the_others_work(
    live: Live, backups: BackupFolder
) -> None:
    lose_and_find(live, backups, tickets=40, files=3)


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_ten_thousand_tickets_are_restored_within_five_minutes(
    live: Live, backups: BackupFolder
) -> None:
    lose_and_find(live, backups, tickets=10_000, files=500)
