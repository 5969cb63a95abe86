"""Whom to call, as the work list shows them, and everything else that waits to be decided there.

All of it is read from public projections: as many statements whatever the number of customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import User
from desk import last_scores, places
from desk.models import CallbackItem, CallbackPlan, QueueItem, RescueItem, ScoreItem
from desk.words import SETTLED
from followups.best_hour import WEEKDAYS, Best, best, weeks_of
from followups.operations.calling import TALKING
from tickets.models import Contact

PAGE_SIZE = 50
RESCUES = 12
"""Rescues that stand above the list; the others have a page of their own."""

OLDEST = timedelta(days=90)
"""A callback that can still be answered was asked within this time, whatever its plan."""

Tab = tuple[str, str | Promise]
TABS: tuple[Tab, ...] = (
    ("calls", gettext_lazy("To call")),
    ("mail", gettext_lazy("Asked by mail")),
    ("machine", gettext_lazy("A person or a machine?")),
)


@dataclass(frozen=True)
class Line:
    """One person of the list, with what one wants to know before calling them."""

    item: CallbackItem
    href: str
    ticket_href: str
    role: str | Promise
    tel: str
    hour: Best
    scores: list[last_scores.Score]
    open_tickets: int
    is_overdue: bool
    is_later: bool
    talker: str
    """Who of us is on the phone with them, or was a moment ago; empty: nobody."""


class Low(NamedTuple):
    """A low score that waits for us."""

    item: RescueItem
    href: str
    is_late: bool


class Done(NamedTuple):
    """What was called this week: so many people, and the mean of their satisfaction, of `n`."""

    calls: int
    average: float | None
    n: int


class CallList(NamedTuple):
    """One page of one tab; `counts` of all of them; figures only where nothing is to be called."""

    tab: str
    page: Page[Any]
    lines: list[Line]
    counts: dict[str, int]
    rescues: list[Low]
    more_rescues: int
    done: Done | None


def call_list(*, user: User, tab: str, page: str | None, now: datetime) -> CallList:
    """What this person may work on: calls by when they are due, mails and machines by asking."""
    shown = tab if tab in dict(TABS) else TABS[0][0]
    rows = _rows(user, now)
    counts = rows.aggregate(**{key: Count("pk", filter=_OF[key]) for key, _label in TABS})
    order = ("call_at", "pk") if shown == "calls" else ("asked_at", "pk")
    listed = rows.filter(_OF[shown]).select_related("customer", "plan", "caller").order_by(*order)
    found = Paginator(listed, PAGE_SIZE)
    found.count = counts[shown]
    one_page = found.get_page(page)
    rescues, more = _rescues(user, now)
    return CallList(
        tab=shown,
        page=one_page,
        lines=_lines(list(one_page), now),
        counts=counts,
        rescues=rescues,
        more_rescues=more,
        done=_done(user, now) if shown == "calls" and not counts["calls"] else None,
    )


def tel(number: str) -> str:
    """A ``tel:`` address of a number as people write it; empty where there is none."""
    kept = "".join(sign for sign in number if sign in "+0123456789")
    return f"tel:{kept}" if any(sign.isdigit() for sign in kept) else ""


def talking(item: CallbackItem, now: datetime) -> str:
    """Who of us talks with them now, by name."""
    is_fresh = item.talking_at is not None and now - item.talking_at < TALKING
    return item.caller.name if is_fresh and item.caller else ""


_OF = {
    "calls": Q(by=CallbackPlan.By.PHONE),
    "mail": Q(by=CallbackPlan.By.MAIL),
    "machine": Q(is_machine=True),
}


def _rows(user: User, now: datetime) -> QuerySet[CallbackItem]:
    asked = CallbackItem.objects.served_by(user).open(now)
    return asked.filter(asked_at__gt=now - OLDEST - timedelta(days=1))


def _lines(items: list[CallbackItem], now: datetime) -> list[Line]:
    customers = list({item.customer_id for item in items})
    pairs = list(dict.fromkeys((item.customer_id, item.contact_id) for item in items))
    codes = {item.customer_id: item.customer.code for item in items}
    scores = last_scores.scores_of(pairs, [codes[customer] for customer, _contact in pairs])
    known = _Known(
        now=now,
        today=timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0),
        scores=scores,
        tickets=_open_tickets(customers),
        weeks=weeks_of(customers),
    )
    return [_line(item, known) for item in items]


class _Known(NamedTuple):
    """What all lines of a page are put together from."""

    now: datetime
    today: datetime
    scores: dict[last_scores.Pair, list[last_scores.Score]]
    tickets: dict[int, int]
    weeks: dict[int, Any]


def _line(item: CallbackItem, known: _Known) -> Line:
    code = item.customer.code
    week = known.weeks.get(item.customer_id, WEEKDAYS)
    call_at = item.call_at or item.asked_at
    return Line(
        item=item,
        href=places.callback(code, item.callback_id),
        ticket_href=places.ticket(code, item.number) if item.number else "",
        role=Contact.Role(item.role).label,
        tel=tel(item.phone),
        hour=best(zone=item.time_zone, week=week, now=known.now),
        scores=known.scores.get((item.customer_id, item.contact_id), []),
        open_tickets=known.tickets.get(item.customer_id, 0),
        is_overdue=call_at < known.today,
        is_later=call_at >= known.today + timedelta(days=1),
        talker=talking(item, known.now),
    )


def _open_tickets(customers: Iterable[int]) -> dict[int, int]:
    rows = QueueItem.objects.filter(customer__in=customers).exclude(state__in=SETTLED)
    return dict(rows.values_list("customer").annotate(many=Count("pk")))


def _rescues(user: User, now: datetime) -> tuple[list[Low], int]:
    """What waits the longest first, and how many more there are."""
    rows = RescueItem.objects.served_by(user).to_do().select_related("customer", "consultant")
    found = list(rows.order_by("opened_at", "pk")[: RESCUES + 1])
    more = rows.count() - RESCUES if len(found) > RESCUES else 0
    shown = [
        Low(
            item=item,
            href=places.rescue(item.customer.code, item.rescue_id),
            is_late=item.due_at is not None and item.due_at < now,
        )
        for item in found[:RESCUES]
    ]
    return shown, more


def _done(user: User, now: datetime) -> Done:
    """Of the week that it is for the reader, from Monday on."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=today.weekday())
    called = CallbackItem.objects.served_by(user).by_phone()
    reached = Q(outcome="reached", answered_at__gte=since)
    declined = Q(outcome="declined", expires_at__gte=since)
    by_phone = CallbackItem.objects.by_phone().filter(
        customer=OuterRef("customer"), callback_id=OuterRef("callback_id")
    )
    scores = ScoreItem.objects.served_by(user).filter(kind="csat", answered_at__gte=since)
    mean = scores.filter(Exists(by_phone)).aggregate(average=Avg("value"), n=Count("pk"))
    calls = called.filter(reached | declined, asked_at__gt=since - OLDEST).count()
    return Done(calls=calls, average=mean["average"], n=mean["n"])
