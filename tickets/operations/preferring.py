from __future__ import annotations

from tickets.models import Contact


def prefer(*, contact: Contact, language: str, theme: str) -> None:
    """Keep how the contact wants pages and mails: a language of ours, and light, dark or "" (system)."""
    contact.language, contact.theme = language, theme
    contact.save(update_fields=["language", "theme"])
