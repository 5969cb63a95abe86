"""`manage.py import_tickets FILE --map MAPPING.toml`: take over tickets of another desk."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from customers.inside import inside
from customers.models import Customer
from tickets.importing.badrows import BadRowFile
from tickets.importing.errors import FileDoesNotFit, MappingDoesNotFit
from tickets.importing.mapping import Mapping, read_mapping
from tickets.importing.rows import read_tickets
from tickets.importing.words import BadRow, ImportedCustomer, ImportedTicket
from tickets.management.progress import Progress
from tickets.management.taking_over import Effort, Outcome, take_over_all
from tickets.management.waking import quick_commits
from tickets.operations.importing import (
    NotImportable,
    customer_for,
    known_keys,
    meet_colleagues,
)

_LOCK = 41_907_733  # the first half of the advisory lock; the second is made from the source


class Command(BaseCommand):
    """Safe to stop and to repeat: what is there stays as it is. Nothing is sent to anybody."""

    help = "Import tickets with their trail from a CSV or XES file (docs/import.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV or XES, plain or .gz")
        parser.add_argument("--map", type=Path, required=True, help="how rows become tickets")
        parser.add_argument("--dry-run", action="store_true", help="say row by row what would be")
        parser.add_argument("--bad", type=Path, help="where rows that are left out go")
        parser.add_argument("--limit", type=int, help="stop after so many tickets")
        parser.add_argument("--jobs", type=int, default=1, help="processes, a customer each")

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
                self._import(tickets, mapping, bad, jobs=max(1, options["jobs"]))
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

    def _import(
        self, tickets: list[ImportedTicket], mapping: Mapping, bad: BadRowFile, *, jobs: int
    ) -> None:
        lock: tuple[int, str] = (_LOCK, mapping.source)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", lock)
            if not cursor.fetchone()[0]:
                raise CommandError(f"{mapping.source} is being imported by another process")
        try:
            quick_commits()
            customers = self._lay(tickets, bad)
            self._take_over(tickets, customers, bad, jobs=jobs)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET synchronous_commit")
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", lock)

    def _lay(self, tickets: list[ImportedTicket], bad: BadRowFile) -> dict[str, Customer]:
        wanted: dict[str, ImportedCustomer] = {}
        for one in tickets:
            for customer in (one.customer, *one.other_customers):
                wanted.setdefault(customer.code, customer)
        customers = _by_code()
        missing = [new for code, new in wanted.items() if code not in customers]
        progress = Progress(sys.stderr, total=len(missing), what="customers laid")
        effort, started = Effort(), time.perf_counter()
        with connection.execute_wrapper(effort):
            for count, new in enumerate(missing, start=1):
                try:
                    customers[new.code] = customer_for(wanted=new, now=timezone.now())[0]
                except NotImportable as refused:
                    bad.put(BadRow(line=0, field="code", reason=str(refused)))
                progress.show(count, seconds=time.perf_counter() - started)
        if missing:
            seconds = time.perf_counter() - started
            self.stdout.write(
                f"{len(missing):,} customers laid, {_each(len(missing), seconds, effort)}"
            )
        return customers

    def _take_over(
        self,
        tickets: list[ImportedTicket],
        customers: dict[str, Customer],
        bad: BadRowFile,
        *,
        jobs: int,
    ) -> None:
        groups: dict[str, list[ImportedTicket]] = defaultdict(list)
        for one in tickets:
            groups[one.customer.code].append(one)
        now, total = timezone.now(), Outcome()
        meet_colleagues(tickets, now=now)
        progress = Progress(sys.stderr, total=len(tickets), what="tickets")
        started = time.perf_counter()
        for outcome in take_over_all(groups, customers=customers, now=now, jobs=jobs):
            total.add(outcome)
            for row in outcome.bad:
                bad.put(row)
            progress.show(total.count, seconds=time.perf_counter() - started)
        self._report(total, seconds=time.perf_counter() - started)

    def _report(self, total: Outcome, *, seconds: float) -> None:
        for notice in total.notices:
            self.stdout.write(notice)
        pace = total.imported / max(seconds, 0.001)
        self.stdout.write(
            f"{total.imported:,} tickets imported in {seconds:.1f} s, {pace:.0f}/s;"
            f" {total.known:,} were there already"
        )
        if total.imported:
            self.stdout.write(_each(total.imported, total.seconds, total.effort))


def _each(count: int, seconds: float, effort: Effort) -> str:
    """What one costs, and where the time goes: the limit is the larger part."""
    each, waiting = 1000 * seconds / count, 1000 * effort.seconds / count
    return (
        f"{each:.0f} ms each: {effort.statements / count:.0f} statements take {waiting:.0f} ms in"
        f" the database, Python {each - waiting:.0f} ms"
    )


def _by_code() -> dict[str, Customer]:
    return {one.code: one for one in Customer.objects.filter(laid_at__isnull=False)}
