"""Deleting what has expired at one customer: sessions, codes, counters, keys of requests."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.operations.remembering import forget_remembered
from tickets.models import ContactSession, Limit, Remembered, SignInCode

KEPT_FOR = timedelta(days=1)
"""How long a code or a counter outlives its meaning; longer than any limit's window."""


def expire(*, now: datetime) -> None:
    """Delete what has expired at the customer that is open, as the desk."""
    ContactSession.objects.filter(expire_date__lt=now).delete()
    SignInCode.objects.filter(expires_at__lt=now - KEPT_FOR).delete()
    Limit.objects.filter(window_started_at__lt=now - KEPT_FOR).delete()
    forget_remembered(model=Remembered, now=now)
