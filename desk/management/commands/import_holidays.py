from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.operations.auditing import COMMAND_LINE
from desk.holiday_file import BrokenYear
from desk.operations.importing_holidays import Imported, import_year
from desk.operations.public_holidays import NoSuchCountry


class Command(BaseCommand):
    """Take in years of holidays, all of the files given or none of them."""

    help = "Import years of public holidays and make-up working days from files like holiday-cn's."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a year, such as 2027.json")
        parser.add_argument("--country", default="CN", help="whose days they are (CN)")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        for name in options["files"]:
            self._say(self._imported(Path(name), options["country"]))

    def _imported(self, path: Path, country: str) -> Imported:
        try:
            return import_year(
                country=country,
                document=path.read_bytes(),
                source=path.name,
                by=COMMAND_LINE,
                now=timezone.now(),
            )
        except OSError as wrong:
            raise CommandError(f"{path}: {wrong.strerror}. Nothing was imported.") from None
        except NoSuchCountry as wrong:
            raise CommandError(f"--country: {wrong}") from None
        except BrokenYear as wrong:
            raise CommandError(f"{path}: {wrong} Nothing was imported.") from None

    def _say(self, imported: Imported) -> None:
        year = imported.year
        how = "replaced" if imported.replaced else "imported"
        count = len(imported.differences)
        self.stdout.write(f"{year.country} {year.year} {how}: {count} days are counted otherwise.")
        for one in imported.differences:
            self.stdout.write(f"  {one.day}  {one.before} → {one.now}")
