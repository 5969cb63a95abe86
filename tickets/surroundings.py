"""What stands around a ticket: who may have it, whom it concerns, what else is open, at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import JSONObject

from accounts.models import User
from accounts.policy import ROLE_PERMISSIONS, Permission
from customers.models import Customer
from desk.models import QueueItem
from tickets.models import Contact, Pending, Ticket

PEOPLE, TICKETS = 8, 8
"""How many of a customer's people and other open tickets stand beside a ticket."""

_BY_WEIGHT = Case(
    *(When(role=role, then=Value(place)) for place, role in enumerate(Contact.Role.values)),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class Surroundings:
    """Rows with no more than a page shows of them; `waits`: a reply is waiting to go."""

    staff: list[User]
    people: list[Contact]
    others: list[QueueItem]
    waits: bool


def staff_for(customer: Customer) -> QuerySet[User]:
    """People on staff who may answer this customer's tickets, by name."""
    roles = [
        role
        for role, permissions in ROLE_PERMISSIONS.items()
        if Permission.ANSWER_TICKETS in permissions
    ]
    people = User.objects.filter(is_active=True, role__in=roles).order_by("name", "pk")
    if customer.team_id is None:
        return people
    members = User.objects.filter(teams=customer.team_id).values("pk")
    return people.filter(Q(serves_all=True) | Q(pk__in=members))


def surroundings(customer: Customer, ticket: Ticket) -> Surroundings:
    """Ask for all of them at once; the customer's schema is open."""
    people = Contact.objects.active().order_by(_BY_WEIGHT, "name", "pk")[:PEOPLE]
    others = QueueItem.objects.live().filter(customer=customer).exclude(number=ticket.number)
    found = Ticket.objects.filter(pk=ticket.pk).values_list(
        _rows(staff_for(customer), "id", "name", "role"),
        _rows(people, "id", "name", "role", "phone"),
        _rows(others.order_by("-updated_at")[:TICKETS], "number", "subject"),
        Exists(Pending.objects.waiting().filter(ticket=OuterRef("pk"))),
    )
    staff, contacts, items, waits = found.get()
    return Surroundings(
        staff=[User(**facts) for facts in staff],
        people=[Contact(**facts) for facts in contacts],
        others=[QueueItem(**facts) for facts in items],
        waits=waits,
    )


def _rows(rows: QuerySet[Any], *columns: str) -> ArraySubquery:
    return ArraySubquery(rows.values(shown=JSONObject(**{name: name for name in columns})))
