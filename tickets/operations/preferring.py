from __future__ import annotations

from datetime import time

from django.db import transaction

from tickets.models import Contact
from tickets.operations.writing import ring_judge

SENT_BY_ROLE = (Contact.Role.OWNER, Contact.Role.DECISION_MAKER)
"""Who is mailed the company's service report unless they, or one of us, said otherwise."""

MAY_BE_SENT = (*SENT_BY_ROLE, Contact.Role.EXECUTOR)
"""Who may have it mailed; it is not for everybody."""


def is_sent_report(contact: Contact) -> bool:
    """Whether a service report is mailed to this person when it is published."""
    wants = contact.wants_report
    by_role = contact.role in (SENT_BY_ROLE if wants is None else MAY_BE_SENT)
    return by_role and wants is not False


def prefer_report(*, contact: Contact, is_sent: bool) -> None:
    """Keep whether the service report is mailed to them; by their role until they say so."""
    if is_sent != is_sent_report(contact):
        contact.wants_report = is_sent
        contact.save(update_fields=["wants_report"])


def prefer(*, contact: Contact, language: str, theme: str) -> None:
    """Keep how the contact wants pages and mails; theme is light, dark or "" (as the system)."""
    contact.language, contact.theme = language, theme
    contact.save(update_fields=["language", "theme"])


@transaction.atomic
def prefer_news(
    *,
    contact: Contact,
    by_mail: bool,
    is_asked: bool,
    quiet_from: time | None,
    quiet_until: time | None,
) -> None:
    """Keep whether news comes by mail too, and the hours, on the contact's wall, without any.

    Both hours or none of them. `is_asked`: whether they may be asked how we did; if not, what is
    open is taken back.
    """
    contact.news_by_mail, contact.is_asked = by_mail, is_asked
    contact.quiet_from, contact.quiet_until = quiet_from, quiet_until
    contact.save(update_fields=["news_by_mail", "is_asked", "quiet_from", "quiet_until"])
    if not is_asked:
        ring_judge()
