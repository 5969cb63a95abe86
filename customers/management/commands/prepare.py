"""`manage.py prepare`: public tables, logins and every customer brought to the head."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from customers.operations import migrate, missing_logins, prepare_roles, remake_login
from customers.operations.laying import lagging


class Command(BaseCommand):
    """Safe to repeat; `make run` calls it at every start."""

    help = "Migrate the public schema, make the logins, migrate every customer."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=options["verbosity"] - 1)
        with transaction.atomic():
            prepare_roles()
        homeless = missing_logins()
        for customer in homeless:  # before migrating, which grants to them
            with transaction.atomic():
                remake_login(customer)
        behind = lagging()
        for customer, missing in behind:
            migrate(customer=customer, missing=missing)
        made = f", {len(homeless)} logins made anew" if homeless else ""
        self.stdout.write(f"prepared; {len(behind)} customers migrated{made}")
