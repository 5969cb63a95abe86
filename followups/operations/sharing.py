"""Links by which somebody without a sign-in reads one published report, until a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from followups.models import ReportShare, ServiceReport
from tickets.models import Contact
from tickets.operations.preferring import MAY_BE_SENT

DAYS = (7, 30, 90)
"""How long a link may be good for."""

MOST = 10
"""Links to one report that may be open at a time."""

READERS = MAY_BE_SENT
"""Who of a customer reads its reports."""

SHARERS = (Contact.Role.OWNER, Contact.Role.DECISION_MAKER)
"""Who of them may give others a link."""


class TooManyShares(Exception):
    """As many links to the report are open as there may be; one has to be revoked first."""


def may_read(contact: Contact) -> bool:
    """Whether the person's role reads the company's reports."""
    return contact.role in READERS


def may_share(contact: Contact) -> bool:
    """Whether the person may give a link to others."""
    return contact.role in SHARERS


def may_revoke(contact: Contact, share: ReportShare) -> bool:
    """An owner may end all links, everybody else their own."""
    return contact.role == Contact.Role.OWNER or share.contact_id == contact.pk


@transaction.atomic
def share(*, report: ServiceReport, by: Contact, days: int, now: datetime) -> ReportShare:
    """Make a link that is good for so many DAYS. Raises TooManyShares."""
    if days not in DAYS:
        raise ValueError(days)
    Contact.objects.select_for_update(no_key=True).get(pk=by.pk)
    if ReportShare.objects.filter(report=report).open(now).count() >= MOST:
        raise TooManyShares(report.pk)
    return ReportShare.objects.create(
        report=report,
        contact=by,
        made_by_name=by.name,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )


def revoke(*, shared: ReportShare, now: datetime) -> None:
    """End a link at once; again changes nothing."""
    ReportShare.objects.filter(pk=shared.pk, revoked_at=None).update(revoked_at=now)
