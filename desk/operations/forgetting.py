"""Forgetting what nobody asks for any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from accounts.models import Limit
from accounts.operations import handing_over, sessions
from accounts.operations.remembering import forget_remembered
from desk.models import QueueItem

SETTLED_FOR = timedelta(days=30)
"""How long a settled ticket stays in the queue; afterwards the search finds it."""

_LIMIT_IDLE_FOR = timedelta(days=1)  # longer than any window of a limit


def forget_settled(*, now: datetime) -> int:
    """Take long settled tickets out of the queue. Returns how many."""
    return QueueItem.objects.filter(settled_at__lt=now - SETTLED_FOR).delete()[0]


def forget_staff_sessions(*, now: datetime) -> None:
    """Delete staff's expired sessions, crossings, and counters of tries that no longer count."""
    Session.objects.filter(expire_date__lt=now).delete()
    sessions.forget_ended(now=now)
    handing_over.forget(now=now)
    Limit.objects.filter(window_started_at__lt=now - _LIMIT_IDLE_FOR).delete()
    forget_remembered(now=now)
