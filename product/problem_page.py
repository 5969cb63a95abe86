"""A problem as its page shows it: who reported it, what became of it, how far a reply has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum

from accounts.models import User
from customers.models import Customer
from desk import places
from desk.models import QueueItem
from desk.promises import items_of
from desk.words import State
from product.event_words import hides, icon, sentence
from product.models import AgreedReach, AgreedReply, Asker, Event, Problem, ReportItem
from product.weights import Weight, weights

if TYPE_CHECKING:
    _Paginator = Paginator[ReportItem]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 50
LINES = 50
"""Events that a page shows at first; all of them when asked."""
MOST = 1000


@dataclass(frozen=True)
class Reported:
    """A ticket of a customer the reader serves. `item` is missing while nobody judged it."""

    row: ReportItem
    item: QueueItem | None
    asker: Asker | None

    @property
    def href(self) -> str:
        """Its page."""
        return places.ticket(self.row.customer.code, self.row.number)

    @property
    def ref(self) -> str:
        """Its code."""
        return f"{self.row.customer.prefix}-{self.row.number}"

    @property
    def is_closed(self) -> bool:
        """Whether it is closed: an agreed reply leaves it alone."""
        return self.item is not None and self.item.state == State.CLOSED


class AtCustomer(NamedTuple):
    """What one customer reported, of this page."""

    customer: Customer
    tickets: list[Reported]


@dataclass(frozen=True)
class Reports:
    """A page of reports by customer; `weight` counts them all, `elsewhere` what is not named."""

    page: Page[ReportItem]
    customers: list[AtCustomer]
    weight: Weight
    served: int
    """Customers that may be named."""

    @property
    def elsewhere(self) -> tuple[int, int]:
        """Tickets, and customers, that the reader does not serve."""
        tickets = self.weight.tickets - self.page.paginator.count
        return tickets, self.weight.customers - self.served


class Line(NamedTuple):
    """An event of the trail in words."""

    icon: str
    words: str
    body: str
    at: datetime


@dataclass(frozen=True)
class Progress:
    """How far the last agreed reply has come."""

    agreed: AgreedReply
    customers: int
    done: int
    told: int

    @property
    def is_done(self) -> bool:
        """Whether every ticket of every customer had its turn."""
        return self.done == self.customers


def reports(*, problem: Problem, user: User, page: str | None) -> Reports:
    """Tickets of the problem at customers this person serves; the same few statements for any."""
    rows = ReportItem.objects.filter(problem=problem).served_by(user)
    found = rows.select_related("customer").order_by("customer__name", "customer", "number")
    shown = _Paginator(found, PAGE_SIZE).get_page(page)
    served = rows.order_by().aggregate(served=Count("customer", distinct=True))["served"]
    at_customers: dict[int, AtCustomer] = {}
    for one in reported(list(shown)):
        group = at_customers.setdefault(one.row.customer_id, AtCustomer(one.row.customer, []))
        group.tickets.append(one)
    weight = weights([problem.pk])[problem.pk]
    return Reports(shown, list(at_customers.values()), weight, served)


def reported(rows: list[ReportItem]) -> list[Reported]:
    """These reports with what their queue shows and who asked; two statements."""
    items = items_of(rows)
    wanted = Q(pk__in=[])
    for customer, contact in {(row.customer_id, row.contact_id) for row in rows}:
        wanted |= Q(customer=customer, contact_id=contact)
    askers = {(one.customer_id, one.contact_id): one for one in Asker.objects.filter(wanted)}
    return [
        Reported(
            row,
            items.get((row.customer_id, row.ticket_id)),
            askers.get((row.customer_id, row.contact_id)),
        )
        for row in rows
    ]


def trail(*, problem: Problem, user: User, whole: bool) -> tuple[list[Line], int]:
    """What was done to it, the newest first, and how many earlier events are not shown."""
    events = Event.objects.filter(problem=problem)
    count = events.count()
    most = MOST if whole else LINES
    rows = list(events.select_related("release").order_by("-at", "-pk")[:most])
    hidden = hides(_prefixes(rows, user))
    lines = [Line(icon(one), sentence(one, hidden=hidden), one.body, one.at) for one in rows]
    return lines, count - len(lines)


def progress(problem: Problem) -> Progress | None:
    """How far the last agreed reply has come; None where none was sent."""
    sent = AgreedReply.objects.filter(problem=problem).select_related("by")
    agreed = sent.order_by("-pk").first()
    if agreed is None:
        return None
    counted: dict[str, Any] = AgreedReach.objects.filter(agreed=agreed).aggregate(
        customers=Count("pk"), done=Count("done_at"), told=Sum("told", default=0)
    )
    return Progress(agreed, **counted)


def _prefixes(events: Iterable[Event], user: User) -> set[str]:
    """Prefixes of customers that these events name and the reader serves."""
    named = {
        word.rpartition("-")[0].lower() for one in events for word in (one.old, one.new) if word
    }
    known = Customer.objects.live().served_by(user).filter(code__in=named)
    return {code.upper() for code in known.values_list("code", flat=True)}
