"""Who gets a ticket when nobody chose: the one with the least to do, of those who are here."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.policy import Permission, Role, may, serves
from customers.models import Customer
from desk.models import QueueItem
from tickets.models import Handling, Ticket
from tickets.operations.ringing import ring_assigned
from tickets.operations.writing import event


def least_loaded(*, customer: Customer, now: datetime, besides: int | None = None) -> User | None:
    """The agent of this customer with the fewest open tickets; nobody who is away, nor `besides`.

    None: there is no such agent.
    """
    held = (
        QueueItem.objects.live()
        .filter(owner=OuterRef("pk"))
        .order_by()
        .values("owner")
        .annotate(tickets=Count("pk"))
        .values("tickets")
    )
    agents = User.objects.filter(_is_here(now), role=Role.AGENT, is_active=True).exclude(
        pk__in=[besides]
    )
    if customer.team_id is not None:
        agents = agents.filter(Q(serves_all=True) | Q(teams=customer.team_id)).distinct()
    by_load = agents.annotate(load=Coalesce(Subquery(held), 0)).order_by("load", "pk")
    return by_load.only("pk", "name", "away_from", "away_until", "deputy").first()


def stand_in(*, owner: User, customer: Customer, now: datetime) -> User | None:
    """Who takes an absent person's ticket: the deputy, who may and is here; else the least loaded.

    None: nobody is here.
    """
    deputy: User | None = owner.deputy
    if (
        deputy is not None
        and can_serve(person=deputy, customer=customer)
        and not deputy.is_away(now)
    ):
        return deputy
    return least_loaded(customer=customer, now=now, besides=owner.pk)


def owner_of(handling: Handling) -> User | None:
    """Who owns the ticket; nobody, too, when that person's row is gone."""
    return User.objects.filter(pk__in=[handling.owner_id]).first()


def can_serve(*, person: User, customer: Customer) -> bool:
    """Whether the person may answer this customer's tickets."""
    return may(person, Permission.ANSWER_TICKETS) and serves(person, team_id=customer.team_id)


def give(
    *,
    ticket: Ticket,
    handling: Handling,
    to: User,
    customer: Customer,
    now: datetime,
    quiet: bool = False,
) -> None:
    """Make somebody the owner, as the judge; they hear of it. The handling is for its caller."""
    before = owner_of(handling)
    handling.owner = to
    old = before.name if before else ""
    event(ticket=ticket, by=None, field="owner", old=old, new=to.name, now=now)
    if not quiet:
        ring_assigned(ticket=ticket, customer=customer, owner=to, by_name="", now=now)


def _is_here(now: datetime) -> Q:
    return Q(away_from__isnull=True) | Q(away_from__gt=now) | Q(away_until__lte=now)
