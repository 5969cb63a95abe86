"""`manage.py drop_customer CODE --yes-really`: remove a customer and all of it, for good."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customers.models import Customer
from customers.operations.dropping import drop
from tickets.management.restored import in_words


class Command(BaseCommand):
    """The owner's alone. Asks for a whole backup of the last 24 hours unless told not to."""

    help = "Drop a customer: schema, login, public rows and files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--yes-really", action="store_true", help="do it")
        parser.add_argument("--without-backup", action="store_true", help="even if there is none")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(code=options["code"]).first()
        if customer is None:
            raise CommandError(f"code: there is no customer {options['code']}")
        if not options["yes_really"]:
            raise CommandError(f"{customer.name} would be gone for good; say --yes-really")
        with in_words():
            gone = drop(
                customer=customer, now=timezone.now(), without_backup=options["without_backup"]
            )
        login = "" if gone.login_is_gone else "; its login stays, shut: another database knows it"
        self.stdout.write(
            f"{customer.name} is gone: {gone.rows} public rows, {gone.files} files{login}"
        )
