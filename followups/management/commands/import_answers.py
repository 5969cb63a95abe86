"""`manage.py import_answers FILE --map MAPPING.toml`: take over answers that others asked for."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customers.inside import inside
from customers.models import Customer
from followups.importing.mapping import AnswerMapping, read_mapping
from followups.importing.rows import ImportedAnswer, read_answers
from followups.operations.importing_answers import (
    NoSuchQuestion,
    asked_by,
    import_answers,
    meet_staff,
    question_of,
)
from tickets.importing.badrows import BadRowFile
from tickets.importing.errors import FileDoesNotFit, MappingDoesNotFit
from tickets.importing.words import BadRow, ImportedCustomer
from tickets.management.waking import quick_commits
from tickets.operations.importing import NotImportable, customer_for


class Command(BaseCommand):
    """Safe to stop and to repeat. Nobody is asked, told or rescued: it is history."""

    help = "Import answers to callbacks from a CSV file (docs/import.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, plain or .gz")
        parser.add_argument("--map", type=Path, required=True, help="how rows become answers")
        parser.add_argument("--customer", help="whose answers they are, whatever the mapping says")
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")
        parser.add_argument("--bad", type=Path, help="where rows that are left out go")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        bad_path = options["bad"] or Path(f"{path.name}.bad.csv")
        with BadRowFile(bad_path) as bad:
            try:
                mapping = read_mapping(options["map"])
                question = question_of(
                    questionnaire=mapping.questionnaire, question=mapping.question
                )
                answers = self._read(path, mapping, bad, question)
            except (MappingDoesNotFit, FileDoesNotFit, NoSuchQuestion) as unfit:
                raise CommandError(str(unfit)) from unfit
            if options["dry_run"]:
                self.stdout.write(f"{len(answers):,} answers read; nothing was written (dry run)")
            else:
                self._import(answers, mapping, question, code=options["customer"])
        if bad.count:
            self.stdout.write(f"{bad.count:,} rows were left out; why, and the rows: {bad_path}")

    def _read(
        self, path: Path, mapping: AnswerMapping, bad: BadRowFile, question: Any
    ) -> list[ImportedAnswer]:
        found: list[ImportedAnswer] = []
        reasons: Counter[str] = Counter()
        rows = read_answers(path, mapping=mapping, lowest=question.lowest, highest=question.highest)
        for row in rows:
            if isinstance(row, BadRow):
                bad.put(row)
                reasons[f"{row.field} {row.reason}".strip()] += 1
            else:
                found.append(row)
        for reason, many in reasons.most_common(20):
            self.stdout.write(f"{many:,} left out: {reason}")
        return found

    def _import(
        self, answers: list[ImportedAnswer], mapping: AnswerMapping, question: Any, *,
        code: str | None,
    ) -> None:  # fmt: skip
        now, started, taken = timezone.now(), time.perf_counter(), 0
        quick_commits()
        asked = asked_by(source=mapping.source, question=question, now=now)
        meet_staff(answers, source=mapping.source, now=now)
        groups: dict[str, list[ImportedAnswer]] = defaultdict(list)
        for one in answers:
            groups[code or one.customer.code].append(one)
        for rows in groups.values():
            customer = _customer(rows[0].customer, code, now)
            with inside(customer.pk):
                taken += import_answers(
                    answers=rows, customer=customer, source=mapping.source, asked=asked, now=now
                )
        seconds = time.perf_counter() - started
        self.stdout.write(
            f"{taken:,} answers imported in {seconds:.1f} s, {taken / max(seconds, 0.001):.0f}/s;"
            f" {len(answers) - taken:,} were there already"
        )


def _customer(wanted: ImportedCustomer, code: str | None, now: Any) -> Customer:
    if code:
        known = Customer.objects.live().filter(code=code).first()
        if known is None:
            raise CommandError(f"there is no customer {code}, or it is suspended")
        return known
    try:
        return customer_for(wanted=wanted, now=now)[0]
    except NotImportable as refused:
        raise CommandError(str(refused)) from refused
