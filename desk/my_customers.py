"""My customers: how each stands, and what needs its consultant, from public rows alone.

As many statements whatever the number of customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Q

from accounts.models import User
from accounts.policy import Permission, may
from customers.models import Customer
from desk.asked import words
from desk.dashboards.health import Health, health_of

PAGE_SIZE = 50
SORTS = ("need", "health", "visit", "name")

_COUNTS = """
SELECT m.id, coalesce(q.open, 0), coalesce(k.overdue, 0), coalesce(k.promises, 0),
  coalesce(k.broken, 0), coalesce(b.calls, 0), coalesce(b.waiting, 0), r.rescue_id,
  coalesce(r.due_at < %(now)s, false), coalesce(t.to_dos, 0), coalesce(t.late, 0),
  v.visit_id, v.kind, v.due_on, p.month
FROM unnest(%(ids)s::bigint[]) AS m (id)
LEFT JOIN (
  SELECT customer_id, count(*) AS open FROM public.desk_queueitem
  WHERE customer_id = ANY (%(ids)s) AND NOT (state IN ('resolved', 'closed')) GROUP BY customer_id
) q ON q.customer_id = m.id
LEFT JOIN (
  SELECT customer_id, count(*) FILTER (WHERE due_at < %(now)s) AS overdue,
    count(*) FILTER (WHERE kind = 'promise') AS promises,
    count(*) FILTER (WHERE kind = 'promise' AND due_at < %(now)s) AS broken
  FROM public.desk_clockitem
  WHERE customer_id = ANY (%(ids)s) AND ended_at IS NULL GROUP BY customer_id
) k ON k.customer_id = m.id
LEFT JOIN (
  SELECT customer_id, count(*) FILTER (WHERE by = 'phone') AS calls, count(*) AS waiting
  FROM public.desk_callbackitem
  WHERE customer_id = ANY (%(ids)s) AND answered_at IS NULL AND voided_at IS NULL
    AND expires_at > %(now)s AND outcome <> 'declined' GROUP BY customer_id
) b ON b.customer_id = m.id
LEFT JOIN (
  SELECT DISTINCT ON (customer_id) customer_id, rescue_id, due_at FROM public.desk_rescueitem
  WHERE customer_id = ANY (%(ids)s) AND closed_at IS NULL ORDER BY customer_id, opened_at
) r ON r.customer_id = m.id
LEFT JOIN (
  SELECT customer_id, count(*) FILTER (WHERE due_on <= %(today)s) AS to_dos,
    count(*) FILTER (WHERE due_on < %(today)s) AS late FROM public.customers_todo
  WHERE customer_id = ANY (%(ids)s) AND done_at IS NULL AND skipped_at IS NULL GROUP BY customer_id
) t ON t.customer_id = m.id
LEFT JOIN (
  SELECT DISTINCT ON (customer_id) customer_id, visit_id, kind, due_on FROM public.desk_visititem
  WHERE customer_id = ANY (%(ids)s) AND held_at IS NULL AND called_off_at IS NULL
  ORDER BY customer_id, due_on, visit_id
) v ON v.customer_id = m.id
LEFT JOIN (
  SELECT customer_id, min(month) AS month FROM public.desk_servicereportitem
  WHERE customer_id = ANY (%(ids)s) AND published_at IS NULL GROUP BY customer_id
) p ON p.customer_id = m.id
"""


class Standing(NamedTuple):
    """How a customer stands; `promises` are open ones, `broken` those of them whose time passed.

    `to_dos` are due by today, `late` those of them that are overdue; `waiting` are callbacks that
    nobody answered, `calls` those of them to be called. `visit_on` is the next open visit's day,
    `month` the oldest report that is not published.
    """

    customer_id: int
    open: int
    overdue: int
    promises: int
    broken: int
    calls: int
    waiting: int
    rescue_id: int | None
    is_rescue_late: bool
    to_dos: int
    late: int
    visit_id: int | None
    visit_kind: str | None
    visit_on: date | None
    month: date | None

    @property
    def need(self) -> tuple[int, int, int, int]:
        """How much it needs its consultant: rescues, broken promises, overdue clocks, to-dos."""
        rescue = 1 + self.is_rescue_late if self.rescue_id else 0
        return (-rescue, -self.broken, -self.overdue, -self.late)


@dataclass(frozen=True)
class Line:
    """One customer of the list. `health` is None before its group is open."""

    customer: Customer
    standing: Standing
    health: Health | None
    is_visit_late: bool

    @property
    def is_open(self) -> bool:
        """Whether its group is open: then it has a page on the desk."""
        return self.customer.laid_at is not None


@dataclass(frozen=True)
class Asked:
    """What an address asks for; `whose` is who looks after the customers."""

    whose: User
    sort: str = "need"
    sought: str = ""
    choices: list[User] = field(default_factory=list)


@dataclass(frozen=True)
class Mine:
    """One page of them, and how many there are."""

    page: Page[Any]
    lines: list[Line]


def asked_for(*, reader: User, query: dict[str, str], now: datetime) -> Asked:
    """Read an address: managers look at anybody's customers, others at theirs.

    And at those of absent colleagues whose deputy they are.
    """
    choices = _choices(reader, now)
    wanted = query.get("whose", "")
    whose = next((one for one in choices if str(one.pk) == wanted), reader)
    sort = query.get("sort", "")
    return Asked(
        whose=whose,
        sort=sort if sort in SORTS else "need",
        sought=words(query.get("q", "")),
        choices=choices,
    )


def customers_of(*, reader: User, whose: User) -> Any:
    """Customers somebody looks after, of those the reader serves; no suspended or left ones."""
    rows = Customer.objects.served_by(reader).filter(consultant=whose, suspended_at__isnull=True)
    return rows.exclude(stage=Customer.Stage.LEFT)


def mine(*, reader: User, asked: Asked, page: str | None, now: datetime, today: date) -> Mine:
    """The page of the list that the address asks for."""
    rows = customers_of(reader=reader, whose=asked.whose)
    if asked.sought:
        rows = rows.filter(Q(name__icontains=asked.sought) | Q(code__icontains=asked.sought))
    found = list(rows.select_related("plan").order_by("name", "pk"))
    standings = standing_of([one.pk for one in found], now=now, today=today)
    healths = health_of(found, now=now)
    lines = [
        Line(
            customer=one,
            standing=standings[one.pk],
            health=healths.get(one.pk) if one.laid_at is not None else None,
            is_visit_late=_is_past(standings[one.pk].visit_on, today),
        )
        for one in found
    ]
    shown = Paginator(_sorted(lines, asked.sort), PAGE_SIZE).get_page(page)
    return Mine(page=shown, lines=list(shown))


def standing_of(ids: Sequence[int], *, now: datetime, today: date) -> dict[int, Standing]:
    """How these customers stand; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"ids": list(ids), "now": now, "today": today})
        return {row[0]: Standing(*row) for row in cursor.fetchall()}


def _choices(reader: User, now: datetime) -> list[User]:
    """Whose customers the reader may choose, themselves first."""
    people = User.objects.exclude(pk=reader.pk).order_by("name", "pk")
    if may(reader, Permission.SEE_SERVICE):
        cared = Customer.objects.served_by(reader).filter(consultant__isnull=False)
        return [reader, *people.filter(pk__in=cared.values("consultant"))]
    absent = people.filter(deputy=reader, away_from__lte=now)
    return [reader, *(one for one in absent if one.is_away(now))]


def _is_past(day: date | None, today: date) -> bool:
    return day is not None and day < today


def _sorted(lines: Iterable[Line], sort: str) -> list[Line]:
    """By name they come; the others keep that order among equals."""
    if sort == "health":
        return sorted(lines, key=lambda line: 101 if line.health is None else line.health.score)
    if sort == "visit":
        return sorted(lines, key=lambda line: line.standing.visit_on or date.max)
    if sort == "need":
        return sorted(lines, key=lambda line: line.standing.need)
    return list(lines)
