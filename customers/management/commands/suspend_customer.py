"""`manage.py suspend_customer CODE --reason …` and its way back, `--resume`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customers.models import Customer
from customers.operations import resume, suspend


class Command(BaseCommand):
    """A suspended customer's host answers 404; its rows stay."""

    help = "Close a customer's portal, or open it again with --resume."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--reason", default="")
        parser.add_argument("--resume", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(code=options["code"]).first()
        if customer is None:
            raise CommandError(f"code: there is no customer {options['code']}")
        if options["resume"]:
            resume(customer=customer, now=timezone.now())
            self.stdout.write(f"{customer.name} is open again")
            return
        if not options["reason"]:
            raise CommandError("--reason: say why, the colleagues will ask")
        suspend(customer=customer, reason=options["reason"], now=timezone.now())
        self.stdout.write(f"{customer.name} is suspended")
