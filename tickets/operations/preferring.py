from __future__ import annotations

from tickets.models import Contact


def prefer(*, contact: Contact, language: str, theme: str) -> None:
    """Keep how the contact wants pages and mails; theme is light, dark or "" (as the system)."""
    contact.language, contact.theme = language, theme
    contact.save(update_fields=["language", "theme"])
