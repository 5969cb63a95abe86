"""Bells are cleared by the person they rang for; clearing hides nothing that needs an answer."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from desk.models import Bell


def clear(*, user: User, now: datetime, bell_id: int | None = None) -> int:
    """Clear one of a person's bells, or all of them; returns how many were still ringing."""
    bells = Bell.objects.unread().filter(user=user)
    if bell_id is not None:
        bells = bells.filter(pk=bell_id)
    return bells.update(cleared_at=now)
