"""`manage.py dsn [--customer CODE]`: a URI to connect with as the desk or as one customer."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.models import Customer
from customers.roles import DESK, customer_zone, password, role_name


class Command(BaseCommand):
    """For psql and for proving isolation: the customer's connection starts in its own schema."""

    help = "Print a connection URI as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customer", help="code; without it the desk's login")

    def handle(self, *args: Any, **options: Any) -> None:
        zone = DESK
        if options["customer"]:
            customer = Customer.objects.live().filter(code=options["customer"]).first()
            if customer is None:
                raise CommandError(f"--customer: there is no live customer {options['customer']}")
            zone = customer_zone(customer.pk)
        at: dict[str, Any] = settings.DATABASES["default"]
        self.stdout.write(
            f"postgresql://{quote(role_name(zone))}:{quote(password(zone))}"
            f"@{at['HOST']}:{at['PORT']}/{quote(at['NAME'])}"
        )
