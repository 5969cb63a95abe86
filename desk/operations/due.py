"""Things to do at a ticket at a time: found over all customers by one query, done by a claimer.

Whoever asks for a thing again while it is being done raises `asked`; then the row stays and is done
again. Leases and due times go by the database's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Case, F, Min, Q, Value, When
from django.db.models.functions import Now

from desk.models import Due

LEASE = timedelta(seconds=60)
"""How long a claimed row is its claimer's; one that died lets go then."""

SHORT_LEASE = timedelta(seconds=20)
"""The same for a low score, which somebody hears of within a minute whoever died."""

BACK_OFF = (
    timedelta(seconds=1),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
"""The waits after a failure; the last one repeats, for a thing that is due is never given up."""


PATIENT = (
    Due.Kind.RETARGET,
    Due.Kind.RELEASE,
    Due.Kind.AGREED,
    Due.Kind.CALLBACK,
    Due.Kind.SURVEY,
    Due.Kind.RECALL,
    Due.Kind.REPORT,
    Due.Kind.LATER,
)
"""What nobody waits for at his screen; it comes after everything else, LATER after the others."""

_PLACE = Case(
    When(kind=Due.Kind.RESCUE, then=0),
    When(kind=Due.Kind.LATER, then=3),
    When(kind__in=PATIENT, then=2),
    default=1,
)
"""A low score waits behind nothing but other low scores: its consultant hears the same minute."""


def customers_waiting(*, limit: int) -> list[int]:
    """Ids of live customers where something is due that nobody does yet, the longest wait first.

    Where nothing is due but what is PATIENT, nobody waits for it: those come last.
    """
    waiting = (
        Due.objects.filter(_is_free())
        .filter(customer__laid_at__isnull=False, customer__suspended_at__isnull=True)
        .values("customer_id", place=_PLACE)
        .annotate(since=Min("due_at"))
        .order_by("place", "since")
    )
    return list(dict.fromkeys(row["customer_id"] for row in waiting))[:limit]


def customers_in_need(*, limit: int) -> list[int]:
    """Ids of live customers with a low score that nobody sees to yet, the longest wait first."""
    waiting = (
        Due.objects.filter(_is_free(), kind=Due.Kind.RESCUE)
        .filter(customer__laid_at__isnull=False, customer__suspended_at__isnull=True)
        .order_by("due_at", "pk")
    )
    return list(dict.fromkeys(waiting.values_list("customer_id", flat=True)[:limit]))


def claim(*, customer_id: int, limit: int, kind: str = "") -> list[Due]:
    """Take up to so many due things of one customer for LEASE, in the order they became due.

    What is PATIENT comes after all that somebody waits for. `kind`: nothing but these. Refuses
    inside a transaction: others could not see the claim.
    """
    with transaction.atomic(durable=True):
        free = Due.objects.filter(_is_free(), customer_id=customer_id)
        free = free.filter(kind=kind) if kind else free
        free = free.order_by(_PLACE, "due_at", "pk")
        rows = list(free.select_for_update(skip_locked=True)[:limit])
        lease = Case(When(kind=Due.Kind.RESCUE, then=Value(SHORT_LEASE)), default=Value(LEASE))
        Due.objects.filter(pk__in=[row.pk for row in rows]).update(lease_until=Now() + lease)
    return rows


def ask(*, customer_id: int, kind: str, row_id: int) -> None:
    """Have a thing done now; asked for twice it is done once, after the later asking."""
    table = connection.ops.quote_name(Due._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO public.{table} AS d
              (customer_id, kind, row_id, due_at, tries, last_error, asked)
            VALUES (%s, %s, %s, clock_timestamp(), 0, '', 1)
            ON CONFLICT (customer_id, kind, row_id) DO UPDATE
              SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0
            """,
            [customer_id, kind, row_id],
        )


def ask_all(*, customer_ids: Sequence[int], kind: str, row_id: int) -> None:
    """Have the same thing done now at each of these customers, in one statement."""
    table = connection.ops.quote_name(Due._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO public.{table} AS d
              (customer_id, kind, row_id, due_at, tries, last_error, asked)
            SELECT unnest(%s::bigint[]), %s, %s, clock_timestamp(), 0, '', 1
            ON CONFLICT (customer_id, kind, row_id) DO UPDATE
              SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0
            """,
            [list(customer_ids), kind, row_id],
        )


def ask_each(*, customer_id: int, kind: str, row_ids: Sequence[int]) -> None:
    """Have a thing done now for each of these rows of one customer, in one statement."""
    table = connection.ops.quote_name(Due._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO public.{table} AS d
              (customer_id, kind, row_id, due_at, tries, last_error, asked)
            SELECT %s, %s, unnest(%s::bigint[]), clock_timestamp(), 0, '', 1
            ON CONFLICT (customer_id, kind, row_id) DO UPDATE
              SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0
            """,
            [customer_id, kind, list(row_ids)],
        )


def ask_at_each(*, rows: Sequence[tuple[int, int]], kind: str) -> None:
    """Have a thing done now for each of these (customer's id, row's id), in one statement."""
    table = connection.ops.quote_name(Due._meta.db_table)
    customers, ids = [one for one, _row in rows], [row for _one, row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO public.{table} AS d
              (customer_id, kind, row_id, due_at, tries, last_error, asked)
            SELECT w.customer, %s, w.line, clock_timestamp(), 0, '', 1
            FROM unnest(%s::bigint[], %s::bigint[]) AS w (customer, line)
            ON CONFLICT (customer_id, kind, row_id) DO UPDATE
              SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0
            """,
            [kind, customers, ids],
        )


def set_time(*, customer_id: int, kind: str, row_id: int, due_at: datetime | None) -> None:
    """Have a thing done at that time and at no other; None: not at all."""
    if due_at is None:
        Due.objects.filter(customer_id=customer_id, kind=kind, row_id=row_id).delete()
        return
    set_times(customer_id=customer_id, kind=kind, row_ids=[row_id], due_at=due_at)


def set_times(*, customer_id: int, kind: str, row_ids: Sequence[int], due_at: datetime) -> None:
    """Have a thing done for each of these at that time and at no other, in one statement."""
    table = connection.ops.quote_name(Due._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO public.{table} AS d
              (customer_id, kind, row_id, due_at, tries, last_error, asked)
            SELECT %s, %s, unnest(%s::bigint[]), %s, 0, '', 1
            ON CONFLICT (customer_id, kind, row_id) DO UPDATE
              SET asked = d.asked + 1, due_at = excluded.due_at, tries = 0
            """,
            [customer_id, kind, list(row_ids), due_at],
        )


def database_time() -> datetime:
    """The time by which rows become due: the database's, which all workers share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def finish(*, row: Due) -> None:
    """Forget a thing that was done; asked for again meanwhile, it stays to be done again."""
    deleted, _ = Due.objects.filter(pk=row.pk, asked=row.asked).delete()
    if not deleted:
        Due.objects.filter(pk=row.pk).update(lease_until=None)


def give_back(*, rows: Sequence[Due]) -> None:
    """Let go of things that were claimed and not begun."""
    Due.objects.filter(pk__in=[row.pk for row in rows]).update(lease_until=None)


def fail(*, row: Due, error: str) -> None:
    """Wait before trying a thing again that failed; asked for again meanwhile, try it at once."""
    waits = BACK_OFF[min(row.tries, len(BACK_OFF) - 1)]
    failed = Due.objects.filter(pk=row.pk, asked=row.asked).update(
        tries=F("tries") + 1, due_at=Now() + waits, lease_until=None, last_error=error[:200]
    )
    if not failed:
        Due.objects.filter(pk=row.pk).update(lease_until=None)


def _is_free() -> Q:
    """Due by now, and held by nobody whose lease still runs."""
    return Q(due_at__lte=Now()) & (Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
