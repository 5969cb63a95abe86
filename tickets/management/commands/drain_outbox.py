from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from desk.models import OutboxItem
from desk.operations import outbox
from tickets.operations import delivering
from tickets.tasks import who

MAILS_A_ROUND = 500
SECONDS_A_ROUND = 600.0


class Command(BaseCommand):
    """Send what stands in the outbox, in this process: no worker and no broker is asked."""

    help = "Send what stands in the outbox until nothing is left to be sent now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round of 500 mails at most")
        parser.add_argument(
            "--retry-dead", action="store_true", help="first give what was given up its tries again"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["retry_dead"]:
            given_up = OutboxItem.objects.dead().order_by("pk")
            revived = sum(outbox.retry(item=item) for item in given_up)
            self.stdout.write(f"{revived} given up before are tried again.")
        drained = self._round()
        while not options["once"] and (more := self._round()).total:
            drained += more
        waiting, dead = OutboxItem.objects.pending().count(), OutboxItem.objects.dead().count()
        self.stdout.write(
            f"{drained.sent} sent, {drained.not_needed} not needed any more,"
            f" {drained.failed} failed, {drained.dead} given up;"
            f" in the outbox: {waiting} waiting, {dead} given up."
        )

    def _round(self) -> outbox.Drained:
        """First, unless a worker is at it, what workers left behind; else what anybody may send."""
        with delivering.senders(now=timezone.now()) as senders:
            how: dict[str, Any] = {
                "senders": senders,
                "by": f"command:{who()}",
                "limit": MAILS_A_ROUND,
                "seconds": SECONDS_A_ROUND,
            }
            drained = outbox.drain_alone(**how)
            return drained if drained.total else outbox.drain(**how)
