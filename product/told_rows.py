"""People behind the page "Released, tell customer": who was not told, who has not confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.models import Customer
from product.models import Asker, NoticeItem, Release
from product.release_words import language_name, role_name

WHY: dict[str, str | Promise] = {
    "late": gettext_lazy("asked after it was published"),
    "excluded": pgettext_lazy("a person", "left out"),
    "staged": gettext_lazy("it does not reach their customer yet"),
}
"""Why somebody who asked for what is live has not been told."""

# Who asked for something live, is active, and was not told; the rules are `audience.hearers`'.
UNTOLD = """
WITH asked AS (
  SELECT i.release_id, r.customer_id, r.contact_id, min(r.linked_at) AS asked_at,
    bool_or(l.is_staged) AS is_staged
  FROM public.product_release l
  JOIN public.product_releaseitem i ON i.release_id = l.id
  JOIN public.product_reportitem r ON r.problem_id = i.problem_id
  JOIN public.customers_customer c ON c.id = r.customer_id AND c.laid_at IS NOT NULL
  WHERE l.live_at >= %s AND NOT EXISTS (SELECT FROM public.product_noticeitem n
    WHERE n.release_id = l.id AND n.customer_id = r.customer_id AND n.contact_id = r.contact_id)
  GROUP BY 1, 2, 3
), untold AS (
  SELECT a.*, p.name, p.role, p.language, CASE
    WHEN EXISTS (SELECT FROM public.product_exclusion e WHERE e.release_id = a.release_id
      AND e.customer_id = a.customer_id AND coalesce(e.contact_id, a.contact_id) = a.contact_id)
      THEN 'excluded'
    WHEN (a.is_staged
        OR EXISTS (SELECT FROM public.product_releasecustomer s WHERE s.release_id = a.release_id))
      AND NOT EXISTS (SELECT FROM public.product_releasecustomer s
        WHERE s.release_id = a.release_id AND s.customer_id = a.customer_id) THEN 'staged'
    ELSE 'late' END AS why
  FROM asked a
  JOIN public.product_asker p ON p.customer_id = a.customer_id AND p.contact_id = a.contact_id
  WHERE p.is_active
)
"""
_ROWS = """
SELECT release_id, customer_id, name, role, language, asked_at, why FROM untold
WHERE customer_id = ANY (%s) AND (%s IS NULL OR release_id = %s)
ORDER BY asked_at, customer_id, contact_id LIMIT %s OFFSET %s
"""


class Row(NamedTuple):
    """One person in a list; `at`: since when it stands so. `ref` and `href`: of a single ticket."""

    release: Release
    customer: Customer
    name: str
    role: str
    language: str
    at: datetime
    days: int
    why: str | Promise
    ref: str = ""
    href: str = ""


@dataclass(frozen=True)
class Scope:
    """Whose rows, of which releases, as of when; `chosen`: of that release alone."""

    since: datetime
    served: Mapping[int, Customer]
    releases: Mapping[int, Release]
    chosen: Release | None
    now: datetime


def rows_of(tab: str, scope: Scope, *, first: int, most: int) -> list[Row]:
    """The people of a tab from the `first` on, those who wait longest first."""
    if tab == "untold":
        return _untold(scope, first, most)
    return _notices(tab, scope, first, most)


def notices_of(tab: str, since: datetime, chosen: Release | None) -> QuerySet[NoticeItem]:
    """Notices of that tab."""
    rows = NoticeItem.objects.filter(release__live_at__gte=since)
    if chosen is not None:
        rows = rows.filter(release=chosen)
    if tab == "not_working":
        return rows.filter(answer=NoticeItem.Answer.NOT_WORKING)
    return rows.filter(answer="")


def _untold(scope: Scope, first: int, most: int) -> list[Row]:
    one = scope.chosen.pk if scope.chosen else None
    with connection.cursor() as cursor:
        cursor.execute(UNTOLD + _ROWS, [scope.since, list(scope.served), one, one, most, first])
        return [
            Row(
                scope.releases[release],
                scope.served[customer],
                name,
                role_name(role),
                language_name(language),
                at,
                max(0, (scope.now - max(at, scope.releases[release].live_at or at)).days),
                WHY[why],
            )
            for release, customer, name, role, language, at, why in cursor.fetchall()
        ]


def _notices(tab: str, scope: Scope, first: int, most: int) -> list[Row]:
    moment = "answered_at" if tab == "not_working" else "told_at"
    found = notices_of(tab, scope.since, scope.chosen).filter(customer__in=list(scope.served))
    notices = list(found.order_by(moment, "pk")[first : first + most])
    here = NoticeItem.objects.filter(
        pk__in=[one.pk for one in notices],
        customer=OuterRef("customer"),
        contact_id=OuterRef("contact_id"),
    )
    people = {(one.customer_id, one.contact_id): one for one in Asker.objects.filter(Exists(here))}
    return [_notice(one, people, scope, getattr(one, moment)) for one in notices]


def _notice(
    one: NoticeItem,
    people: Mapping[tuple[int, int], Asker],
    scope: Scope,
    at: datetime,
) -> Row:
    person = people.get((one.customer_id, one.contact_id))
    return Row(
        scope.releases[one.release_id],
        scope.served[one.customer_id],
        person.name if person else "–",
        role_name(person.role) if person else "",
        language_name(person.language) if person else "",
        at,
        max(0, (scope.now - at).days),
        gettext_lazy("ended without an answer") if one.closed_at else "",
    )
