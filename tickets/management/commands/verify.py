"""`manage.py verify [--repair] [--customer CODE]`: is everything derived as the truth says?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.operations.audit_chain import BadHead, Head, broken_events, head, still_holds
from customers.inside import schema_of
from customers.models import Customer
from desk.models import QueueItem
from tickets.operations.verifying import repair, verify
from tickets.operations.verifying_clocks import not_yet_counted


class Command(BaseCommand):
    """Exit 1 when anything differs. `--repair` mends projections; truth that differs stays told."""

    help = "Compare queue, search, clocks, numbers, hash chains and pointers with the truth."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customer", help="only this one, by code")
        parser.add_argument("--repair", action="store_true", help="make the projections anew")
        parser.add_argument(
            "--audit-head", help="what an earlier run printed: the audit log still goes back to it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        customers = Customer.objects.filter(laid_at__isnull=False).order_by("pk")
        if options["customer"]:
            customers = customers.filter(code=options["customer"])
            if not customers:
                raise CommandError(f"--customer: there is no customer {options['customer']}")
        wrong = sum(self._verify(customer, mend=options["repair"]) for customer in customers)
        strays = QueueItem.objects.exclude(customer__laid_at__isnull=False).count()
        if strays:
            self.stdout.write(f"{strays} queue items of customers that are not laid")
        strays += self._verify_audit_log(options["audit_head"])
        if wrong or strays:
            raise CommandError(f"{wrong + strays} differences in {len(customers)} customers")
        self.stdout.write(f"verified {len(customers)} customers: no difference")

    def _verify_audit_log(self, kept: str | None) -> int:
        """Tell what is wrong with the log, and its head, to be kept where nobody here can write."""
        wrong = [f"audit event {seq} is not as it was written" for seq in broken_events()]
        try:
            if kept and not still_holds(kept=Head.read(kept)):
                wrong.append(f"the audit log does not go back to {kept}: its end was cut off")
        except BadHead as bad:
            raise CommandError(f"--audit-head: {bad} is no head; use what verify printed") from None
        for line in wrong:
            self.stdout.write(line)
        self.stdout.write(f"audit log: head {head()}")
        return len(wrong)

    def _verify(self, customer: Customer, *, mend: bool) -> int:
        now = timezone.now()
        with schema_of(customer):
            found = verify(customer=customer, now=now)
            for difference in found:
                self.stdout.write(f"{customer.prefix}-{difference.number}: {difference.what}")
            if uncounted := not_yet_counted(customer=customer):
                self.stdout.write(f"{customer.code}: {uncounted} tickets have no clocks yet")
            if not mend or not (uncounted or any(one.is_projection for one in found)):
                return len(found)
            repair(customer=customer, now=now)
            left = [row for row in verify(customer=customer, now=now) if not row.is_projection]
            self.stdout.write(f"{customer.code}: projections made anew")
            return len(left)
