"""`manage.py service_report --customer CODE --month YYYY-MM --out FILE.html|.pdf`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customers.inside import schema_of
from customers.models import Customer
from desk.pdf import CannotPrint
from followups import report_months, report_page
from followups.models import ReportDraft, ServiceReport
from followups.operations.reporting import draft, frozen


class Command(BaseCommand):
    """Writes the published report; where there is none the draft, which is made if need be."""

    help = "Write a customer's service report of a month to a file (docs/service_report.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customer", required=True, metavar="CODE")
        parser.add_argument("--month", required=True, metavar="YYYY-MM")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE.html|FILE.pdf")
        parser.add_argument("--language", choices=dict(settings.LANGUAGES), help="the customer's")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if out.suffix not in (".html", ".pdf"):
            raise CommandError(f"{out}: say FILE.html or FILE.pdf")
        customer = Customer.objects.live().filter(code=options["customer"]).first()
        if customer is None:
            raise CommandError(f"there is no open customer {options['customer']}")
        with schema_of(customer):
            content, standing = self._content(customer, options["month"])
        language = options["language"] or customer.language
        try:
            written = _file(content, customer, language, ending=out.suffix)
            out.write_bytes(written)
        except CannotPrint as problem:
            raise CommandError(f"{problem} Say --out {out.with_suffix('.html')}.") from problem
        except OSError as problem:
            raise CommandError(f"{out} cannot be written: {problem.strerror}") from problem
        self.stdout.write(f"{out}: {standing}, {len(written):,} bytes")

    def _content(self, customer: Customer, month: str) -> tuple[dict[str, Any], str]:
        """What the report says, and how it stands."""
        try:
            first = report_months.read(month)
        except report_months.NoSuchMonth as problem:
            raise CommandError(f"{month}: say a month as 2026-02") from problem
        now = timezone.now()
        if now < report_months.month_of(customer, first).since:
            raise CommandError(f"{month} is yet to come at {customer.name}")
        report = ServiceReport.objects.filter(month=first).first()
        if report is not None:
            on = timezone.localtime(report.published_at)
            return report.content, f"published {on:%Y-%m-%d} by {report.published_by_name}"
        is_new = not ReportDraft.objects.filter(month=first).exists()
        held = draft(customer=customer, month=first, now=now)
        standing = "a draft, made now" if is_new else f"a draft of {held.drafted_at:%Y-%m-%d}"
        return frozen(held, customer=customer), f"{standing}; not published"


def _file(content: dict[str, Any], customer: Customer, language: str, *, ending: str) -> bytes:
    colour = customer.brand_colour
    if ending == ".html":
        return report_page.html_file(content, language=language, colour=colour).encode()
    return report_page.pdf_file(content, language=language, colour=colour).pdf
