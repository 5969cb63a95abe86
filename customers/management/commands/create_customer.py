"""`manage.py create_customer CODE NAME`: lay a customer and open its portal."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.hosts import origin_of
from accounts.time_zones import UnknownTimeZone
from customers.models import Customer, Plan
from customers.operations import CodeTaken, ImpossibleCode, lay


class Command(BaseCommand):
    """The consultant's checklist for this comes with the admin; this is the operator's way."""

    help = "Lay a customer: schema, database login, grants, triggers and host."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="lower-case, becomes the host: acme")
        parser.add_argument("name", help='as people call it: "Acme Ltd"')
        parser.add_argument("--parent", help="code of the customer this one is a branch of")
        parser.add_argument("--plan", help="code of a plan")
        parser.add_argument("--language", default="en", choices=["en", "zh-hans"])
        parser.add_argument("--time-zone", default="UTC", help="for example Asia/Shanghai")
        parser.add_argument("--vip", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        try:
            customer = lay(
                code=options["code"],
                name=options["name"],
                now=timezone.now(),
                parent=self._found(Customer, options["parent"], "--parent"),
                plan=self._found(Plan, options["plan"], "--plan"),
                language=options["language"],
                time_zone=options["time_zone"],
                is_vip=options["vip"],
            )
        except CodeTaken as taken:
            raise CommandError(
                f"code: there is a customer {taken} already; choose another"
            ) from None
        except ImpossibleCode as bad:
            raise CommandError(
                f"code: {bad} cannot be a host name; use 1 to 24 of a-z, 0-9 and -"
            ) from None
        except UnknownTimeZone as unknown:
            raise CommandError(
                f"--time-zone: there is no time zone {unknown}; use a name such as Asia/Shanghai"
            ) from None
        spent = (time.perf_counter() - started) * 1000
        self.stdout.write(
            f"{customer.name} is laid in {spent:.0f} ms:"
            f" {origin_of(f'{customer.code}.{settings.BASE_DOMAIN}')}/"
        )

    def _found(self, model: Any, code: str | None, option: str) -> Any:
        if code is None:
            return None
        found = model.objects.filter(code=code).first()
        if found is None:
            raise CommandError(f"{option}: there is no {model._meta.verbose_name} {code}")
        return found
