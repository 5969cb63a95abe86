"""`manage.py backup [--to FOLDER]`: keep everything, each customer in an archive of its own."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from customers.operations.everything import back_up_everything
from customers.store import BackupFolder, store


class Command(BaseCommand):
    """To be run nightly. What is not in it: the secrets, and whoever is signed in."""

    help = "Back up all customers and what is ours into a new folder of the store."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", help="a folder, instead of the store of backups")

    def handle(self, *args: Any, **options: Any) -> None:
        to = BackupFolder(location=options["to"]) if options["to"] else store()
        started = time.perf_counter()
        made = back_up_everything(now=timezone.now(), to=to)
        spent = time.perf_counter() - started
        rows, size = sum(one.rows for one in made.archives), sum(one.size for one in made.archives)
        self.stdout.write(
            f"{len(made.archives) - 1} customers and what is ours: {rows} rows in {spent:.1f} s,"
            f" {size / 1e6:.1f} MB\n{made.folder}"
        )
