"""`manage.py migrate_customers [--check]`: bring every customer's schema to the head; resumable."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.models import Customer
from customers.operations.laying import lagging
from customers.operations.upgrading import bring_up


class Command(BaseCommand):
    """Killed half-way it is simply run again: each customer is a transaction of its own."""

    help = "Replay missing migrations in every customer's schema."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 at drift")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check()
            return
        started, done, busy = time.perf_counter(), 0, []
        for turn in bring_up():
            done += not turn.problem
            busy += [turn.customer.code] if turn.problem else []
            said = turn.problem or f"{turn.steps} steps"
            self.stdout.write(f"{turn.place}/{turn.of} {turn.customer.code}: {said}")
            self.stdout.flush()  # so that who watches, or kills, knows how far it is
        spent = (time.perf_counter() - started) * 1000
        self.stdout.write(f"{done} customers migrated in {spent:.0f} ms")
        if busy:
            raise CommandError(f"busy, run this again for: {', '.join(busy)}")

    def _check(self) -> None:
        behind = lagging()
        for customer, missing in behind:
            steps = " ".join(f"{step.app}/{step.name}" for step in missing)
            self.stdout.write(f"{customer.code} misses {steps or 'its sign only'}")
        laid = Customer.objects.filter(laid_at__isnull=False).count()
        if behind:
            raise CommandError(f"{len(behind)} of {laid} customers are behind")
        self.stdout.write(f"all {laid} customers are at the head")
