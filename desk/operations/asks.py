"""Asks that nobody answered in time: whose they are hears of it, once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from desk.models import AskItem, Bell, QueueItem

AT_ONCE = 200
"""Asks of one round; the next minute's round takes the rest."""


@transaction.atomic
def tell_late(*, now: datetime) -> int:
    """Ring for open asks whose time has passed, each once; returns how many there were.

    One whose ticket has left the queue is settled, and needs no answer any more.
    """
    late = AskItem.objects.open().filter(due_at__lt=now, is_told_late=False)
    rows = list(late.order_by("due_at").select_for_update(skip_locked=True)[:AT_ONCE])
    tickets = QueueItem.objects.live().filter(ticket_id__in=[row.ticket_id for row in rows])
    standing = {(one.customer_id, one.ticket_id): one for one in tickets}
    bells = [
        Bell(
            user_id=row.owner_id,
            key=f"c{row.customer_id}:late_ask:{row.ask_id}:{row.owner_id}",
            kind=Bell.Kind.LATE,
            customer_id=row.customer_id,
            number=standing[row.customer_id, row.ticket_id].number,
            subject=standing[row.customer_id, row.ticket_id].subject,
            due_at=row.due_at,
            rung_at=now,
        )
        for row in rows
        if row.owner_id and (row.customer_id, row.ticket_id) in standing
    ]
    Bell.objects.bulk_create(bells, ignore_conflicts=True)
    AskItem.objects.filter(pk__in=[row.pk for row in rows]).update(is_told_late=True)
    return len(rows)
