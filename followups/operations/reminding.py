"""A notice without an answer: recalled once, then ended with a trace."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from customers.models import Customer
from desk.models import Due, OutboxItem
from desk.operations import due, outbox
from desk.words import State
from followups.models import Notice, NoticeTicket
from product.operations.publishing import held_still, mail_key
from product.quiet import quiet_until
from tickets.models import Ticket
from tickets.operations.writing import ask_judge, event

CLOSED_AFTER = timedelta(days=7)
"""How long after the reminder a notice is ended."""

LOOKS_AGAIN = timedelta(hours=1)
"""How often it is asked whether a paused release goes on, or a reminder has left."""

_LEAVING = (OutboxItem.State.NEW, OutboxItem.State.SENDING)


@transaction.atomic
def remind(*, customer: Customer, notice_id: int, now: datetime) -> None:
    """Recall a notice that nobody answered, by mail who wants mail; the second time, end it.

    What was resolved by it is closed then, and its trail says why. While its release is paused
    nobody is recalled and nothing ends; it ends CLOSED_AFTER its reminder left. May repeat.
    """
    notice = Notice.objects.select_for_update(of=("self",)).select_related("contact")
    row = notice.get(pk=notice_id)
    if not row.is_open:
        return
    release = held_still(row.release_id) if row.release_id else None
    if release is not None and release.paused_at is not None:
        _look_again(customer, row, now + LOOKS_AGAIN)
    elif row.reminded_at is None:
        _recall(customer, row, now)
    elif (ends_at := _ends_at(customer, row)) is None:
        _look_again(customer, row, now + LOOKS_AGAIN)
    elif now < ends_at:
        _look_again(customer, row, ends_at)
    else:
        _end(row, now)


def _recall(customer: Customer, row: Notice, now: datetime) -> None:
    row.reminded_at = now
    row.save(update_fields=["reminded_at"])
    if row.by_mail:
        outbox.put(
            customer_id=customer.pk,
            key=_key(customer, row),
            kind="reminder",
            row=str(row.pk),
            contact_id=row.contact_id,
            now=now,
            not_before=quiet_until(row.contact, now),
        )
    _look_again(customer, row, now + CLOSED_AFTER)


def _key(customer: Customer, row: Notice) -> str:
    key = mail_key(row.release_id or 0, customer_id=customer.pk, contact_id=row.contact_id)
    return f"{key}:reminder"


def _ends_at(customer: Customer, row: Notice) -> datetime | None:
    """When it ends without an answer; None while its reminder has not left, held back say."""
    mail = OutboxItem.objects.filter(key=_key(customer, row)).first()
    if mail is not None and mail.state in _LEAVING:
        return None
    since = [at for at in (row.reminded_at, mail.sent_at if mail else None) if at]
    return max(since) + CLOSED_AFTER


def _look_again(customer: Customer, row: Notice, at: datetime) -> None:
    due.set_time(customer_id=customer.pk, kind=Due.Kind.REMIND, row_id=row.pk, due_at=at)


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
