"""When a plan asks: its periods, each customer's own day in them, and the days without callbacks.

A periodic plan has one due row for each customer it is for, with the next moment of asking there;
`lay_due` writes those that are missing and removes those that are not wanted any more, each in one
statement over all customers. So a tick finds what is due and costs nothing for the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.time_zones import is_known
from customers.models import Customer
from desk.models import Blackout, CallbackPlan, Due

ASKED_AT = time(10)
"""When people are asked, on the customer's clock."""

ASKED_UNTIL = time(18)
"""Nobody is asked by plan later in the day, when a worker catches up, say."""

UNASKED = (Customer.Stage.PROSPECT.value, Customer.Stage.LEFT.value)
"""Stages in which nobody is asked every so often."""

LAST_DAY = 26
"""The last day of a month that is anybody's own: a weekend after it ends before the month does."""

SATURDAY = 5
PERIODS_AHEAD = 24
"""How many periods are looked through for one that days without callbacks leave free."""


@dataclass(frozen=True)
class Diary:
    """The days on which a plan may ask at a customer, all by the customer's clock."""

    plan: CallbackPlan
    customer: Customer
    off: Sequence[Blackout] = field(default_factory=tuple)

    @property
    def zone(self) -> ZoneInfo:
        """The customer's zone, UTC for one that is none."""
        return ZoneInfo(self.customer.time_zone if is_known(self.customer.time_zone) else "UTC")

    def day_of(self, at: datetime) -> date:
        """The customer's date at that time."""
        return at.astimezone(self.zone).date()

    def blackout_on(self, day: date) -> Blackout | None:
        """Why nobody is asked on that day."""
        return next((one for one in self.off if one.first_on <= day <= one.last_on), None)

    def free_day(self, day: date) -> date:
        """That day, or the first after it that is neither of a weekend nor without callbacks."""
        while True:
            if off := self.blackout_on(day):
                day = off.last_on + timedelta(days=1)
            elif day.weekday() >= SATURDAY:
                day += timedelta(days=7 - day.weekday())
            else:
                return day

    def free_moment(self, at: datetime) -> datetime:
        """That time, or the first after it on a free day between ten and six."""
        here = at.astimezone(self.zone)
        late = here.time() >= ASKED_UNTIL
        day = self.free_day(here.date() + timedelta(days=int(late)))
        return at if day == here.date() and here.time() >= ASKED_AT else self.at_ten(day)

    def at_ten(self, day: date) -> datetime:
        """When people are asked on that day."""
        return datetime.combine(day, ASKED_AT, tzinfo=self.zone)

    def moment_in(self, start: date) -> datetime | None:
        """When the customer is asked in the period that begins there; None: it is left out."""
        day = self.free_day(
            start + timedelta(days=own_day(customer_id=self.customer.pk, plan=self.plan))
        )
        return self.at_ten(day) if day < next_period(plan=self.plan, start=start) else None

    def next_moment(self, start: date) -> datetime | None:
        """When the customer is asked first in a period that begins there or later."""
        for _ in range(PERIODS_AHEAD):
            if moment := self.moment_in(start):
                return moment
            start = next_period(plan=self.plan, start=start)
        return None


def diary(*, plan: CallbackPlan, customer: Customer, now: datetime) -> Diary:
    """The diary of a plan at a customer, with the days without callbacks from yesterday on."""
    off = Blackout.objects.filter(
        Q(plan=None) | Q(plan=plan),
        Q(customer=None) | Q(customer=customer),
        last_on__gte=now.date() - timedelta(days=1),
    )
    return Diary(plan, customer, tuple(off.order_by("first_on", "pk")))


def period_of(*, plan: CallbackPlan, day: date) -> date:
    """The first day of the period that a day lies in; periods are counted from January."""
    return date(day.year, day.month - (day.month - 1) % plan.every_months, 1)


def next_period(*, plan: CallbackPlan, start: date) -> date:
    """The first day of the period after the one that begins there."""
    months = start.month - 1 + plan.every_months
    return date(start.year + months // 12, months % 12 + 1, 1)


def own_day(*, customer_id: int, plan: CallbackPlan) -> int:
    """Which of the plan's spread days is this customer's, the same in each period: 0 the first."""
    word = hashlib.md5(f"{customer_id}:{plan.pk}".encode(), usedforsecurity=False).hexdigest()
    return int(word[:8], 16) % min(plan.spread_days, LAST_DAY)


def plans_for(*, customer: Customer, kind: str) -> list[CallbackPlan]:
    """The running plans of a kind that are for this customer, in the order of asking."""
    if kind == CallbackPlan.Kind.PERIODIC and customer.stage in UNASKED:
        return []
    plans = CallbackPlan.objects.running().filter(
        Q(customers__isnull=True) | Q(customers=customer),
        Q(plans__isnull=True) | Q(plans=customer.plan_id),
        kind=kind,
    )
    return list(plans.distinct())


def first_moments(*, customer: Customer, now: datetime) -> list[tuple[CallbackPlan, datetime]]:
    """When each periodic plan that is for this customer asks there next, the plans in order."""
    found = []
    for plan in plans_for(customer=customer, kind=CallbackPlan.Kind.PERIODIC):
        days = diary(plan=plan, customer=customer, now=now)
        start = period_of(plan=plan, day=days.day_of(now))
        moment = days.moment_in(start)
        if moment is None or moment <= now:
            moment = days.next_moment(next_period(plan=plan, start=start))
        if moment is not None:
            found.append((plan, moment))
    return found


def plans_seen_by(user: User) -> QuerySet[CallbackPlan]:
    """Plans that this person may see: those that name no customer but those whom they serve."""
    plans = CallbackPlan.objects.all()
    if user.serves_all:
        return plans
    named = CallbackPlan.customers.through.objects.filter(callbackplan=OuterRef("pk"))
    served = Customer.objects.all().served_by(user)
    return plans.filter(~Exists(named.exclude(customer__in=served)))


@transaction.atomic
def lay_due(*, now: datetime) -> int:
    """Give each customer the due row of each periodic plan that is for it; say how many are new.

    What was due of plans that are paused, switched off or not for a customer any more goes. A
    customer whose day in this period is over is asked in the next one. May be run at any time.
    """
    zones = Customer.objects.order_by().values_list("time_zone", flat=True).distinct()
    asked: dict[str, Any] = {
        "now": now,
        "kind": Due.Kind.SURVEY.value,
        "zones": [zone for zone in zones if is_known(zone)],
        "unasked": list(UNASKED),
        "at": ASKED_AT,
        "last": LAST_DAY,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNWANTED, asked)
        cursor.execute(_MISSING, asked)
        return int(cursor.rowcount)


@transaction.atomic
def lay_anew(*, plan: CallbackPlan, now: datetime) -> int:
    """The same after a plan was changed: its own moments are counted anew."""
    Due.objects.filter(kind=Due.Kind.SURVEY, row_id=plan.pk).delete()
    return lay_due(now=now)


def pause(*, plans: Iterable[CallbackPlan], now: datetime) -> list[CallbackPlan]:
    """Ask nobody by these plans until they are resumed; returns those that were not paused."""
    return _turn(plans, paused_at=now, now=now)


def resume(*, plans: Iterable[CallbackPlan], now: datetime) -> list[CallbackPlan]:
    """Ask by these plans again, from each customer's next day on; returns those it changed."""
    return _turn(plans, paused_at=None, now=now)


@transaction.atomic
def _turn(
    plans: Iterable[CallbackPlan], *, paused_at: datetime | None, now: datetime
) -> list[CallbackPlan]:
    rows = CallbackPlan.objects.select_for_update().filter(pk__in=[one.pk for one in plans])
    turned = list(rows.filter(paused_at__isnull=paused_at is not None).order_by("pk"))
    for plan in turned:
        plan.paused_at = paused_at
        plan.save(update_fields=["paused_at"])
    lay_due(now=now)
    return turned


_FITS = """
  p.kind = 'periodic' AND p.is_active AND p.paused_at IS NULL
  AND c.laid_at IS NOT NULL AND c.suspended_at IS NULL AND NOT c.stage = ANY (%(unasked)s)
  AND (NOT EXISTS (SELECT FROM public.desk_callbackplan_customers x WHERE x.callbackplan_id = p.id)
    OR EXISTS (SELECT FROM public.desk_callbackplan_customers x
      WHERE x.callbackplan_id = p.id AND x.customer_id = c.id))
  AND (NOT EXISTS (SELECT FROM public.desk_callbackplan_plans x WHERE x.callbackplan_id = p.id)
    OR EXISTS (SELECT FROM public.desk_callbackplan_plans x
      WHERE x.callbackplan_id = p.id AND x.plan_id = c.plan_id))
"""

_UNWANTED = f"""
DELETE FROM public.desk_due d WHERE d.kind = %(kind)s AND NOT EXISTS (
  SELECT FROM public.desk_callbackplan p, public.customers_customer c
  WHERE p.id = d.row_id AND c.id = d.customer_id AND {_FITS})
"""

# As `Diary` counts it, but for the days without callbacks: at those the row is put off when it
# comes up. A zone that PostgreSQL does not know would fail the statement for everybody.
_MISSING = f"""
INSERT INTO public.desk_due (customer_id, kind, row_id, due_at, tries, last_error, asked)
SELECT c.id, %(kind)s, p.id, m.at, 0, '', 1
FROM public.desk_callbackplan p CROSS JOIN public.customers_customer c
CROSS JOIN LATERAL (
  SELECT CASE WHEN c.time_zone = ANY (%(zones)s) THEN c.time_zone ELSE 'UTC' END AS zone,
    ('x' || left(md5(c.id || ':' || p.id), 8))::bit(32)::bigint
      %% least(p.spread_days, %(last)s) AS own) o
CROSS JOIN LATERAL (SELECT %(now)s::timestamptz AT TIME ZONE o.zone AS here) h
CROSS JOIN LATERAL (
  SELECT min(t.at) AS at FROM generate_series(0, 2) k
  CROSS JOIN LATERAL (SELECT (date_trunc('month', h.here) + make_interval(months =>
      k * p.every_months - (extract(month FROM h.here)::int - 1) %% p.every_months))::date
    + o.own::int AS day) s
  CROSS JOIN LATERAL (SELECT (s.day + CASE extract(isodow FROM s.day) WHEN 6 THEN 2 WHEN 7 THEN 1
    ELSE 0 END + %(at)s::time) AT TIME ZONE o.zone AS at) t
  WHERE t.at > %(now)s) m
WHERE m.at IS NOT NULL AND {_FITS}
ON CONFLICT (customer_id, kind, row_id) DO NOTHING
"""
