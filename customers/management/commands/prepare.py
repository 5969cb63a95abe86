"""`manage.py prepare`: public tables, logins and every customer brought to the head."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from customers.operations import missing_logins, prepare_roles, remake_login
from customers.operations.sparing import sparing
from customers.operations.upgrading import bring_up, waiting_briefly


class Command(BaseCommand):
    """Safe to repeat; `make run` calls it at every start."""

    help = "Migrate the public schema, make the logins, migrate every customer."

    def handle(self, *args: Any, **options: Any) -> None:
        with waiting_briefly(), sparing():
            call_command("migrate", interactive=False, verbosity=options["verbosity"] - 1)
        with transaction.atomic():
            prepare_roles()
        homeless = missing_logins()
        for customer in homeless:  # before migrating, which grants to them
            with transaction.atomic():
                remake_login(customer)
        turns = list(bring_up())
        if busy := [turn.customer.code for turn in turns if turn.problem]:
            raise CommandError(f"busy, run this again for: {', '.join(busy)}")
        made = f", {len(homeless)} logins made anew" if homeless else ""
        self.stdout.write(f"prepared; {len(turns)} customers migrated{made}")
