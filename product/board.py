"""A triage meeting's list as its board shows it: columns, groups that are proposed, problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.models import Customer
from desk import places
from desk.models import QueueItem
from product.models import Attendance, Event, Meeting, MeetingItem, Problem
from product.operations.deciding import missing
from product.operations.triage import HERE

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 40
"""Groups, lone tickets or problems of a column at once."""

UNSORTED = "unsorted"
COLUMNS = (
    (UNSORTED, gettext_lazy("Unsorted"), gettext_lazy("newest first"), "inbox"),
    ("technical", gettext_lazy("Technical: fix it"), gettext_lazy("engineer and date"), "bug"),
    (
        "not_soon",
        gettext_lazy("Not soon: one agreed reply"),
        gettext_lazy("reply written together"),
        "message-square-quote",
    ),
    (
        "usage",
        gettext_lazy("Usage: tutorial"),
        gettext_lazy("article or video"),
        "graduation-cap",
    ),
    ("request", gettext_lazy("Product: request"), gettext_lazy("owner and date"), "route"),
)
LACKS = {
    "kind": gettext_lazy("class"),
    "owner": gettext_lazy("owner"),
    "due_on": gettext_lazy("date"),
    "engineer": gettext_lazy("an engineer as owner"),
    "material": gettext_lazy("article or video"),
}

_WEIGHTS = """
SELECT x.problem_id, count(*), count(DISTINCT x.customer_id), coalesce(bool_or(q.is_vip), false),
  coalesce(min(c.name) FILTER (WHERE %s OR c.team_id IS NULL OR c.team_id = ANY (%s)), '')
FROM (
  SELECT problem_id, customer_id, ticket_id FROM public.product_reportitem
  WHERE problem_id = ANY (%s)
  UNION
  SELECT problem_id, customer_id, ticket_id FROM public.product_meetingitem
  WHERE meeting_id = %s AND problem_id = ANY (%s) AND ticket_id IS NOT NULL) x
JOIN public.customers_customer c ON c.id = x.customer_id
LEFT JOIN public.desk_queueitem q ON q.customer_id = x.customer_id AND q.ticket_id = x.ticket_id
GROUP BY x.problem_id
"""


class Line(NamedTuple):
    """A ticket that belongs to no problem."""

    pk: int
    href: str
    ref: str
    subject: str
    customer: str
    asker: str
    why: str
    is_vip: bool
    opened_at: datetime | None


class Group(NamedTuple):
    """Tickets that are proposed to be one problem; a lone one is a group of `cluster` 0."""

    cluster: int
    lines: list[Line]

    @property
    def customers(self) -> int:
        """At how many customers, of those that are named."""
        return len({line.customer for line in self.lines})


class Weight(NamedTuple):
    """What stands behind a problem, with what the meeting has just put into it."""

    tickets: int = 0
    customers: int = 0
    is_vip: bool = False
    name: str = ""


class Card(NamedTuple):
    """A problem of the list."""

    problem: Problem
    why: str
    weight: Weight
    lacks: list[str | Promise]
    is_settled: bool
    is_late: bool

    @property
    def more(self) -> int:
        """Customers besides the one that is named."""
        return self.weight.customers - (1 if self.weight.name else 0)


@dataclass
class Column:
    """One column: how much is in it, and one page of that."""

    key: str
    title: str | Promise
    hint: str | Promise
    icon: str
    count: int = 0
    page: Page[Any] | None = None
    groups: list[Group] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    """A meeting's list, as far as this reader may see it."""

    columns: list[Column]
    lines: int
    """Tickets and problems on the list that have not left it, over all customers."""
    hidden: int
    """Tickets among them of customers the reader does not serve: counted, never named."""
    is_more: bool
    """Whether a drawing left tickets for the next refresh."""
    since: date | None
    """When the meeting before this one was held."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing on it at all."""
        return not self.hidden and not any(column.count for column in self.columns)


def board(*, meeting: Meeting, user: User, asked: Mapping[str, str]) -> Board:
    """The board of a meeting; the same few statements for any number of lines.

    `asked`: ``mine`` shows only problems the reader owns; ``column`` and ``page`` turn a page.
    """
    is_mine = bool(asked.get("mine"))
    columns = {key: Column(key, title, hint, icon) for key, title, hint, icon in COLUMNS}
    lines = meeting.items.filter(problem__isnull=True)
    named = lines.filter(customer__in=Customer.objects.live().served_by(user))
    groups = [] if is_mine else _groups(named)
    cards = _cards(meeting, user, is_mine=is_mine)
    for key, column in columns.items():
        found = [card for card in cards if (card.kind or UNSORTED) == key]
        column.count = len(found)
        number = asked.get("page") if asked.get("column", UNSORTED) == key else "1"
        shown = [*found, *groups] if key == UNSORTED else found
        column.page = _Paginator(shown, PAGE_SIZE).get_page(number)
    columns[UNSORTED].count += sum(len(ids) for _cluster, ids in groups)
    _fill(list(columns.values()), meeting, user)
    left = meeting.items.filter(settled_at__isnull=True, problem__isnull=False, ticket_id=None)
    return Board(
        list(columns.values()),
        lines=lines.count() + left.count(),
        hidden=0 if is_mine else lines.count() - named.count(),
        is_more=_is_more(meeting),
        since=_since(meeting),
    )


def here(meeting: Meeting, *, now: datetime) -> list[Attendance]:
    """Everybody of the meeting, with `is_here` where their screen was seen just now."""
    rows = list(meeting.attendances.select_related("user").order_by("joined_at", "pk"))
    for row in rows:
        row.is_here = row.seen_at > now - HERE  # type: ignore[attr-defined]  # for the page
    return rows


def _since(meeting: Meeting) -> date | None:
    before = Meeting.objects.filter(opened_at__lt=meeting.opened_at).order_by("-opened_at")
    return before.values_list("held_on", flat=True).first()


def _is_more(meeting: Meeting) -> bool:
    drawn = Event.objects.filter(meeting=meeting, field="drawn").order_by("-pk")
    return drawn.values_list("old", flat=True).first() == "more"


def _groups(lines: QuerySet[MeetingItem]) -> list[tuple[int, list[int]]]:
    """(cluster, lines): what is proposed together first, the biggest on top, then lone ones."""
    together: dict[int, list[int]] = {}
    alone: list[tuple[int, list[int]]] = []
    for pk, cluster in lines.order_by("-position").values_list("pk", "cluster"):
        if cluster:
            together.setdefault(cluster, []).append(pk)
        else:
            alone.append((0, [pk]))
    found = sorted(together.items(), key=lambda one: -len(one[1]))
    return [one for one in found if len(one[1]) > 1] + [
        *((0, ids) for _cluster, ids in found if len(ids) == 1),
        *alone,
    ]


def _cards(meeting: Meeting, user: User, *, is_mine: bool) -> list[Problem]:
    """Problems of the list, those that have not left it first."""
    whose = Q(owner=user) if is_mine else Q()
    items = meeting.items.filter(problem__isnull=False).order_by("-settled_at", "pk")
    facts: dict[int, MeetingItem] = {}
    for item in items:
        facts.setdefault(item.problem_id or 0, item)
    found = Problem.objects.filter(whose, pk__in=facts).select_related("owner")
    rows = list(found.order_by("-pk"))
    for row in rows:
        row.line = facts[row.pk]  # type: ignore[attr-defined]  # for its card
    return sorted(rows, key=lambda row: facts[row.pk].settled_at is not None)


def _fill(columns: list[Column], meeting: Meeting, user: User) -> None:
    """Put words to what is shown: two statements for all columns."""
    shown = [one for column in columns for one in (column.page or [])]
    weights = _weights([one.pk for one in shown if isinstance(one, Problem)], meeting, user)
    ids = [pk for one in shown if not isinstance(one, Problem) for pk in one[1]]
    lines = _lines(ids)
    for column in columns:
        for one in column.page or []:
            if isinstance(one, Problem):
                column.cards.append(_card(one, weights.get(one.pk, Weight()), meeting))
            else:
                column.groups.append(Group(one[0], [lines[pk] for pk in one[1] if pk in lines]))


def _card(problem: Problem, weight: Weight, meeting: Meeting) -> Card:
    line: MeetingItem = problem.line  # type: ignore[attr-defined]  # noted by _cards
    return Card(
        problem,
        line.get_why_display() if line.ticket_id is None else "",
        weight,
        [LACKS[name] for name in missing(problem)],
        is_settled=line.settled_at is not None,
        is_late=problem.due_on is not None and problem.due_on < meeting.held_on,
    )


def _weights(ids: list[int], meeting: Meeting, user: User) -> dict[int, Weight]:
    if not ids:
        return {}
    asked: list[Any] = [user.serves_all, list(user.team_ids()), ids, meeting.pk, ids]
    with connection.cursor() as cursor:
        cursor.execute(_WEIGHTS, asked)
        return {pk: Weight(*counted) for pk, *counted in cursor.fetchall()}


def _lines(ids: list[int]) -> dict[int, Line]:
    items = list(MeetingItem.objects.filter(pk__in=ids).select_related("customer"))
    numbers = {item.ticket_id for item in items if item.ticket_id}
    rows = QueueItem.objects.filter(
        customer__in={item.customer_id for item in items}, ticket_id__in=numbers
    )
    queued = {(row.customer_id, row.ticket_id): row for row in rows}
    found = {}
    for item in items:
        if item.customer is not None and item.ticket_id is not None:
            row = queued.get((item.customer.pk, item.ticket_id))
            found[item.pk] = _line(item, item.customer, row)
    return found


def _line(item: MeetingItem, customer: Customer, row: QueueItem | None) -> Line:
    return Line(
        pk=item.pk,
        href=places.ticket(customer.code, item.number or 0),
        ref=f"{customer.prefix}-{item.number}",
        subject=row.subject if row else f"{customer.prefix}-{item.number}",
        customer=customer.name,
        asker=row.requester_name if row else "",
        why=item.get_why_display() if item.why == MeetingItem.Why.NEW_REQUEST else "",
        is_vip=bool(row and row.is_vip),
        opened_at=row.opened_at if row else None,
    )
