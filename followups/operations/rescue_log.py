"""What is done about a rescue stands in its own trail, and inside that of its ticket."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from followups.models import Event, Rescue
from followups.operations.asking import log
from tickets.operations.writing import event


def log_consultant(*, rescue: Rescue, by: User | None, old: str, new: str, now: datetime) -> Event:
    """Who has it now; `old` is empty when nobody had."""
    return _log(rescue, "consultant", by, old, new, now)


def log_state(
    *,
    rescue: Rescue,
    by: User | None,
    old: str,
    now: datetime,
    body: str = "",
    field: str = "state",
) -> Event:
    """How far it is now; `field` tells an end without a new score from others."""
    return _log(rescue, field, by, old, rescue.state, now, body)


def _log(
    rescue: Rescue,
    field: str,
    by: User | None,
    old: str,
    new: str,
    now: datetime,
    body: str = "",
) -> Event:
    if rescue.ticket is not None:
        event(ticket=rescue.ticket, by=by, field=f"rescue_{field}", old=old, new=new, now=now)
    return log(rescue=rescue, field=field, by=by, old=old, new=new, body=body, now=now)
