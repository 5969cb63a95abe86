from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tickets.inbound.apart import Reader, Unreadable
from tickets.inbound.reading import TooLarge
from tickets.inbound.written import written


class Command(BaseCommand):
    """Say what is read of a mail: a line of JSON, without the contents of its files."""

    help = "Read a raw mail (a file, or standard input) and print what we understand of it as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="a raw mail; standard input without it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            raw = Path(options["file"]).read_bytes() if options["file"] else sys.stdin.buffer.read()
            with Reader() as reader:
                letter = reader.read(raw)
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}") from problem
        except (TooLarge, Unreadable) as problem:
            raise CommandError(f"the mail cannot be read: {problem}") from problem
        told = written(letter)
        told["files"] = [
            {"name": one.name, "content_type": one.content_type, "bytes": len(one.content)}
            for one in letter.files
        ]
        self.stdout.write(json.dumps(told, ensure_ascii=False))
