"""What a calendar that is being written would do to open tickets: the real clock on unsaved hours.

Counted from what stands over all customers. Where a policy asks for the channel, which no row of
the queue says, its tickets count as the next policy's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef

from customers.models import Customer
from desk import models
from desk.models import ClockItem, Policy, QueueItem
from desk.models.queue import QueueQuerySet
from desk.operations.calendar_use import tickets_counted_by
from desk.operations.policies import Asked, calendar_for, first_fitting
from desk.words import DueKind
from tickets.business_time import SECOND, Calendar, NeverOpens
from tickets.clock_course import reached_within
from tickets.clock_values import Span
from tickets.policy_preview import MOST, Effect

Key = tuple[int, int]
Spans = list[list[str | None]]
ClockRow = tuple[int, int, int, datetime | None, Spans]


def effect_on_tickets(*, of: models.Calendar, drafted: Calendar, now: datetime) -> Effect | None:
    """How many open tickets go by the stored calendar, and what hours as drafted would do to them.

    None: they are too many to be looked at. Changes nothing.
    """
    tickets = list(_tickets(of)[: MOST + 1])
    clocks = list(_clocks(of))
    if max(len(tickets), len(clocks)) > MOST:
        return None
    counted = set(_judged_by(of, tickets))
    found: dict[Key, set[str]] = defaultdict(set)
    for customer_id, ticket_id, target, due_at, spans in clocks:
        if (customer_id, ticket_id) in counted:
            found[customer_id, ticket_id] |= _becomes(target, due_at, spans, drafted, now)
    for said in found.values():
        said -= {"later"} if "earlier" in said else set()
    names = Counter(name for said in found.values() for name in said)
    return Effect(tickets=len(counted), **names)


def _tickets(of: models.Calendar) -> QueueQuerySet:
    live = QueueItem.objects.live().filter(customer__in=Customer.objects.live())
    return live.filter(tickets_counted_by([of])).order_by("pk")


def _clocks(of: models.Calendar) -> Iterator[ClockRow]:
    same = {"customer_id": OuterRef("customer_id"), "ticket_id": OuterRef("ticket_id")}
    here = Exists(_tickets(of).order_by().filter(**same))
    clocks = ClockItem.objects.open().exclude(kind=DueKind.PROMISE).filter(here)
    by_time = clocks.order_by(F("due_at").asc(nulls_last=True), "pk")
    names = ("customer_id", "ticket_id", "target", "due_at", "spans")
    yield from by_time.values_list(*names)[: MOST + 1]


def _judged_by(of: models.Calendar, tickets: Iterable[QueueItem]) -> Iterator[Key]:
    """Those of the tickets whose policy, or whose customer, says this calendar."""
    policies = list(Policy.objects.active().select_related("calendar"))
    ids = {ticket.customer_id for ticket in tickets}
    customers = Customer.objects.select_related("hours__calendar").in_bulk(ids)
    for ticket in tickets:
        customer, asked = customers[ticket.customer_id], Asked(ticket.kind, ticket.priority)
        policy = first_fitting(policies, customer=customer, asked=asked)
        if policy and calendar_for(customer=customer, policy=policy).pk == of.pk:
            yield ticket.customer_id, ticket.ticket_id


def _becomes(
    target: int,
    due_at: datetime | None,
    spans: Spans,
    drafted: Calendar,
    now: datetime,
) -> set[str]:
    """Names of `Effect` for one clock."""
    try:
        due = reached_within([_span(span) for span in spans], target * SECOND, drafted)
    except NeverOpens:
        due = None
    was_late, is_late = (one is not None and one < now for one in (due_at, due))
    said = {
        "overdue": is_late and not was_late,
        "relieved": was_late and not is_late,
        "earlier": due is not None and (due_at is None or due < due_at),
        "later": due_at is not None and (due is None or due > due_at),
    }
    return {name for name, is_so in said.items() if is_so}


def _span(span: list[str | None]) -> Span:
    start, end = (datetime.fromisoformat(at) if at else None for at in span)
    assert start is not None  # noqa: S101  only the last span has no end, each has a start
    return start, end
