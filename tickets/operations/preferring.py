from __future__ import annotations

from datetime import time

from django.db import transaction

from tickets.models import Contact
from tickets.operations.writing import ring_judge


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
