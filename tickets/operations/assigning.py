from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from customers.inside import current_customer_id
from customers.models import Customer
from desk.models import Due
from desk.operations import due
from tickets.models import Handling, Ticket
from tickets.operations.giving import can_serve
from tickets.operations.ringing import ring_assigned
from tickets.operations.writing import event


class CannotServe(Exception):
    """That person may not answer this customer's tickets; choose someone who serves it."""

    def __init__(self, owner: User) -> None:
        super().__init__(f"{owner} does not serve this customer")
        self.owner = owner


@transaction.atomic
def assign(
    *, ticket: Ticket, owner: User | None, by: User, now: datetime, quiet: bool = False
) -> Handling:
    """Make someone the ticket's owner, or nobody. The new owner hears of it. Raises CannotServe."""
    customer = Customer.objects.get(pk=current_customer_id())
    if owner is not None and not can_serve(person=owner, customer=customer):
        raise CannotServe(owner)
    Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    handling = Handling.objects.select_for_update().get(ticket=ticket)
    before = User.objects.filter(pk__in=[handling.owner_id]).first()
    if before == owner:
        return handling
    handling.owner = owner
    handling.save(update_fields=["owner"])
    event(
        ticket=ticket,
        by=by,
        field="owner",
        old=before.name if before else "",
        new=owner.name if owner else "",
        now=now,
    )
    if owner is not None and owner != by and not quiet:
        ring_assigned(ticket=ticket, customer=customer, owner=owner, by_name=by.name, now=now)
    if owner is not None and owner.away_from is not None and not quiet:
        due.ask(customer_id=customer.pk, kind=Due.Kind.STEP, row_id=ticket.pk)
    return handling
