"""The rhythm of visits and calls: due work of the consultant, planned two weeks ahead.

Which customer wants one is told by one statement over public rows, whatever their number; it is
planned inside the customer's schema by a due row, once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from accounts.models import User
from accounts.operations.auditing import By, record
from customers.models import Customer
from desk.models import Due
from desk.operations import due
from followups.models import Visit
from followups.operations.choosing import can_take, chain, choose, is_here

AHEAD = 14
"""Days before it is due that a visit is planned."""

_WANTED = """
WITH fitting AS (
  SELECT DISTINCT ON (c.id, r.kind) c.id AS customer_id, c.laid_at, r.id AS rhythm_id, r.kind,
    r.every_days
  FROM public.customers_customer c
  JOIN public.customers_rhythm r ON r.is_active AND (c.is_vip OR NOT r.for_vip)
    AND (r.plan_id IS NULL OR r.plan_id = c.plan_id)
  WHERE c.laid_at IS NOT NULL AND c.suspended_at IS NULL AND c.stage IN ('live', 'renewing')
    AND (%(customer)s IS NULL OR c.id = %(customer)s)
  ORDER BY c.id, r.kind, r.every_days, r.id
), turns AS (
  SELECT v.customer_id, v.kind,
    max(coalesce((v.held_at AT TIME ZONE 'UTC')::date, v.due_on)) FILTER (
      WHERE v.held_at IS NOT NULL OR v.called_off_at IS NOT NULL) AS last_on,
    count(*) FILTER (WHERE v.held_at IS NULL AND v.called_off_at IS NULL) AS open
  FROM public.desk_visititem v
  WHERE (%(customer)s IS NULL OR v.customer_id = %(customer)s)
  GROUP BY v.customer_id, v.kind
), begun AS (
  SELECT s.customer_id, min(s.began_at) AS began_at FROM public.customers_stay s
  WHERE s.stage = 'live' GROUP BY s.customer_id
)
SELECT customer_id, rhythm_id, kind, due_on FROM (
  SELECT f.customer_id, f.rhythm_id, f.kind, f.every_days + coalesce(t.last_on,
    (coalesce(b.began_at, f.laid_at) AT TIME ZONE 'UTC')::date) AS due_on
  FROM fitting f
  LEFT JOIN turns t ON t.customer_id = f.customer_id AND t.kind = f.kind
  LEFT JOIN begun b ON b.customer_id = f.customer_id
  WHERE coalesce(t.open, 0) = 0
) w
WHERE due_on <= %(until)s
ORDER BY customer_id, rhythm_id
"""


class Wanted(NamedTuple):
    """A visit that a customer wants by a rhythm, and when its turn is; that day may have passed."""

    customer_id: int
    rhythm_id: int
    kind: str
    due_on: date


class NobodyVisits(Exception):
    """Nobody here may visit this customer: it is tried again until somebody does."""


def wanted(*, now: datetime, customer_id: int | None = None) -> list[Wanted]:
    """Visits that are wanted within AHEAD days, and planned nowhere; one statement, days in UTC.

    A live customer that a rhythm in use fits gets each kind by the most frequent one, counted from
    the last one held, or called off (its turn was left out), else from going live. An open visit of
    the kind is the next one, whoever planned it.
    """
    until = now.date() + timedelta(days=AHEAD)
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, {"customer": customer_id, "until": until})
        return [Wanted(*row) for row in cursor.fetchall()]


def lay_visits(*, now: datetime) -> int:
    """Have wanted visits planned; returns how many. Safe to repeat."""
    rows = wanted(now=now)
    if rows:
        pairs = [(row.customer_id, row.rhythm_id) for row in rows]
        due.ask_at_each(rows=pairs, kind=Due.Kind.VISITS)
    return len(rows)


@transaction.atomic
def plan_by_rhythm(*, customer: Customer, rhythm_id: int, now: datetime) -> Visit | None:
    """Plan the open customer's next visit by a rhythm if it still is wanted. Safe to repeat.

    It is the consultant's, or while they are away that of their deputy who is here; on a weekday,
    today at the earliest. Raises NobodyVisits.
    """
    Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
    found = [row for row in wanted(now=now, customer_id=customer.pk) if row.rhythm_id == rhythm_id]
    if not found:
        return None
    whose = _whose(customer, now)
    visit = Visit.objects.create(
        kind=found[0].kind,
        rhythm_id=rhythm_id,
        consultant=whose,
        due_on=_weekday(max(found[0].due_on, now.date())),
        created_at=now,
        updated_at=now,
    )
    changes = {"due_on": ["", visit.due_on.isoformat()], "consultant": ["", whose.name]}
    record(
        action="planned_by_rhythm",
        of=visit,
        changes=changes,
        by=By(),
        now=now,
        customer_code=customer.code,
    )
    return visit


def _whose(customer: Customer, now: datetime) -> User:
    """The consultant or a deputy who is here; the consultant when no deputy is; else who is."""
    consultant = customer.consultant
    for person in chain(first=consultant):
        if is_here(person=person, customer=customer, now=now):
            return person
    if consultant is not None and can_take(person=consultant, customer=customer):
        return consultant
    person = choose(customer=customer, holder=None, now=now)
    if person is None:
        raise NobodyVisits(customer.code)
    return person


def _weekday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
