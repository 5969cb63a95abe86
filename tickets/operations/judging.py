"""What follows from the trail: owner, next due time, bells, receipt and search. The desk judges.

A customer's login only writes what its person did; a trigger leaves a due row, and this runs as the
desk within a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, cast

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.policy import Role
from customers.inside import current_customer_id
from customers.models import Customer
from desk.models import Policy, QueueItem
from desk.operations import outbox
from desk.operations.policies import calendar_for, policy_for, special_days, week
from desk.operations.search import put_document
from desk.words import Channel, State
from tickets import html
from tickets.clock import Calendar, Due, Said, Targets, first_responded_at, next_due
from tickets.models import Entry, Handling, Note, Pending, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.ringing import ring_answered, ring_assigned

MESSAGES = (Entry.Kind.QUESTION, Entry.Kind.MESSAGE, Entry.Kind.REPLY, Entry.Kind.HOLDING)


LONGEST_WAIT = timedelta(minutes=1)
"""How long a reply may have waited to be looked at for what overtook it."""


@dataclass(frozen=True)
class Terms:
    """What a customer may expect: policy, targets and calendar, as the clock takes them."""

    policy: Policy
    targets: Targets
    calendar: Calendar


def terms_of(customer: Customer) -> Terms:
    """The terms that hold for a customer now. Raises NoPolicy."""
    policy = policy_for(customer=customer)
    hours = calendar_for(customer=customer, policy=policy)
    return Terms(
        policy,
        Targets(policy.first_response, policy.next_response, policy.real_answer),
        Calendar(zone=hours.zone, weekly=week(hours), days=special_days(hours)),
    )


@transaction.atomic
def judge(
    *,
    customer: Customer,
    ticket_id: int,
    now: datetime,
    quiet: bool = False,
    indexes: bool = True,
    terms: Terms | None = None,
) -> None:
    """Judge a ticket anew. Safe to repeat; what was told once is not told again.

    Quiet (imports, history) tells nobody, and what was said until then stays untold. `terms` saves
    asking for them when many tickets of one customer are judged; without `indexes` the search is
    left to whoever judges it next.
    """
    locked = Ticket.objects.select_for_update(of=("self",), no_key=True).select_related("requester")
    ticket = locked.get(pk=ticket_id)
    handling = Handling.objects.select_for_update().get(ticket=ticket)
    entries = list(ticket.entries.order_by("seq"))
    if handling.owner_id is None and not ticket.is_settled:
        _give_owner(ticket, handling, customer, now, quiet)
    _set_clock(ticket, handling, said(entries), terms or terms_of(customer), now)
    if not quiet:
        _tell(ticket, handling, entries, customer, now)
    handling.judged_seq = entries[-1].seq if entries else 0
    handling.save()
    if indexes:
        _index(ticket, entries, customer)


def rejudge(*, ticket: Ticket, now: datetime) -> None:
    """Set a ticket's clock at once after a verb of ours; the rest of judging follows by its row."""
    handling = Handling.objects.select_for_update().get(ticket_id=ticket.pk)
    customer = Customer.objects.select_related("plan").get(pk=current_customer_id())
    _set_clock(
        ticket, handling, said(list(ticket.entries.order_by("seq"))), terms_of(customer), now
    )
    handling.save()


def said(entries: list[Entry]) -> list[Said]:
    """The public messages of a ticket, as the clock takes them: in the order they were written."""
    return [
        Said(
            at=entry.written_at,
            side="customer" if entry.author_kind == AuthorKind.CONTACT else "us",
            is_holding=entry.kind == Entry.Kind.HOLDING,
            is_automatic=entry.author_kind == AuthorKind.SYSTEM,
        )
        for entry in _as_written(entries)
        if entry.kind in MESSAGES
    ]


def _waits(ticket: Ticket) -> list[tuple[datetime, datetime]]:
    """The spans in which the customer was waited for, from the trail's events; the ended ones."""
    moves = ticket.notes.filter(kind=Note.Kind.EVENT, field="state").order_by("seq")
    spans: list[tuple[datetime, datetime]] = []
    began: datetime | None = None
    for state, at in moves.values_list("new", "written_at"):
        if began is not None:
            spans.append((began, at))
        began = at if state == State.WAITING else None
    return [(start, end) for start, end in spans if end > start]


def _as_written(entries: list[Entry]) -> list[Entry]:
    """A reply stands before what the customer said while it waited: it does not answer that."""
    overtaken = [
        entry.pk
        for before, entry in pairwise(entries)
        if (before.author_kind, entry.author_kind) == (AuthorKind.CONTACT, AuthorKind.STAFF)
        and entry.written_at - before.written_at <= LONGEST_WAIT
    ]
    if not overtaken:
        return entries
    written = dict(
        Pending.objects.filter(entry__in=overtaken).values_list("entry_id", "written_at")
    )
    return sorted(entries, key=lambda one: (written.get(one.pk, one.written_at), one.seq))


def _set_clock(
    ticket: Ticket, handling: Handling, trail: list[Said], terms: Terms, now: datetime
) -> None:
    due = next_due(
        opened_at=ticket.opened_at,
        trail=trail,
        state=cast(Literal["new"], ticket.state),
        targets=terms.targets,
        calendar=terms.calendar,
        waits=_waits(ticket) if first_responded_at(trail) else (),
    )
    handling.policy = terms.policy
    handling.first_responded_at = first_responded_at(trail)
    _write_due(handling, due)
    handling.judged_at = handling.judged_at or now


def _write_due(handling: Handling, due: Due | None) -> None:
    handling.next_due_at = due.at if due else None
    handling.next_due_kind = due.kind if due else ""
    handling.due_since = due.since if due else None
    if due and due.kind == "first_response":
        handling.first_due_at = due.at


def _give_owner(
    ticket: Ticket, handling: Handling, customer: Customer, now: datetime, quiet: bool
) -> None:
    """Give the ticket to the agent of this customer with the fewest open tickets."""
    held = (
        QueueItem.objects.live()
        .filter(owner=OuterRef("pk"))
        .order_by()
        .values("owner")
        .annotate(tickets=Count("pk"))
        .values("tickets")
    )
    agents = User.objects.filter(role=Role.AGENT, is_active=True)
    if customer.team_id is not None:
        agents = agents.filter(Q(serves_all=True) | Q(teams=customer.team_id)).distinct()
    by_load = agents.annotate(load=Coalesce(Subquery(held), 0)).order_by("load", "pk")
    owner = by_load.only("pk", "name").first()
    if owner is None:
        return
    handling.owner = owner
    Note.objects.create(
        ticket=ticket, kind=Note.Kind.EVENT, field="owner", new=owner.name, written_at=now
    )
    if not quiet:
        ring_assigned(ticket=ticket, customer=customer, owner=owner, by_name="", now=now)


def _tell(
    ticket: Ticket, handling: Handling, entries: list[Entry], customer: Customer, now: datetime
) -> None:
    for entry in entries:
        if entry.seq <= handling.judged_seq or entry.author_kind != AuthorKind.CONTACT:
            continue
        if entry.kind == Entry.Kind.QUESTION:
            _send_receipt(ticket, customer, now)
        elif handling.owner_id is not None:
            ring_answered(entry=entry, ticket=ticket, customer=customer, owner_id=handling.owner_id)


def _send_receipt(ticket: Ticket, customer: Customer, now: datetime) -> None:
    if ticket.channel not in (Channel.PORTAL, Channel.API, Channel.PHONE):
        return
    outbox.put(
        customer_id=customer.pk,
        key=f"c{customer.pk}:received:{ticket.pk}",
        kind="received",
        row=str(ticket.pk),
        contact_id=ticket.requester_id,
        now=now,
    )


def _index(ticket: Ticket, entries: list[Entry], customer: Customer) -> None:
    notes = ticket.notes.filter(kind=Note.Kind.NOTE).order_by("seq").values_list("body", flat=True)
    bodies = [entry.body for entry in entries] + list(notes)
    words = [ticket.subject, ticket.requester.name, f"{customer.prefix}-{ticket.number}"]
    put_document(
        customer=customer,
        ticket_id=ticket.pk,
        number=ticket.number,
        subject=ticket.subject,
        kind=ticket.kind,
        state=ticket.state,
        text="\n".join([*words, *(html.to_text(body) for body in bodies)]),
        now=ticket.updated_at,
    )
