"""What people said, newest first: comments over all customers one serves, with their scores."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import csv_rows
from accounts.models import User
from desk import places
from desk.models import CallbackItem, RescueItem, ScoreItem, Topic
from desk.satisfaction import NONE, Asked, Period, sees_agents
from desk.satisfaction_rows import Range, callbacks_of, of_topic, pattern
from desk.words import Channel

if TYPE_CHECKING:
    _Paginator = Paginator[CallbackItem]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 50
NAMELESS = 10
"""Low answers without a topic that are listed for words to be found in."""

MOST = 100_000
"""Answers in one file; more are taken along by parts, filtered by time."""

LATE_LOW = timedelta(days=7)
"""A staff member may find a complaint in an answer so much later, which opens the rescue then."""

COLUMNS = (
    "answered_at", "customer", "ticket", "contact", "role", "question", "score", "low", "about",
    "agent", "team", "customer_plan", "callback_plan", "ticket_kind", "channel", "words",
)  # fmt: skip


@dataclass(frozen=True)
class Comment:
    """One answer of the stream. `agent` is missing where the reader may not see whose it is."""

    item: CallbackItem
    scores: list[ScoreItem]
    topics: list[str]
    rescue: RescueItem | None
    agent: str

    @property
    def href(self) -> str:
        """The ticket it is about, if any."""
        return places.ticket(self.item.customer.code, self.item.number) if self.item.number else ""

    @property
    def rescue_href(self) -> str:
        """The rescue that it opened or joined, if any."""
        return places.rescue(self.item.customer.code, self.rescue.rescue_id) if self.rescue else ""

    @property
    def ref(self) -> str:
        """That ticket's code."""
        return f"{self.item.customer.prefix}-{self.item.number}" if self.item.number else ""


class Nameless(NamedTuple):
    """Low answers of the period in which no topic's words stand: how many, and the newest."""

    many: int
    rows: list[CallbackItem]


def answers(*, user: User, asked: Asked, period: Period) -> QuerySet[CallbackItem]:
    """Answers of a period, whatever was asked: low or not, about whom, with which words."""
    rows = callbacks_of(user=user, asked=asked).answered()
    rows = rows.filter(Range([period]).within("answered_at"))
    if asked.low:
        rows = rows.filter(is_low=asked.low == "1")
    for word in asked.q.split():
        rows = rows.filter(Q(words__icontains=word) | Q(subject__icontains=word))
    scored = ScoreItem.objects.filter(
        customer=OuterRef("customer"), callback_id=OuterRef("callback_id")
    )
    put = scored.filter(kind=asked.question)
    if asked.about:
        put = put.filter(is_about_product=asked.about == "product")
        return rows.filter(Exists(put))
    return rows.filter(Exists(put) | ~Exists(scored))


def stream(
    *, user: User, asked: Asked, period: Period, page: str | None, topics: Sequence[Topic]
) -> tuple[Page[CallbackItem], list[Comment]]:
    """A page of comments, newest first; four statements."""
    rows = answers(user=user, asked=asked, period=period).exclude(words="")
    rows = rows.select_related("customer", "agent").order_by("-answered_at", "-pk")
    shown = _Paginator(rows, PAGE_SIZE).get_page(page)
    return shown, _comments(list(shown), user, topics)


def nameless(*, user: User, asked: Asked, period: Period) -> Nameless:
    """Low answers with words of which no topic knows any; two statements."""
    rows = callbacks_of(user=user, asked=asked).answered()
    # The words are looked at last: PostgreSQL takes conditions of equal cost in their order.
    low = rows.filter(is_low=True).filter(Range([period]).within("answered_at")).exclude(words="")
    found = low.filter(of_topic(NONE)).select_related("customer").order_by("-answered_at", "-pk")
    return Nameless(found.count(), list(found[:NAMELESS]))


def as_csv(*, user: User, asked: Asked, period: Period) -> Iterator[str]:
    """The scores of the answers that the page's filters leave, newest first, a line for each."""
    rows = answers(user=user, asked=asked, period=period)
    ordered = rows.order_by("-answered_at", "-pk").select_related(
        "customer", "agent", "team", "customer_plan", "plan"
    )[:MOST]
    return csv_rows.lines(_lines(ordered, user), is_for_excel=True)


def _lines(rows: QuerySet[CallbackItem], user: User) -> Iterator[tuple[csv_rows.Value, ...]]:
    yield COLUMNS
    batch: list[CallbackItem] = []
    for row in rows.iterator(chunk_size=1000):
        batch.append(row)
        if len(batch) == 1000:
            yield from _batch(batch, user)
            batch = []
    yield from _batch(batch, user)


def _batch(rows: list[CallbackItem], user: User) -> Iterator[tuple[csv_rows.Value, ...]]:
    scores = _scores(rows)
    for row in rows:
        about: tuple[csv_rows.Value, ...] = (
            _agent(row, user), _name(row.team), _name(row.customer_plan), _name(row.plan),
            row.ticket_kind, row.channel, row.words,
        )  # fmt: skip
        ticket = f"{row.customer.prefix}-{row.number}" if row.number else ""
        head = (row.answered_at, row.customer.code, ticket, row.contact_name, row.role)
        for one in scores.get((row.customer_id, row.callback_id), ()):
            whose = "product" if one.is_about_product else "service"
            yield (*head, one.key, one.value, one.is_low, whose, *about)
        if (row.customer_id, row.callback_id) not in scores:
            yield (*head, "", None, row.is_low, "", *about)


def _comments(rows: list[CallbackItem], user: User, topics: Sequence[Topic]) -> list[Comment]:
    scores, rescues = _scores(rows), _rescues(rows)
    return [
        Comment(
            row,
            scores.get((row.customer_id, row.callback_id), []),
            _topics(row, topics),
            _rescue(row, rescues),
            _agent(row, user),
        )
        for row in rows
    ]


def _scores(rows: Iterable[CallbackItem]) -> dict[tuple[int, int], list[ScoreItem]]:
    found: dict[tuple[int, int], list[ScoreItem]] = {}
    ids: dict[int, list[int]] = {}
    for row in rows:
        ids.setdefault(row.customer_id, []).append(row.callback_id)
    wanted = Q(pk__in=[])
    for customer, callbacks in ids.items():
        wanted |= Q(customer=customer, callback_id__in=callbacks)
    for one in ScoreItem.objects.filter(wanted).order_by("pk"):
        found.setdefault((one.customer_id, one.callback_id), []).append(one)
    return found


def _rescues(rows: Iterable[CallbackItem]) -> dict[int, list[RescueItem]]:
    """Rescues of these customers, the earliest first."""
    customers = {row.customer_id for row in rows if row.is_low}
    found: dict[int, list[RescueItem]] = {}
    for one in RescueItem.objects.filter(customer__in=customers).order_by("opened_at"):
        found.setdefault(one.customer_id, []).append(one)
    return found


def _rescue(row: CallbackItem, rescues: dict[int, list[RescueItem]]) -> RescueItem | None:
    """The rescue that a low answer opened or joined: the customer's that was open then.

    History that was imported opened none.
    """
    at = row.answered_at
    if not row.is_low or at is None or row.said_by == "import":
        return None
    return next((one for one in rescues.get(row.customer_id, ()) if _was_open(one, at)), None)


def _was_open(rescue: RescueItem, at: datetime) -> bool:
    is_over = rescue.closed_at is not None and rescue.closed_at < at
    return not is_over and rescue.opened_at <= at + LATE_LOW


def _topics(row: CallbackItem, topics: Sequence[Topic]) -> list[str]:
    said = f"{row.words}\n{row.subject}".lower()
    return [str(one) for one in topics if re.search(pattern(one.words), said)]


def _agent(row: CallbackItem, user: User) -> str:
    may_see = row.agent is not None and (row.agent_id == user.pk or sees_agents(user))
    return row.agent.name if may_see and row.agent else ""


def _name(of: Any) -> str:
    return "" if of is None else str(of)


def channel_name(channel: str) -> str | Promise:
    """A channel in words; what was asked without a ticket has none."""
    return dict(Channel.choices).get(channel, channel) if channel else _("Without a ticket")
