from __future__ import annotations

from django.db import transaction

from accounts.models import User


@transaction.atomic
def prefer(*, user: User, language: str, theme: str, time_zone: str, has_keys: bool) -> User:
    """Keep how a person on staff wants pages: language, colours, zone, single-key shortcuts."""
    user.language, user.theme = language, theme
    user.time_zone, user.has_keys = time_zone, has_keys
    user.save(update_fields=["language", "theme", "time_zone", "has_keys"])
    return user
