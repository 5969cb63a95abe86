"""A notice without an answer: recalled once, then ended with a trace."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from customers.models import Customer
from desk.models import Due
from desk.operations import due, outbox
from desk.words import State
from followups.models import Notice, NoticeTicket
from product.operations.publishing import mail_key
from product.quiet import quiet_until
from tickets.models import Ticket
from tickets.operations.writing import ask_judge, event

CLOSED_AFTER = timedelta(days=7)
"""How long after the reminder a notice is ended."""


@transaction.atomic
def remind(*, customer: Customer, notice_id: int, now: datetime) -> None:
    """Recall a notice that nobody answered, by mail who wants mail; the second time, end it.

    What was resolved by it is closed then, and its trail says why. May repeat.
    """
    notice = Notice.objects.select_for_update(of=("self",)).select_related("contact")
    row = notice.get(pk=notice_id)
    if not row.is_open:
        return
    if row.reminded_at is not None:
        if now >= row.reminded_at + CLOSED_AFTER:
            _end(row, now)
        return
    row.reminded_at = now
    row.save(update_fields=["reminded_at"])
    if row.by_mail:
        key = mail_key(row.release_id or 0, customer_id=customer.pk, contact_id=row.contact_id)
        outbox.put(
            customer_id=customer.pk,
            key=f"{key}:reminder",
            kind="reminder",
            row=str(row.pk),
            contact_id=row.contact_id,
            now=now,
            not_before=quiet_until(row.contact, now),
        )
    due.set_time(
        customer_id=customer.pk,
        kind=Due.Kind.REMIND,
        row_id=row.pk,
        due_at=now + CLOSED_AFTER,
    )


def _end(notice: Notice, now: datetime) -> None:
    notice.closed_at = now
    notice.save(update_fields=["closed_at"])
    held = NoticeTicket.objects.filter(notice=notice, was_held=True).values("ticket")
    tickets = Ticket.objects.select_for_update(no_key=True).filter(
        pk__in=held, state=State.RESOLVED
    )
    for ticket in tickets.order_by("pk"):
        event(ticket=ticket, by=None, field="unanswered", old="", new=str(notice.release), now=now)
        event(ticket=ticket, by=None, field="state", old=ticket.state, new=State.CLOSED, now=now)
        ticket.state, ticket.updated_at = State.CLOSED, max(ticket.updated_at, now)
        ticket.save(update_fields=["state", "updated_at"])
        ask_judge(ticket)
