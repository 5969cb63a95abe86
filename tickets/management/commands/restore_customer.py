"""`manage.py restore_customer FILE [--replace]`: bring one customer back as it was backed up."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from customers.operations.restoring import restore
from tickets.management.restored import archive_file, differences, in_words


class Command(BaseCommand):
    """All of it or nothing; then its chains, numbers, queue and search are verified."""

    help = "Restore one customer from its archive."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a path, or a name in the store of backups")
        parser.add_argument("--replace", action="store_true", help="the customer of today is lost")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        with in_words(), archive_file(options["file"]) as file:
            back = restore(file=file, now=timezone.now(), replaces=options["replace"])
        spent = time.perf_counter() - started
        for word in [*back.said, *differences(back.customer)]:
            self.stdout.write(word)
        self.stdout.write(
            f"{back.customer.name} is back: {back.rows} rows and {back.files} files in"
            f" {spent:.1f} s, hash by hash as they were kept"
        )
