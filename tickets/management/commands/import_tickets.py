"""`manage.py import_tickets FILE --map MAPPING.toml`: take over tickets of another desk."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from accounts.models import User
from customers.inside import NoSuchCustomer, inside
from customers.models import Customer
from tickets.importing.badrows import BadRowFile
from tickets.importing.errors import FileDoesNotFit, MappingDoesNotFit
from tickets.importing.mapping import Mapping, read_mapping
from tickets.importing.rows import read_tickets
from tickets.importing.words import BadRow, ImportedCustomer, ImportedTicket
from tickets.management.progress import Progress
from tickets.operations.importing import (
    NotImportable,
    People,
    customer_for,
    import_ticket,
    known_keys,
)

_LOCK = 41_907_733  # the first half of the advisory lock; the second is made from the source


@dataclass
class Tally:
    """What an import did, and how long it took."""

    laid: int = 0
    laying_seconds: float = 0.0
    imported: int = 0
    importing_seconds: float = 0.0
    known: int = 0
    notices: list[str] = field(default_factory=list)


class Command(BaseCommand):
    """Safe to stop and to repeat: what is there stays as it is. Nothing is sent to anybody."""

    help = "Import tickets with their trail from a CSV or XES file (docs/import.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV or XES, plain or .gz")
        parser.add_argument("--map", type=Path, required=True, help="how rows become tickets")
        parser.add_argument("--dry-run", action="store_true", help="say row by row what would be")
        parser.add_argument("--bad", type=Path, help="where rows that are left out go")
        parser.add_argument("--limit", type=int, help="stop after so many tickets")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        bad_path = options["bad"] or Path(f"{path.name}.bad.csv")
        with BadRowFile(bad_path) as bad:
            try:
                mapping = read_mapping(options["map"])
                tickets = list(self._read(path, mapping, bad, limit=options["limit"]))
            except (MappingDoesNotFit, FileDoesNotFit) as unfit:
                raise CommandError(str(unfit)) from unfit
            if options["dry_run"]:
                self._rehearse(tickets)
            else:
                self._import(tickets, mapping, bad)
        if bad.count:
            self.stdout.write(f"{bad.count:,} rows were left out; why, and the rows: {bad_path}")

    def _read(
        self, path: Path, mapping: Mapping, bad: BadRowFile, *, limit: int | None
    ) -> Iterator[ImportedTicket]:
        count = 0
        for found in read_tickets(path, mapping=mapping):
            if isinstance(found, BadRow):
                bad.put(found)
                self.stderr.write(f"line {found.line}: {found.field} {found.reason}".strip())
                continue
            if limit is not None and count == limit:
                return
            count += 1
            yield found

    # --- Rehearsal -----------------------------------------------------------------------------

    def _rehearse(self, tickets: list[ImportedTicket]) -> None:
        laid, known = _by_code(), {}
        for one in sorted(tickets, key=lambda one: one.line):
            customer = laid.get(one.customer.code)
            if customer and customer.pk not in known:
                with inside(customer.pk):
                    known[customer.pk] = known_keys(source=one.source)
            is_known = customer is not None and one.key in known[customer.pk]
            word = "is there already" if is_known else f"opens with {len(one.steps)} steps"
            place = "" if customer else " (new customer)"
            notices = "".join(f"; {notice}" for notice in one.notices)
            self.stdout.write(
                f"line {one.line}: {one.key} {word} at {one.customer.code}{place}: "
                f"{one.subject}{notices}"
            )
        self.stdout.write(f"{len(tickets):,} tickets read; nothing was written (dry run)")

    # --- Import --------------------------------------------------------------------------------

    def _import(self, tickets: list[ImportedTicket], mapping: Mapping, bad: BadRowFile) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK, mapping.source])
            if not cursor.fetchone()[0]:
                raise CommandError(f"{mapping.source} is being imported by another process")
            # A crash may cost the last moments, and starting again brings them back.
            cursor.execute("SET synchronous_commit = off")
        tally = Tally()
        try:
            customers = self._lay(tickets, tally, bad)
            self._take_over(tickets, customers, tally, bad)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET synchronous_commit = on")
                cursor.execute(
                    "SELECT pg_advisory_unlock(%s, hashtext(%s))", [_LOCK, mapping.source]
                )
        self._report(tally)

    def _lay(
        self, tickets: list[ImportedTicket], tally: Tally, bad: BadRowFile
    ) -> dict[str, Customer]:
        wanted: dict[str, ImportedCustomer] = {}
        for one in tickets:
            for customer in (one.customer, *one.other_customers):
                wanted.setdefault(customer.code, customer)
        customers = _by_code()
        missing = [new for code, new in wanted.items() if code not in customers]
        progress = Progress(sys.stderr, total=len(missing), what="customers laid")
        started = time.perf_counter()
        for count, new in enumerate(missing, start=1):
            try:
                customers[new.code], is_new = customer_for(wanted=new, now=timezone.now())
                tally.laid += is_new
            except NotImportable as refused:
                bad.put(BadRow(line=0, field="code", reason=str(refused)))
            tally.laying_seconds = time.perf_counter() - started
            progress.show(count, seconds=tally.laying_seconds)
        return customers

    def _take_over(
        self,
        tickets: list[ImportedTicket],
        customers: dict[str, Customer],
        tally: Tally,
        bad: BadRowFile,
    ) -> None:
        groups: dict[str, list[ImportedTicket]] = defaultdict(list)
        for one in tickets:
            groups[one.customer.code].append(one)
        progress = Progress(sys.stderr, total=len(tickets), what="tickets")
        started, done = time.perf_counter(), 0
        colleagues: dict[str, User] = {}
        for code, group in groups.items():
            people = _people(group, customers.get(code), colleagues)
            for one in _of_customer(group, people, tally=tally, bad=bad):
                done += 1
                tally.notices += [f"line {one.line}: {notice}" for notice in one.notices]
                progress.show(done, seconds=time.perf_counter() - started)
        tally.importing_seconds = time.perf_counter() - started

    def _report(self, tally: Tally) -> None:
        for notice in tally.notices:
            self.stdout.write(notice)
        if tally.laid:
            each = 1000 * tally.laying_seconds / tally.laid
            self.stdout.write(f"{tally.laid:,} customers laid, {each:.0f} ms each")
        seconds = max(tally.importing_seconds, 0.001)
        self.stdout.write(
            f"{tally.imported:,} tickets imported in {seconds:.1f} s,"
            f" {tally.imported / seconds:.0f}/s; {tally.known:,} were there already"
        )


def _by_code() -> dict[str, Customer]:
    return {one.code: one for one in Customer.objects.filter(laid_at__isnull=False)}


def _people(
    group: list[ImportedTicket], customer: Customer | None, colleagues: dict[str, User]
) -> People | None:
    if customer is None:
        return None
    return People(customer=customer, source=group[0].source, colleagues=colleagues)


def _of_customer(
    group: list[ImportedTicket], people: People | None, *, tally: Tally, bad: BadRowFile
) -> Iterator[ImportedTicket]:
    """Import one customer's tickets, oldest first, so that numbers follow time; give each."""
    now = timezone.now()
    try:
        if people is None:
            raise NoSuchCustomer(0)
        with inside(people.customer.pk):
            known = known_keys(source=people.source)
            for one in sorted(group, key=lambda one: (one.opened_at, one.line)):
                if one.key in known:
                    tally.known += 1
                else:
                    _one(one, people, now, tally=tally, bad=bad)
                yield one
    except NoSuchCustomer:
        for one in group:
            bad.put(BadRow(line=one.line, field="code", reason="its customer is not open"))
            yield one


def _one(
    one: ImportedTicket, people: People, now: datetime, *, tally: Tally, bad: BadRowFile
) -> None:
    try:
        import_ticket(imported=one, people=people, now=now)
        tally.imported += 1
    except NotImportable as refused:
        bad.put(BadRow(line=one.line, reason=str(refused), raw={"key": one.key}))
