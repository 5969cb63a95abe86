from __future__ import annotations

from datetime import time

from tickets.models import Contact


def prefer(*, contact: Contact, language: str, theme: str) -> None:
    """Keep how the contact wants pages and mails; theme is light, dark or "" (as the system)."""
    contact.language, contact.theme = language, theme
    contact.save(update_fields=["language", "theme"])


def prefer_news(
    *, contact: Contact, by_mail: bool, quiet_from: time | None, quiet_until: time | None
) -> None:
    """Keep whether news comes by mail too, and the hours, on the contact's wall, without any.

    Both hours or none of them.
    """
    contact.news_by_mail = by_mail
    contact.quiet_from, contact.quiet_until = quiet_from, quiet_until
    contact.save(update_fields=["news_by_mail", "quiet_from", "quiet_until"])
