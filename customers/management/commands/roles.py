"""`manage.py roles [--repair]`: are the customers' database logins there?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from customers.models import Customer
from customers.operations import missing_logins, prepare_roles, remake_login


class Command(BaseCommand):
    """Exit 1 when one is missing. With --repair all are made anew, from the secrets of today.

    After a restore (a dump holds no roles), and to change the secret: stop the processes, set the
    new one, run this, start them.
    """

    help = "Look for missing database logins, or make all of them anew with --repair."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="make every login anew")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["repair"]:
            self._look()
            return
        with transaction.atomic():
            prepare_roles()
        customers = Customer.objects.filter(laid_at__isnull=False).order_by("pk")
        for customer in customers:
            with transaction.atomic():
                remake_login(customer)
        self.stdout.write(f"{len(customers)} customers' logins made anew, and our own")

    def _look(self) -> None:
        missing = missing_logins()
        for customer in missing:
            self.stdout.write(f"{customer.code}: no login")
        if missing:
            raise CommandError(f"{len(missing)} logins are missing; run this with --repair")
        self.stdout.write("every customer has its login")
