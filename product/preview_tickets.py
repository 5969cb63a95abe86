"""Tickets of who hears of a release: how many, how many move to resolved, and each person's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from desk.models import QueueItem
from desk.words import State
from product.models import Asker, Problem, Release, ReportItem
from product.operations.audience import could_hear
from product.preview_rows import Ticket

_COUNTED = """
WITH item AS MATERIALIZED (
  SELECT problem_id FROM public.product_releaseitem WHERE release_id = %s
), hearer AS MATERIALIZED ({hearers}), ticket AS MATERIALIZED (
  SELECT DISTINCT r.customer_id, r.ticket_id FROM item
  JOIN public.product_reportitem r ON r.problem_id = item.problem_id
  JOIN hearer h ON h.customer_id = r.customer_id AND h.contact_id = r.contact_id
), other AS MATERIALIZED (
  SELECT DISTINCT r.customer_id, r.ticket_id FROM public.product_problem p
  JOIN public.product_reportitem r ON r.problem_id = p.id
  WHERE p.state IN ('open', 'back') AND p.id NOT IN (SELECT problem_id FROM item)
)
SELECT count(*), count(*) FILTER (WHERE q.state = 'on_hold' AND o.ticket_id IS NULL)
FROM ticket t
LEFT JOIN public.desk_queueitem q ON q.customer_id = t.customer_id AND q.ticket_id = t.ticket_id
LEFT JOIN other o ON o.customer_id = t.customer_id AND o.ticket_id = t.ticket_id
"""


def tickets_of(release: Release) -> tuple[int, int]:
    """Tickets of who hears, and how many of them are on hold for this release alone.

    One statement, each set made once: by the planner's own guesses it went row by row.
    """
    people = could_hear(release).order_by().values("customer_id", "contact_id")
    sql, asked = people.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(hearers=sql), [release.pk, *asked])
        tickets, resolved = cursor.fetchone()
    return tickets, resolved


def waiting_else(release: Release, ticket: str) -> QuerySet[ReportItem]:
    """Reports of the same ticket that a problem outside of the release is still open for."""
    unsolved = [Problem.State.OPEN, Problem.State.BACK]
    return ReportItem.objects.filter(
        customer=OuterRef("customer"), ticket_id=OuterRef(ticket), problem__state__in=unsolved
    ).exclude(problem__in=release.items.values("problem"))


def tickets_at(
    release: Release, people: Mapping[int, list[Asker]]
) -> dict[tuple[int, int], list[Ticket]]:
    """The tickets these people asked with, by customer and contact; one statement."""
    contacts = {one.contact_id for firm in people.values() for one in firm}
    queue = QueueItem.objects.filter(customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id"))
    rows = (
        ReportItem.objects.filter(
            problem__release_items__release=release,
            customer__in=list(people),
            contact_id__in=contacts,
        )
        .annotate(
            is_held=Exists(queue.filter(state=State.ON_HOLD)),
            waits=Exists(waiting_else(release, "ticket_id")),
        )
        .order_by("number")
        .values_list("customer_id", "contact_id", "number", "is_held", "waits")
        .distinct()
    )
    found: dict[tuple[int, int], list[Ticket]] = defaultdict(list)
    for customer_id, contact_id, number, is_held, waits in rows:
        found[customer_id, contact_id].append(Ticket(number, is_held and not waits))
    return found
