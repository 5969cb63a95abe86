"""What stands around a ticket: who may have it, whom it concerns, what else is open, at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.policy import ROLE_NAMES, ROLE_PERMISSIONS, Permission, Role
from customers.models import Customer
from desk.at_once import Part
from product.models import Problem
from tickets.models import Clock, Contact, Promise, Ticket

PEOPLE, TICKETS = 8, 8
"""How many of a customer's people and other open tickets stand beside a ticket."""

_ANSWERING = [
    str(role)
    for role, permissions in ROLE_PERMISSIONS.items()
    if Permission.ANSWER_TICKETS in permissions
]

# Eight small ones. As queries of the ORM they cost four times as much, mostly for putting them
# together.
_AROUND = (
    """to_jsonb(ARRAY(SELECT jsonb_build_array(u.id, u.name, u.role) FROM public.accounts_user u
    WHERE u.is_active AND u.role = ANY (%(answering)s)
      AND (u.serves_all OR %(team)s IS NULL OR EXISTS (SELECT FROM public.accounts_user_teams m
        WHERE m.user_id = u.id AND m.team_id = %(team)s))
    ORDER BY u.name, u.id))""",
    """to_jsonb(ARRAY(SELECT jsonb_build_array(c.id, c.name, c.role, c.phone, c.email, c.bounced_at,
      c.bounce) FROM tickets_contact c WHERE c.is_active
    ORDER BY c.id <> %(requester)s, array_position(%(weight)s, c.role::text), c.name, c.id
    LIMIT %(people)s))""",
    """to_jsonb(ARRAY(SELECT jsonb_build_array(q.number, q.subject) FROM public.desk_queueitem q
    WHERE q.customer_id = %(customer)s AND NOT (q.state IN ('resolved', 'closed'))
      AND q.number <> %(number)s
    ORDER BY q.updated_at DESC LIMIT %(tickets)s))""",
    """EXISTS (SELECT FROM tickets_pending p
    WHERE p.ticket_id = %(ticket)s AND p.sent_at IS NULL AND p.undone_at IS NULL)""",
    """EXISTS (SELECT FROM tickets_entry e JOIN tickets_attachment a ON a.entry_id = e.id
    WHERE e.ticket_id = %(ticket)s)
  OR EXISTS (SELECT FROM tickets_internalfile f
    LEFT JOIN tickets_note n ON n.id = f.note_id LEFT JOIN tickets_pending w ON w.id = f.pending_id
    WHERE n.ticket_id = %(ticket)s OR w.ticket_id = %(ticket)s)""",
    """to_jsonb(ARRAY(SELECT jsonb_build_object('id', c.id, 'kind', c.kind, 'seq', c.seq,
      'started_at', c.started_at, 'target', c.target, 'due_at', c.due_at, 'soon_at', c.soon_at,
      'stands', c.stands, 'ended_at', c.ended_at, 'reason', c.reason,
      'is_provisional', c.is_provisional, 'spans', c.spans, 'log', c.log)
    FROM tickets_clock c WHERE c.ticket_id = %(ticket)s ORDER BY c.started_at, c.id))""",
    """(SELECT jsonb_build_object('id', v.id, 'contact_id', v.contact_id,
      'due_at', v.due_at, 'reason', v.reason,
      'given_at', v.given_at, 'given_by_name', v.given_by_name, 'outcome', v.outcome,
      'kept_at', v.kept_at, 'replaced_by_id', v.replaced_by_id)
    FROM tickets_promise v WHERE v.ticket_id = %(ticket)s ORDER BY v.id DESC LIMIT 1)""",
    """to_jsonb(ARRAY(SELECT jsonb_build_object('id', b.id, 'key', b.key, 'title', b.title,
      'kind', b.kind, 'state', b.state, 'workaround', b.workaround, 'may_harm', b.may_harm,
      'owner_id', b.owner_id, 'owner', o.name)
    FROM public.product_problem b LEFT JOIN public.accounts_user o ON o.id = b.owner_id
    WHERE b.id IN (SELECT coalesce(q.merged_into_id, q.id) FROM tickets_report r
      JOIN public.product_problem q ON q.id = r.problem_id WHERE r.ticket_id = %(ticket)s)
    ORDER BY b.id))""",
)


class Colleague(NamedTuple):
    """Somebody of ours who may have the ticket."""

    pk: int
    name: str
    role: Any


class Person(NamedTuple):
    """Somebody at the customer. `bounced_at`: since when mail to them comes back, and why."""

    pk: int
    name: str
    role: Any
    phone: str
    email: str
    bounced_at: datetime | None
    bounce: str


class Other(NamedTuple):
    """Another open ticket of the customer."""

    number: int
    subject: str


class Surroundings(NamedTuple):
    """No more than a page shows; whether a reply waits to go, and whether there are files.

    `clocks` are all of the ticket's, oldest first; `promise` is its last one; `problems` are those
    it belongs to, with their owners and no more than a page shows of them.
    """

    staff: list[Colleague]
    people: list[Person]
    others: list[Other]
    waits: bool
    has_files: bool
    clocks: list[Clock]
    promise: Promise | None
    problems: list[Problem]


def staff_for(customer: Customer) -> QuerySet[User]:
    """People on staff who may answer this customer's tickets, by name."""
    people = User.objects.filter(is_active=True, role__in=_ANSWERING).order_by("name", "pk")
    if customer.team_id is None:
        return people
    members = User.objects.filter(teams=customer.team_id).values("pk")
    return people.filter(Q(serves_all=True) | Q(pk__in=members))


def surroundings(customer: Customer, ticket: Ticket) -> Part[Surroundings]:
    """What is asked for at once; the customer's schema is open. Staff is that of `staff_for`."""
    asked: dict[str, Any] = {
        "answering": _ANSWERING,
        "team": customer.team_id,
        "weight": list(Contact.Role.values),
        "requester": ticket.requester_id,
        "people": PEOPLE,
        "customer": customer.pk,
        "number": ticket.number,
        "tickets": TICKETS,
        "ticket": ticket.pk,
    }
    return Part(_AROUND, asked, _read)


def _read(row: Sequence[Any]) -> Surroundings:
    *lists, waits, has_files, clocks, promise, problems = row
    staff, people, others = map(json.loads, lists)
    return Surroundings(
        staff=[Colleague(pk, name, ROLE_NAMES[Role(role)]) for pk, name, role in staff],
        people=[_person(*facts) for facts in people],
        others=[Other(*other) for other in others],
        waits=waits,
        has_files=has_files,
        clocks=[Clock(**_with_times(facts)) for facts in json.loads(clocks)],
        promise=Promise(**_with_times(json.loads(promise))) if promise else None,
        problems=[_problem(facts) for facts in json.loads(problems)],
    )


def _person(pk: int, name: str, role: str, phone: str, *rest: Any) -> Person:
    email, bounced_at, bounce = rest
    since = datetime.fromisoformat(bounced_at) if bounced_at else None
    return Person(pk, name, Contact.Role(role).label, phone, email, since, bounce)


def _problem(facts: dict[str, Any]) -> Problem:
    """A problem with its owner's name."""
    name = facts.pop("owner")
    if name is not None:
        facts["owner"] = User(pk=facts.pop("owner_id"), name=name)
    return Problem(**facts)


def _with_times(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON has no times: columns that end in ``_at`` are some."""
    return {
        name: datetime.fromisoformat(value) if value and name.endswith("_at") else value
        for name, value in facts.items()
    }
