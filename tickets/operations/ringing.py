"""Bells: what happened at a ticket that concerns one of us. Each rings once for its fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import User
from customers.models import Customer
from desk.models import Bell, IncomingMail
from tickets.clock import Clock
from tickets.models import Contact, Entry, Head, Ticket

_ANSWERED = {
    str(Entry.Kind.WORKS): Bell.Kind.WORKS,
    str(Entry.Kind.NOT_WORKING): Bell.Kind.BACK,
}


def ring_answered(*, entry: Entry, ticket: Ticket, customer: Customer, owner_id: int) -> None:
    """Tell the owner that the customer said something; whether a release works, by its own kind."""
    Bell.objects.bulk_create(
        [
            Bell(
                user_id=owner_id,
                key=f"c{customer.pk}:answered:{entry.pk}:{owner_id}",
                kind=_ANSWERED.get(entry.kind, Bell.Kind.ANSWERED),
                customer=customer,
                number=ticket.number,
                subject=ticket.subject,
                by_name=entry.author_name,
                rung_at=entry.written_at,
            )
        ],
        ignore_conflicts=True,
    )


def ring_assigned(
    *, ticket: Ticket, customer: Customer, owner: User, by_name: str, now: datetime
) -> None:
    """Tell a person that a ticket is theirs now; `by_name` is empty when the judge gave it."""
    place = Head.objects.values_list("seq", flat=True).get(ticket=ticket)
    Bell.objects.bulk_create(
        [
            Bell(
                user=owner,
                key=f"c{customer.pk}:assigned:{ticket.pk}:{place}:{owner.pk}",
                kind=Bell.Kind.ASSIGNED,
                customer=customer,
                number=ticket.number,
                subject=ticket.subject,
                by_name=by_name,
                rung_at=now,
            )
        ],
        ignore_conflicts=True,
    )


@dataclass(frozen=True)
class Warned:
    """One person who hears of one step of one clock. `step` tells it from the clock's others."""

    user_id: int
    kind: str
    clock: Clock
    level: str
    step: str


def ring_steps(
    *, warned: Sequence[Warned], ticket: Ticket, customer: Customer, now: datetime
) -> None:
    """Tell people of steps that were just reached; each rings once for its step."""
    Bell.objects.bulk_create(
        [
            Bell(
                user_id=one.user_id,
                key=f"c{customer.pk}:{one.kind}:{ticket.pk}:{one.step}:{one.user_id}",
                kind=one.kind,
                customer=customer,
                number=ticket.number,
                subject=ticket.subject,
                clock=one.clock.kind,
                level=one.level,
                due_at=one.clock.due_at,
                rung_at=now,
            )
            for one in warned
        ],
        ignore_conflicts=True,
    )


def ring_missed(
    *,
    warned: Sequence[Warned],
    since: datetime,
    ticket: Ticket,
    customer: Customer,
    now: datetime,
) -> None:
    """Count what could not be told in time into one bell for each person and each `since`.

    It names the last of them; one that was cleared rings anew and counts from there. The order of
    `warned` is that of locking: by person.
    """
    with connection.cursor() as cursor:
        for one in warned:
            key = f"missed:{since.isoformat()}:{one.user_id}"
            cursor.execute(
                _MISSED,
                [
                    one.user_id, key, Bell.Kind.MISSED, customer.pk, ticket.number, ticket.subject,
                    one.clock.kind, one.level, one.clock.due_at, now,
                ],
            )  # fmt: skip


_MISSED = """
INSERT INTO public.desk_bell AS b (user_id, key, kind, customer_id, number, subject, clock, level,
  due_at, by_name, rung_at, count)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s, 1)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN b.cleared_at IS NULL THEN b.count ELSE 0 END + 1, cleared_at = NULL,
  customer_id = excluded.customer_id, number = excluded.number, subject = excluded.subject,
  clock = excluded.clock, level = excluded.level, due_at = excluded.due_at,
  rung_at = excluded.rung_at
"""


def ring_returned(
    *, ticket: Ticket, customer: Customer, owner: User, to: User, now: datetime, clock: str = ""
) -> None:
    """Tell a person that a ticket of theirs went to somebody else: they were away.

    `clock` is the one that was overdue when that was the reason.
    """
    place = Head.objects.values_list("seq", flat=True).get(ticket=ticket)
    Bell.objects.bulk_create(
        [
            Bell(
                user=owner,
                key=f"c{customer.pk}:returned:{ticket.pk}:{place}:{owner.pk}",
                kind=Bell.Kind.RETURNED,
                customer=customer,
                number=ticket.number,
                subject=ticket.subject,
                clock=clock,
                by_name=to.name,
                rung_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def ring_held(
    *, incoming: IncomingMail, customer: Customer, user_id: int, number: int, now: datetime
) -> None:
    """Tell a person that a mail waits for a decision; `number` is 0 where no ticket is known."""
    Bell.objects.bulk_create(
        [
            Bell(
                user_id=user_id,
                key=f"c{customer.pk}:held:{incoming.pk}:{user_id}",
                kind=Bell.Kind.HELD,
                customer=customer,
                number=number,
                subject=incoming.subject,
                row_id=incoming.pk,
                by_name=incoming.sender_name or incoming.sender[:120],
                rung_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def ring_bounced(
    *, contact: Contact, ticket: Ticket | None, customer: Customer, user_id: int, now: datetime
) -> None:
    """Tell a person that mail to somebody does not arrive; once until they have seen it."""
    ringing = Bell.objects.unread().filter(
        user=user_id, kind=Bell.Kind.BOUNCED, customer=customer, by_name=contact.name[:120]
    )
    number = ticket.number if ticket else 0
    if ringing.filter(number=number).exists():
        return
    Bell.objects.bulk_create(
        [
            Bell(
                user_id=user_id,
                key=f"c{customer.pk}:bounced:{contact.pk}:{number}:{user_id}:{now.timestamp():.0f}",
                kind=Bell.Kind.BOUNCED,
                customer=customer,
                number=number,
                subject=ticket.subject if ticket else contact.email[:200],
                by_name=contact.name[:120],
                rung_at=now,
            )
        ],
        ignore_conflicts=True,
    )
