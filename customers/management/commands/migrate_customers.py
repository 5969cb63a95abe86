"""`manage.py migrate_customers [--check]`: bring every customer's schema to the head; resumable."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from customers.models import Customer
from customers.operations import migrate
from customers.operations.laying import lagging
from customers.operations.planning import Step


class Command(BaseCommand):
    """Killed half-way it is simply run again: each customer is a transaction of its own."""

    help = "Replay missing migrations in every customer's schema."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 at drift")

    def handle(self, *args: Any, **options: Any) -> None:
        behind = lagging()
        if options["check"]:
            self._tell(behind)
            return
        started, locked = time.perf_counter(), []
        for place, (customer, missing) in enumerate(behind, 1):
            try:
                migrate(customer=customer, missing=missing)
                self.stdout.write(f"{place}/{len(behind)} {customer.code}: {len(missing)} steps")
            except OperationalError as problem:
                locked.append(customer.code)
                self.stderr.write(f"{place}/{len(behind)} {customer.code}: {problem}")
            self.stdout.flush()  # so that who watches, or kills, knows how far it is
        spent = (time.perf_counter() - started) * 1000
        self.stdout.write(f"{len(behind) - len(locked)} customers migrated in {spent:.0f} ms")
        if locked:
            raise CommandError(f"busy, run this again for: {', '.join(locked)}")

    def _tell(self, behind: list[tuple[Customer, tuple[Step, ...]]]) -> None:
        for customer, missing in behind:
            steps = " ".join(f"{step.app}/{step.name}" for step in missing)
            self.stdout.write(f"{customer.code} misses {steps or 'its sign only'}")
        laid = Customer.objects.filter(laid_at__isnull=False).count()
        if behind:
            raise CommandError(f"{len(behind)} of {laid} customers are behind")
        self.stdout.write(f"all {laid} customers are at the head")
