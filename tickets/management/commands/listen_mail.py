from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tickets.listening import listen


class Command(BaseCommand):
    """Take mail from our relay until told to end; workers work on it (docs/operating.md)."""

    help = "Listen for mail of our own relay by SMTP or LMTP."

    def add_arguments(self, parser: CommandParser) -> None:
        protocol, host, port = settings.LISTEN_MAIL
        parser.add_argument("--protocol", choices=["smtp", "lmtp"], default=protocol)
        parser.add_argument("--host", default=host, help=f"the address to listen on ({host})")
        parser.add_argument("--port", type=int, default=port, help=f"the port ({port})")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(
                listen(protocol=options["protocol"], host=options["host"], port=options["port"])
            )
        except OSError as problem:
            raise CommandError(f"It cannot listen: {problem.strerror or problem}") from problem
