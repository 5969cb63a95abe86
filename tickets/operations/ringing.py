"""Bells: what happened at a ticket that concerns one of us. Each rings once for its fact."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from customers.models import Customer
from desk.models import Bell
from tickets.models import Entry, Head, Ticket


def ring_answered(*, entry: Entry, ticket: Ticket, customer: Customer, owner_id: int) -> None:
    """Tell the owner that the customer said something."""
    Bell.objects.bulk_create(
        [
            Bell(
                user_id=owner_id,
                key=f"c{customer.pk}:answered:{entry.pk}:{owner_id}",
                kind=Bell.Kind.ANSWERED,
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
