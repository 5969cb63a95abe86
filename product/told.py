"""Closing the loop: what is live and not told, told and not answered, and how long it all takes.

Of releases that went live in the last PERIOD. Everything is counted over all customers by a few
statements; rows name those customers only that the reader serves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.models import Customer
from desk.asked import words
from product.held_rows import held_count, held_rows
from product.models import Release
from product.told_rows import UNTOLD, Row, Scope, notices_of, rows_of

PERIOD = timedelta(days=365)
PAGE_SIZE, RELEASES = 50, 20

TABS: tuple[tuple[str, str | Promise], ...] = (
    ("untold", gettext_lazy("Live, not told")),
    ("unconfirmed", gettext_lazy("Told, not confirmed")),
    ("not_working", gettext_lazy("Does not work")),
    ("held", gettext_lazy("On hold, yet live")),
)

_COUNTED = """
SELECT release_id, why, customer_id = ANY (%s) AS is_ours, count(*) FROM untold GROUP BY 1, 2, 3
"""

# Asked: when the first of their tickets was opened, or linked where it is settled for long.
_SPANS = """
WITH asked AS (
  SELECT i.release_id, r.customer_id, r.contact_id,
    min(least(coalesce(q.opened_at, r.linked_at), r.linked_at)) AS asked_at
  FROM public.product_releaseitem i
  JOIN public.product_reportitem r ON r.problem_id = i.problem_id
  LEFT JOIN public.desk_queueitem q ON q.customer_id = r.customer_id AND q.ticket_id = r.ticket_id
  WHERE i.release_id = ANY (%s)
  GROUP BY 1, 2, 3
)
SELECT l.id,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY l.live_at - a.asked_at)
    FILTER (WHERE a.asked_at <= l.live_at),
  count(*) FILTER (WHERE a.asked_at <= l.live_at),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY n.told_at - l.live_at),
  count(*),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY n.answered_at - n.told_at)
    FILTER (WHERE n.answer = 'works'),
  count(*) FILTER (WHERE n.answer = 'works'),
  count(*) FILTER (WHERE n.answer = 'not_working')
FROM public.product_release l
JOIN public.product_noticeitem n ON n.release_id = l.id
LEFT JOIN asked a ON a.release_id = l.id AND a.customer_id = n.customer_id
  AND a.contact_id = n.contact_id
WHERE l.id = ANY (%s)
GROUP BY l.id
"""


class Span(NamedTuple):
    """A median in seconds, of so many people; None of nobody."""

    seconds: float | None
    n: int


class Loop(NamedTuple):
    """How one release was told: spans, answers, and who was not told."""

    release: Release
    to_live: Span
    to_told: Span
    to_confirmed: Span
    not_working: int
    untold: int

    @property
    def told(self) -> int:
        """How many people were told."""
        return self.to_told.n

    @property
    def unanswered(self) -> int:
        """Told, and neither works nor does not work."""
        return self.told - self.to_confirmed.n - self.not_working

    @property
    def share(self) -> int | None:
        """Percent of the told who say that it works; None while nobody is told."""
        return round(100 * self.to_confirmed.n / self.told) if self.told else None


@dataclass(frozen=True)
class Counted:
    """What is counted for the tabs, customers that are not served among them."""

    untold: dict[int, int] = field(default_factory=dict)
    ours: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """The page: a list of people, and the releases with their spans."""

    tab: str
    release: Release | None
    counted: Counted
    rows: list[Row]
    page: Page[Any]
    loops: list[Loop]
    loops_page: Page[Any]


def told(*, user: User, asked: Mapping[str, str], now: datetime) -> Told:
    """What an address asks for; at most eleven statements, however many customers there are."""
    since = now - PERIOD
    live = Release.objects.filter(live_at__gte=since)
    releases = {one.pk: one for one in live.order_by("-live_at", "-pk")}
    named = words(asked.get("release", ""))
    chosen = next((one for one in releases.values() if one.key == named), None)
    tab = asked.get("show", "")
    tab = tab if tab in dict(TABS) else "untold"
    served = Customer.objects.live().served_by(user).in_bulk()
    counted = _counted(since, served, chosen)
    page = Paginator(range(counted.ours[tab]), PAGE_SIZE).get_page(asked.get("page"))
    scope = Scope(since, served, releases, chosen, now)
    read = held_rows if tab == "held" else partial(rows_of, tab)
    rows = read(scope, first=max(0, page.start_index() - 1), most=PAGE_SIZE)
    loops_page = Paginator(list(releases.values()), RELEASES).get_page(asked.get("releases"))
    return Told(
        tab, chosen, counted, rows, page, loops(list(loops_page), counted.untold), loops_page
    )


def loops(releases: Collection[Release], untold: Mapping[int, int]) -> list[Loop]:
    """How each of these was told; one statement."""
    ids = [one.pk for one in releases]
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, [ids, ids])
        found = {pk: facts for pk, *facts in cursor.fetchall()}
    none = [None, 0, None, 0, None, 0, 0]
    made = []
    for one in releases:
        live, live_n, told_, told_n, works, works_n, fails = found.get(one.pk, none)
        made.append(
            Loop(
                one,
                Span(_seconds(live), live_n),
                Span(_seconds(told_), told_n),
                Span(_seconds(works), works_n),
                fails,
                untold.get(one.pk, 0),
            )
        )
    return made


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else max(0.0, span.total_seconds())


def _counted(since: datetime, served: Collection[int], chosen: Release | None) -> Counted:
    found = Counted({}, dict.fromkeys(dict(TABS), 0), dict.fromkeys(dict(TABS), 0))
    with connection.cursor() as cursor:
        cursor.execute(UNTOLD + _COUNTED, [since, list(served)])
        for release, _why, is_ours, many in cursor.fetchall():
            found.untold[release] = found.untold.get(release, 0) + many
            if chosen is None or release == chosen.pk:
                (found.ours if is_ours else found.others)["untold"] += many
    is_ours = Q(customer__in=list(served))
    for tab in ("unconfirmed", "not_working"):
        rows = notices_of(tab, since, chosen)
        many = rows.aggregate(ours=Count("pk", filter=is_ours), every=Count("pk"))
        found.ours[tab], found.others[tab] = many["ours"], many["every"] - many["ours"]
    one = chosen.pk if chosen else None
    ours, every = held_count(since=since, served=list(served), release_id=one)
    found.ours["held"], found.others["held"] = ours, every - ours
    return found
