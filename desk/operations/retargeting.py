"""Judging open tickets anew in the background, because what they may expect has changed.

A retargeting is one row for people to follow and a due row for each ticket; the workers do those
after everything that somebody waits for. Tickets that are settled keep the terms they had.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, Q, QuerySet

from accounts.models import User
from customers.models import Customer
from desk.models import Due, Policy, QueueItem, Retargeting
from desk.models.queue import QueueQuerySet

EVERYTHING = Q()


@dataclass(frozen=True)
class Progress:
    """How far a retargeting is: tickets judged, all of them, and those that failed and are tried
    again."""

    done: int
    total: int
    failing: int

    @property
    def percent(self) -> int:
        """Whole percent that are done; all of none is 100."""
        return self.done * 100 // self.total if self.total else 100


def concerned(policy: Policy) -> Q:
    """Rows of the queue that a policy's conditions fit, but for the channel: no row names it.

    By the conditions alone, whether or not it is active or an earlier one takes them.
    """
    fits = Q()
    if policy.customer_id is not None:
        branches = Q(customer__parent=policy.customer_id) if policy.with_branches else Q()
        fits &= Q(customer=policy.customer_id) | branches
    if policy.plan_id is not None:
        fits &= Q(customer__plan=policy.plan_id)
    if policy.for_vip:
        fits &= Q(customer__is_vip=True)
    for name in ("kind", "priority"):
        if getattr(policy, name):
            fits &= Q(**{name: getattr(policy, name)})
    return fits


def either(*conditions: Q) -> Q:
    """Rows that one or the other fits; one without conditions fits all. (`|` would forget it.)"""
    found = conditions[0]
    for condition in conditions[1:]:
        found = found | condition if found and condition else EVERYTHING
    return found


@transaction.atomic
def retarget(
    *,
    reason: str,
    by: User | None,
    now: datetime,
    customers: Iterable[int] | None = None,
    which: Q = EVERYTHING,
) -> Retargeting:
    """Have the open tickets of these customers (None: of all) judged by the terms of today.

    To be called in the transaction of the change. `which` narrows the rows of the queue. `reason`
    is what changed and its name, such as ``policy: Gold``. Asked again before it is done, a ticket
    is judged once, after the later asking. A suspended customer's tickets wait, and count for none.
    """
    rows = QueueItem.objects.live().filter(which)
    if customers is not None:
        rows = rows.filter(customer__in=list(customers))
    total = rows.filter(customer__in=Customer.objects.live()).count()
    _put(rows)
    return Retargeting.objects.create(
        reason=reason[:200],
        asked_by=by,
        asked_at=now,
        total=total,
        finished_at=None if total else now,
    )


def _put(rows: QueueQuerySet) -> None:
    """One due row for each ticket, in one statement."""
    chosen = rows.order_by("customer_id", "ticket_id").values_list("customer_id", "ticket_id")
    sql, given = chosen.query.sql_with_params()
    table = connection.ops.quote_name(Due._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO public.{table} AS d
              (customer_id, kind, row_id, due_at, tries, last_error, asked)
            SELECT q.home, %s, q.ticket, clock_timestamp(), 0, '', 1
            FROM ({sql}) AS q (home, ticket)
            ON CONFLICT (customer_id, kind, row_id) DO UPDATE
              SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0
            """,
            [Due.Kind.RETARGET, *given],
        )


def finish(*, now: datetime) -> int:
    """Close the retargetings that have nothing left to be judged; say how many those were."""
    over = Retargeting.objects.filter(~Exists(_left()), finished_at__isnull=True)
    return over.update(finished_at=now)


def progress(*, retargeting: Retargeting) -> Progress:
    """How far it is. One that was asked for while another ran is counted together with that."""
    if retargeting.finished_at is not None:
        return Progress(retargeting.total, retargeting.total, 0)
    left = _left()
    waiting, failing = left.count(), left.filter(tries__gt=0).count()
    return Progress(max(0, retargeting.total - waiting), retargeting.total, failing)


def _left() -> QuerySet[Due]:
    return Due.objects.filter(kind=Due.Kind.RETARGET, customer__in=Customer.objects.live())
