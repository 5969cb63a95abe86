"""What a policy that is being written would do to open tickets: the real clock on unsaved targets.

Counted from what stands over all customers: which policy each ticket of the queue would get, and
when its clocks would be due. Only where a policy asks for the channel are the tickets asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import ClockItem, Policy, QueueItem, Terms
from desk.operations.policies import Asked, calendar_for, drafted_terms, first_fitting
from desk.operations.retargeting import concerned, either
from desk.words import DueKind
from tickets.business_time import SECOND, NeverOpens
from tickets.clock_course import reached_within
from tickets.clock_values import Span
from tickets.models import Ticket
from tickets.operations.clocking import Counted, counted_by

MOST = 5000
"""Tickets, and clocks, that are looked at; of more than that the figures are the least."""

MOST_NAMED = 10


@dataclass(frozen=True)
class OpenTicket:
    """A ticket of the queue, as far as policies ask."""

    customer_id: int
    ticket_id: int
    kind: str
    priority: str

    @property
    def key(self) -> tuple[int, int]:
        return self.customer_id, self.ticket_id


@dataclass
class Effect:
    """How many tickets a draft concerns, and what becomes of them; each counts once for each."""

    tickets: int = 0
    overdue: int = 0
    relieved: int = 0
    earlier: int = 0
    later: int = 0
    ended: int = 0


@dataclass
class Preview:
    """The effect over all customers, and of those that are named the ones it means most to."""

    effect: Effect
    is_all: bool
    customers: list[tuple[Customer, Effect]] = field(default_factory=list)
    others: int = 0

    @property
    def is_same(self) -> bool:
        """Whether nothing becomes of any ticket."""
        return not any(n for name, n in vars(self.effect).items() if name != "tickets")


def preview(*, draft: Policy, by: User, now: datetime) -> Preview:
    """What saving this policy would do. Changes nothing; names only customers whom `by` serves."""
    tickets = _open_tickets(draft)
    is_all = len(tickets) <= MOST
    book = _Book(draft, tickets[:MOST], now)
    clocks = list(_clocks(draft))
    is_all = is_all and len(clocks) <= MOST
    effects: dict[int, Effect] = defaultdict(Effect)
    for customer_id, _ticket_id in book.concerned:
        effects[customer_id].tickets += 1
    for (customer_id, _ticket_id), found in book.found(clocks[:MOST]).items():
        for name in found:
            setattr(effects[customer_id], name, getattr(effects[customer_id], name) + 1)
    return _summed(effects, by, is_all)


def _summed(effects: dict[int, Effect], by: User, is_all: bool) -> Preview:
    total: Counter[str] = Counter()
    for effect in effects.values():
        total.update(vars(effect))
    served = Customer.objects.all().served_by(by).in_bulk(list(effects))
    named = sorted(
        ((customer, effects[pk]) for pk, customer in served.items()),
        key=lambda one: (-one[1].overdue, -one[1].earlier, -one[1].tickets, one[0].name),
    )
    shown = named[:MOST_NAMED]
    return Preview(Effect(**total), is_all, shown, len(effects) - len(shown))


def _which(draft: Policy) -> Q:
    """Rows of the queue that the policy fits as it is stored, or as it is written."""
    stored = Policy.objects.active().filter(pk=draft.pk).first() if draft.pk else None
    one = [concerned(policy) for policy in (stored, draft if draft.is_active else None) if policy]
    return either(*one) if one else Q(pk=None)


def _open_tickets(draft: Policy) -> list[OpenTicket]:
    """One more than are looked at, those due next first."""
    live = Customer.objects.live()
    rows = (
        QueueItem.objects.live()
        .filter(_which(draft), customer__in=live)
        .order_by(F("next_due_at").asc(nulls_last=True), "pk")
        .values_list("customer_id", "ticket_id", "kind", "priority")
    )
    return [OpenTicket(*row) for row in rows[: MOST + 1]]


ClockRow = tuple[int, int, str, datetime | None, list[list[str | None]]]


def _clocks(draft: Policy) -> Iterator[ClockRow]:
    rows = (
        QueueItem.objects.live()
        .filter(_which(draft))
        .filter(customer_id=OuterRef("customer_id"), ticket_id=OuterRef("ticket_id"))
    )
    clocks = ClockItem.objects.open().exclude(kind=DueKind.PROMISE).filter(Exists(rows))
    by_time = clocks.order_by(F("due_at").asc(nulls_last=True), "pk")
    names = ("customer_id", "ticket_id", "kind", "due_at", "spans")
    yield from by_time.values_list(*names)[: MOST + 1]


class _Book:
    """Policies as they stand and as they would; terms by policy and calendar; who is concerned."""

    def __init__(self, draft: Policy, tickets: list[OpenTicket], now: datetime) -> None:
        chosen = Policy.objects.active().select_related("calendar")
        self._now = now
        self._stored = list(chosen)
        kept = [policy for policy in self._stored if policy.pk != draft.pk]
        drafted = [*kept, draft] if draft.is_active else kept
        self._drafted = sorted(drafted, key=lambda policy: policy.position)
        customers = Customer.objects.select_related("hours__calendar")
        self._customers = customers.in_bulk({ticket.customer_id for ticket in tickets})
        self._terms: dict[tuple[int | None, int], Counted] = {}
        channels = self._channels(tickets)
        self.concerned: dict[tuple[int, int], tuple[Customer, Policy]] = {}
        for ticket in tickets:
            asked = Asked(ticket.kind, ticket.priority, channels.get(ticket.key, ""))
            customer = self._customers[ticket.customer_id]
            old = first_fitting(self._stored, customer=customer, asked=asked)
            new = first_fitting(self._drafted, customer=customer, asked=asked)
            if new is not None and (new is draft or (old is not None and old.pk == draft.pk)):
                self.concerned[ticket.key] = (customer, new)

    def _channels(self, tickets: list[OpenTicket]) -> dict[tuple[int, int], str]:
        """How each ticket came, where any policy asks for that: no row of the queue says it."""
        if not any(policy.channel for policy in (*self._stored, *self._drafted)):
            return {}
        ids: dict[int, list[int]] = defaultdict(list)
        for ticket in tickets:
            ids[ticket.customer_id].append(ticket.ticket_id)
        found: dict[tuple[int, int], str] = {}
        for customer_id, ticket_ids in ids.items():
            with schema_of(self._customers[customer_id]):
                rows = Ticket.objects.filter(pk__in=ticket_ids).values_list("pk", "channel")
                found |= {(customer_id, pk): channel for pk, channel in rows}
        return found

    def found(self, clocks: Iterable[ClockRow]) -> dict[tuple[int, int], set[str]]:
        """What becomes of each ticket: names of `Effect`."""
        found: dict[tuple[int, int], set[str]] = defaultdict(set)
        for customer_id, ticket_id, kind, due_at, spans in clocks:
            fits = self.concerned.get((customer_id, ticket_id))
            if fits is not None:
                found[customer_id, ticket_id] |= self._becomes(fits, kind, due_at, spans)
        for names in found.values():
            if "earlier" in names:
                names.discard("later")
        return found

    def _becomes(
        self,
        fits: tuple[Customer, Policy],
        kind: str,
        due_at: datetime | None,
        spans: list[list[str | None]],
    ) -> set[str]:
        counted = self._counted(*fits)
        target = counted.targets.of(kind)  # type: ignore[arg-type]  # a kind of clock, as stored
        if target is None:
            return {"ended"}
        try:
            due = reached_within([_span(span) for span in spans], target * SECOND, counted.calendar)
        except NeverOpens:
            due = None
        was_late, is_late = (one is not None and one < self._now for one in (due_at, due))
        said = {
            "overdue": is_late and not was_late,
            "relieved": was_late and not is_late,
            "earlier": due is not None and (due_at is None or due < due_at),
            "later": due_at is not None and (due is None or due > due_at),
        }
        return {name for name, is_so in said.items() if is_so}

    def _counted(self, customer: Customer, policy: Policy) -> Counted:
        calendar = calendar_for(customer=customer, policy=policy)
        key = (policy.pk, calendar.pk)
        if key not in self._terms:
            facts = drafted_terms(
                policy=policy, calendar=calendar, steps=(), today=self._now.date()
            )
            self._terms[key] = counted_by(Terms(**facts))
        return self._terms[key]


def _span(span: list[str | None]) -> Span:
    start, end = (datetime.fromisoformat(at) if at else None for at in span)
    assert start is not None  # noqa: S101  only the last span has no end, each has a start
    return start, end
