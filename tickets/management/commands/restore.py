"""`manage.py restore FOLDER`: everything, into an empty database; logins from the secrets."""

import time
from typing import Any

from django.core.files.storage import Storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from customers.operations import prepare_roles
from customers.operations.everything import (
    Everything,
    lay_public,
    look_through,
    migrations_of_ours,
    refuse_unless_empty,
    restore_ours,
)
from customers.operations.restoring import restore
from customers.store import BackupFolder, kept, store
from tickets.management.restored import differences, in_words


class Command(BaseCommand):
    """Every byte is looked at before anything is done. Killed half-way: begin with an empty one."""

    help = "Restore a folder that `manage.py backup` made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="its name in the store: all-20261122T030000Z")
        parser.add_argument("--from", dest="of", help="the folder it lies in, if not the store")

    def handle(self, *args: Any, **options: Any) -> None:
        of = BackupFolder(location=options["of"]) if options["of"] else store()
        started = time.perf_counter()
        with in_words():
            kept_all = look_through(folder=options["folder"], of=of)
            self._restore_ours(options["folder"], of)
            for one in kept_all.archives[:-1]:
                self._restore_customer(one.name, of)
        self._say(kept_all, time.perf_counter() - started)

    def _restore_ours(self, folder: str, of: Storage) -> None:
        """The public tables as they stood, filled, and then brought to the head."""
        steps = migrations_of_ours(folder=folder, of=of)
        refuse_unless_empty(migrations=steps)
        lay_public(migrations=steps)
        rows = restore_ours(folder=folder, of=of)
        self.stdout.write(f"ours: {rows} rows")
        call_command("migrate", interactive=False, verbosity=0)
        with transaction.atomic():
            prepare_roles()

    def _restore_customer(self, name: str, of: Storage) -> None:
        with kept(name=name, of=of) as file:
            back = restore(file=file, now=timezone.now())
        self.stdout.write(f"{back.customer.code}: {back.rows} rows, {back.files} files")
        for word in [*back.said, *differences(back.customer)]:
            self.stdout.write(f"  {word}")

    def _say(self, kept_all: Everything, spent: float) -> None:
        customers = len(kept_all.archives) - 1
        self.stdout.write(f"{customers} customers and what is ours are back in {spent:.1f} s")
