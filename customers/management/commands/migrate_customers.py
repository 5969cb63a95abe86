"""`manage.py migrate_customers`: bring every customer's schema to the head; resumable."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from customers.operations import migrate
from customers.operations.laying import lagging


class Command(BaseCommand):
    """Killed half-way it is simply run again: each customer is a transaction of its own."""

    help = "Replay missing migrations in every customer's schema."

    def handle(self, *args: Any, **options: Any) -> None:
        behind, started, locked = lagging(), time.perf_counter(), []
        for place, (customer, missing) in enumerate(behind, 1):
            try:
                migrate(customer=customer, missing=missing)
                self.stdout.write(f"{place}/{len(behind)} {customer.code}: {len(missing)} steps")
            except OperationalError as problem:
                locked.append(customer.code)
                self.stderr.write(f"{place}/{len(behind)} {customer.code}: {problem}")
        spent = (time.perf_counter() - started) * 1000
        self.stdout.write(f"{len(behind) - len(locked)} customers migrated in {spent:.0f} ms")
        if locked:
            raise CommandError(f"busy, run this again for: {', '.join(locked)}")
