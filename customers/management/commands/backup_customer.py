"""`manage.py backup_customer CODE [--to FOLDER]`: keep all of one customer in one sealed file."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customers.models import Customer
from customers.operations.backing_up import back_up
from customers.store import BackupFolder, store


class Command(BaseCommand):
    """Nobody is held up; the rows are those of one moment. Says the archive's name and SHA-256."""

    help = "Back up one customer: its schema, its public rows and its files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--to", help="a folder, instead of the store of backups")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(code=options["code"]).first()
        if customer is None:
            raise CommandError(f"code: there is no customer {options['code']}")
        to = BackupFolder(location=options["to"]) if options["to"] else store()
        started = time.perf_counter()
        try:
            made = back_up(customer=customer, now=timezone.now(), to=to)
        except FileExistsError as problem:
            raise CommandError(f"{problem} is there already: wait a second") from None
        spent = time.perf_counter() - started
        self.stdout.write(
            f"{customer.name}: {made.rows} rows and {made.files} files in {spent:.1f} s,"
            f" {made.size / 1e6:.1f} MB\n{made.sha256}  {made.name}"
        )
