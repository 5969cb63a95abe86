"""Who is asked in the next thirty days, as the pages of it show that.

The list is made from due rows over all customers and opens no schema: a line for each customer and
plan, or ticket, with what public rows know of who is left out. Opening one line opens that one
customer, and names its people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk import places
from desk.asked import key
from desk.models import (
    Blackout,
    CallbackItem,
    CallbackPlan,
    CallbackSkip,
    Due,
    QueueItem,
)
from desk.operations.callback_plans import (
    Diary,
    diary,
    next_period,
    period_of,
    plans_seen_by,
)
from desk.words import SETTLED
from followups.models import Callback
from followups.operations.planning_callbacks import people_of
from followups.operations.sparing import Spared, spared
from tickets.models import Contact

AHEAD = timedelta(days=30)
PAGE = 50
TICKETS = "tickets"
"""What the list is asked to show for callbacks after a ticket."""


@dataclass
class Line:
    """One asking to come: by a plan at a customer, or about a ticket; `at` as it will be."""

    at: datetime
    customer: Customer
    plan: CallbackPlan | None = None
    ticket: QueueItem | None = None
    blackout: Blackout | None = None
    skipped: list[CallbackSkip] = field(default_factory=list)
    of_late: int = 0

    @property
    def href(self) -> str:
        """Where its people are."""
        if self.ticket is not None:
            return places.ticket(self.customer.code, self.ticket.number)
        return f"{places.PLANNED}{self.customer.code}/{self.plan.pk if self.plan else 0}/"

    @property
    def nobody(self) -> CallbackSkip | None:
        """Why nobody at all is asked at its time."""
        return next((one for one in self.skipped if one.contact_id is None), None)

    @property
    def people_skipped(self) -> int:
        """How many people one of us has left out."""
        return len({one.contact_id for one in self.skipped if one.contact_id is not None})


@dataclass(frozen=True)
class Planned:
    """The list: a page of lines by day, and what is chosen and offered."""

    days: list[tuple[date, list[Line]]]
    page: Page[Due]
    chosen: str
    plans: list[CallbackPlan]
    paused: list[CallbackPlan]


@dataclass(frozen=True)
class Person:
    """Somebody at a customer, and whether a plan asks them: not if `spared`, and then when."""

    contact: Contact
    spared: Spared | None
    at: datetime | None


@dataclass(frozen=True)
class Asking:
    """What a plan will do at one customer next. `asked`: who was asked in this period before."""

    plan: CallbackPlan
    customer: Customer
    at: datetime | None
    blackout: Blackout | None
    people: list[Person]
    asked: int
    skips: list[CallbackSkip]
    until: date
    today: date


def planned(*, user: User, asked: Mapping[str, str], now: datetime) -> Planned:
    """The list an address asks for: fifty lines a page, in as many statements for any number."""
    plans = list(CallbackPlan.objects.order_by("kind", "position", "pk"))
    seen = set(plans_seen_by(user).values_list("pk", flat=True))
    running = [one for one in plans if one.is_active and one.paused_at is None]
    paused = [one for one in plans if one.is_active and one.paused_at and one.pk in seen]
    periodic = [one for one in running if one.kind == CallbackPlan.Kind.PERIODIC]
    chosen = asked.get("plan", "")
    rows = _rows(user, chosen, periodic, now)
    page = Paginator(rows.order_by("due_at", "pk"), PAGE).get_page(asked.get("page"))
    lines = _lines(list(page), {one.pk: one for one in periodic})
    by_day: dict[date, list[Line]] = {}
    for line in sorted(lines, key=lambda one: one.at):
        by_day.setdefault(timezone.localtime(line.at).date(), []).append(line)
    offered = [one for one in periodic if one.pk in seen]
    return Planned(list(by_day.items()), page, chosen, offered, paused)


def _rows(
    user: User, chosen: str, periodic: Sequence[CallbackPlan], now: datetime
) -> QuerySet[Due]:
    ids = [one.pk for one in periodic if not key(chosen) or one.pk == key(chosen)]
    surveys = Q(kind=Due.Kind.SURVEY, row_id__in=ids)
    tickets = Q(kind=Due.Kind.CALLBACK, due_at__gt=now)
    which = tickets if chosen == TICKETS else surveys if key(chosen) else surveys | tickets
    served = Customer.objects.live().served_by(user)
    return Due.objects.filter(which, customer__in=served, due_at__lt=now + AHEAD).select_related(
        "customer"
    )


def _lines(rows: Sequence[Due], plans: Mapping[int, CallbackPlan]) -> list[Line]:
    ids = {row.customer_id for row in rows}
    surveys = [row for row in rows if row.kind == Due.Kind.SURVEY]
    tickets = _tickets([row for row in rows if row.kind == Due.Kind.CALLBACK])
    off = list(
        Blackout.objects.filter(Q(customer=None) | Q(customer__in=ids)).select_related("plan")
    )
    skips = list(CallbackSkip.objects.filter(customer__in=ids).order_by("until", "pk"))
    late = _asked_of_late(surveys, plans)
    found = [
        Line(row.due_at, row.customer, ticket=tickets[row.customer_id, row.row_id])
        for row in rows
        if row.kind == Due.Kind.CALLBACK and (row.customer_id, row.row_id) in tickets
    ]
    return found + [_line(row, plans[row.row_id], off, skips, late) for row in surveys]


def _line(
    row: Due,
    plan: CallbackPlan,
    off: Iterable[Blackout],
    skips: Iterable[CallbackSkip],
    late: Mapping[int, list[tuple[int, datetime]]],
) -> Line:
    mine = [
        one
        for one in off
        if one.plan_id in (None, plan.pk) and one.customer_id in (None, row.customer_id)
    ]
    days = Diary(plan, row.customer, sorted(mine, key=lambda one: one.first_on))
    at = days.free_moment(row.due_at)
    day = days.day_of(at)
    fatigue = timedelta(days=plan.fatigue_days)
    return Line(
        at,
        row.customer,
        plan,
        blackout=days.blackout_on(days.day_of(row.due_at)),
        skipped=[
            one
            for one in skips
            if one.customer_id == row.customer_id
            and one.plan_id in (None, plan.pk)
            and one.until >= day
        ],
        of_late=len({who for who, last in late.get(row.customer_id, ()) if last > at - fatigue}),
    )


def _tickets(rows: Sequence[Due]) -> dict[tuple[int, int], QueueItem]:
    items = QueueItem.objects.filter(
        customer__in={row.customer_id for row in rows},
        ticket_id__in={row.row_id for row in rows},
        state__in=SETTLED,
    )
    return {(item.customer_id, item.ticket_id): item for item in items}


def _asked_of_late(
    rows: Sequence[Due], plans: Mapping[int, CallbackPlan]
) -> dict[int, list[tuple[int, datetime]]]:
    """Who was asked when at these customers, as far back as any of the plans looks."""
    if not rows:
        return {}
    longest = max(plans[row.row_id].fatigue_days for row in rows)
    items = CallbackItem.objects.filter(
        customer__in={row.customer_id for row in rows},
        asked_at__gt=min(row.due_at for row in rows) - timedelta(days=longest),
        voided_at__isnull=True,
    )
    found: dict[int, list[tuple[int, datetime]]] = {}
    for customer_id, contact_id, at in items.values_list("customer", "contact_id", "asked_at"):
        found.setdefault(customer_id, []).append((contact_id, at))
    return found


def asking(*, customer: Customer, plan: CallbackPlan, now: datetime) -> Asking:
    """What a plan will do next at the customer that is open: each of its people, with reasons."""
    row = Due.objects.filter(customer=customer, kind=Due.Kind.SURVEY, row_id=plan.pk).first()
    days = diary(plan=plan, customer=customer, now=now)
    at = days.free_moment(max(row.due_at, now)) if row is not None else None
    start = period_of(plan=plan, day=days.day_of(at or now))
    skips = CallbackSkip.objects.filter(
        Q(plan=None) | Q(plan=plan), customer=customer, until__gte=days.day_of(now)
    )
    over = next_period(plan=plan, start=start)
    return Asking(
        plan,
        customer,
        at,
        days.blackout_on(days.day_of(row.due_at)) if row is not None else None,
        _people(days, start, at or now),
        Callback.objects.filter(plan=plan, period=start.isoformat()).count(),
        list(skips.select_related("by").order_by("until", "pk")),
        over - timedelta(days=1),
        days.day_of(now),
    )


def _people(days: Diary, start: date, at: datetime) -> list[Person]:
    people = people_of(diary=days, start=start)
    kept = spared(diary=days, contacts=people, now=at)
    return [Person(one, kept.get(one.pk), _later(days, start, kept.get(one.pk))) for one in people]


def _later(days: Diary, start: date, kept: Spared | None) -> datetime | None:
    """When somebody who is left out at first is asked in the same period after all."""
    if kept is None or kept.until is None:
        return None
    at = days.free_moment(kept.until)
    return at if days.day_of(at) < next_period(plan=days.plan, start=start) else None
