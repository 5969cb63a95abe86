"""Asks to departments over all customers, as their page shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Case, Q, QuerySet, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import User
from desk import places
from desk.models import AskItem, QueueItem
from desk.promises import items_of
from desk.words import SETTLED

PAGE_SIZE = 50
RECENT = timedelta(days=14)
"""How long an ask that has ended stays in the list."""


class Tab(NamedTuple):
    """One way to see the asks."""

    key: str
    label: str | Promise
    rows: Callable[[User], Q]


TABS = (
    Tab("me", gettext_lazy("Asked of me"), lambda user: Q(owner=user)),
    Tab(
        "departments",
        gettext_lazy("My departments"),
        lambda user: Q(department__in=user.departments.values("pk")),
    ),
    Tab("mine", gettext_lazy("Asked by me"), lambda user: Q(asked_by=user)),
)
_BY_KEY = {tab.key: tab for tab in TABS}


class Line(NamedTuple):
    """One ask of the list. `ref` and `href` are empty where the ticket has left the queue."""

    ask: AskItem
    ref: str
    subject: str
    href: str
    is_settled: bool

    def is_late(self, now: datetime) -> bool:
        """Whether an answer is still owed and its time has passed."""
        return self.is_open and self.ask.due_at < now

    @property
    def is_open(self) -> bool:
        """Whether an answer is still owed: nobody gave it, and the ticket needs it."""
        return self.ask.ended_at is None and not self.is_settled


class AskList(NamedTuple):
    """One page of one tab."""

    tab: Tab
    page: Page[Any]
    lines: list[Line]


def ask_list(*, user: User, tab: str, page: str | None, now: datetime) -> AskList:
    """What the tab holds: open asks by when they are due, then what ended within 14 days.

    Three statements whatever the number of rows.
    """
    shown = _BY_KEY.get(tab, TABS[0])
    found = Paginator(_rows(user, shown, now), PAGE_SIZE).get_page(page)
    asks = list(found)
    items = items_of(asks)
    return AskList(shown, found, [_line(ask, items) for ask in asks])


def _rows(user: User, tab: Tab, now: datetime) -> QuerySet[AskItem]:
    rows = AskItem.objects.served_by(user).filter(tab.rows(user))
    lately = Q(ended_at__isnull=True) | Q(ended_at__gte=now - RECENT)
    is_over = Case(When(ended_at__isnull=True, then=0), default=1)
    return (
        rows.filter(lately)
        .select_related("customer", "department", "owner", "asked_by")
        .order_by(is_over, "due_at", "pk")
    )


def _line(ask: AskItem, items: dict[tuple[int, int], QueueItem]) -> Line:
    item = items.get((ask.customer_id, ask.ticket_id))
    if item is None:
        return Line(ask, "", "", "", is_settled=True)
    return Line(
        ask,
        f"{ask.customer.prefix}-{item.number}",
        item.subject,
        f"{places.ticket(ask.customer.code, item.number)}#asks",
        is_settled=item.state in SETTLED,
    )
