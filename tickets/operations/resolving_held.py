"""Resolving what was on hold for something that is there now: many tickets in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest

from accounts.models import User
from desk.words import State
from tickets.models import Note, Ticket
from tickets.operations.vows import fulfil_all
from tickets.operations.writing import unwritten


def resolve_held(*, tickets: Sequence[Ticket], by: User, now: datetime) -> None:
    """Resolve tickets on hold, which the caller holds locked: their promises are kept.

    The rows are changed, not the objects; judging them is asked for by what told of it.
    """
    if not tickets:
        return
    events = fulfil_all(tickets=tickets, by=by, now=now)
    events += [
        unwritten(ticket=one, by=by, field="state", old=State.ON_HOLD, new=State.RESOLVED, now=now)
        for one in tickets
    ]
    Note.objects.bulk_create(events)
    Ticket.objects.filter(pk__in=[one.pk for one in tickets]).update(
        state=State.RESOLVED, settled_at=now, updated_at=Greatest(F("updated_at"), now)
    )
