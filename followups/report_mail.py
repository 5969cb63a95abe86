"""The letter with a published report: a link to it, and the PDF where one can be made."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import translation
from django.utils.formats import date_format

from customers.models import Customer
from desk.models import OutboxItem
from desk.operations.outbox import NotNeeded
from desk.pdf import CannotPrint
from followups import report_page
from followups.models import ServiceReport
from followups.operations.sharing import READERS
from followups.report_months import written
from tickets.mail import addresses
from tickets.mail.enclosed import Enclosed
from tickets.mail.letters import Letter, Reader, branding_of, reader_of
from tickets.models import Contact

log = logging.getLogger(__name__)


def service_report(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Send one of those who want it the report of a month. Raises NotNeeded."""
    report = ServiceReport.objects.filter(pk=item.row).first()
    if report is None:
        raise NotNeeded("the report is gone")
    reader = reader_of(item.contact_id)
    readers = Contact.objects.filter(role__in=READERS)
    if not readers.filter(pk=item.contact_id or 0).exists():
        raise NotNeeded("the contact's role reads no reports any more")
    return Letter(
        template="service_report",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader,
        written_at=report.published_at,
        is_automatic=True,
        enclosed=_enclosed(report, customer, reader),
    )


def _enclosed(report: ServiceReport, customer: Customer, reader: Reader) -> Enclosed:
    """The PDF in the reader's language; without content where none can be made."""
    content, colour = report.content, customer.brand_colour
    try:
        pdf = report_page.pdf_file(content, language=reader.language, colour=colour).pdf
    except CannotPrint as problem:
        log.warning("a service report goes out without its PDF: %s", problem)
        pdf = b""
    with translation.override(reader.language):
        month = date_format(report.month, "YEAR_MONTH_FORMAT")
    return Enclosed(
        filename=report_page.file_name(content, ending="pdf"),
        content=pdf,
        mime="application/pdf",
        title=customer.name,
        period=month,
        url=f"{addresses.portal(customer)}reports/{written(report.month)}/",
    )
