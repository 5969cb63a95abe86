from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error
from django.utils import timezone

from desk.models import IncomingMail
from tickets.inbound.apart import Reader
from tickets.inbound.reading import MAX_BYTES, TooLarge
from tickets.operations import receiving
from tickets.operations.working_through import work_one

REFUSED, NO_FILE, TEMPORARY = 1, 66, 75
"""Exit codes: too large; EX_NOINPUT; EX_TEMPFAIL, after which a mail server tries again."""


class Command(BaseCommand):
    """Take in a mail and work on it, with neither worker nor broker: for a mail server's pipe.

    Prints a line of JSON for each recipient. Exits with 0 once the mail is kept, whatever became of
    it, 1 when it is too large, 2 when called wrongly, 66 when there is no such file, and 75 when
    the database is away: nothing was kept, or it is to be asked again.
    """

    help = "Take in a raw mail (standard input, or a file), and print what became of it as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="a raw mail; standard input without it")
        parser.add_argument(
            "--to",
            action="append",
            metavar="ADDRESS",
            help="the envelope's recipient (may be repeated); without it those its headers name",
        )
        parser.add_argument("--from", dest="return_path", default="", help="the envelope's sender")
        parser.add_argument(
            "--trust",
            metavar="AUTHSERV_ID",
            default=settings.AUTHSERV_ID,
            help="whose Authentication-Results are trusted (SERVICEDESK_AUTHSERV_ID)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        raw = self._raw(options["file"])
        try:
            self._receive(raw, options)
        except TooLarge:
            self._say(outcome="refused", reason="too_large")
            self.stderr.write(f"The mail is larger than {MAX_BYTES >> 20} MiB.")
            sys.exit(REFUSED)
        except Error as problem:
            self.stderr.write(f"The database is away: {type(problem).__name__}")
            sys.exit(TEMPORARY)

    def _raw(self, file: str | None) -> bytes:
        try:
            with Path(file).open("rb") if file else sys.stdin.buffer as given:
                return given.read(MAX_BYTES + 1)
        except OSError as problem:
            self.stderr.write(f"{file}: {problem.strerror}")
            sys.exit(NO_FILE)

    def _receive(self, raw: bytes, options: dict[str, Any]) -> None:
        stored = receiving.store_all(
            raw=raw,
            recipients=options["to"] or receiving.recipients_of(raw=raw),
            way=IncomingMail.Way.COMMAND,
            now=timezone.now(),
            return_path=options["return_path"],
            authserv_id=options["trust"],
        )
        with Reader() as reader:
            for mail, is_new in stored:
                was_done = mail.state == IncomingMail.State.DONE
                done = work_one(mail=mail, reader=reader, now=timezone.now())
                self._tell(done, is_duplicate=was_done and not is_new)

    def _tell(self, mail: IncomingMail, *, is_duplicate: bool) -> None:
        if mail.state == IncomingMail.State.NEW:  # a try failed: the worker has the next ones
            self._say(outcome="held", reason="later")
            return
        code = mail.customer.code if mail.customer else None
        outcome, reason = ("duplicate",) * 2 if is_duplicate else (mail.outcome, mail.reason)
        self._say(outcome=outcome, customer=code, number=mail.number, reason=reason)

    def _say(
        self, *, outcome: str, reason: str, customer: str | None = None, number: int | None = None
    ) -> None:
        told = {"outcome": outcome, "customer": customer, "number": number, "reason": reason}
        self.stdout.write(json.dumps(told))
