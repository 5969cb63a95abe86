"""Which tickets are counted by which calendars, and judging them anew when hours change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from desk.models import Calendar, CustomerHours, Department, Policy, Retargeting
from desk.operations.retargeting import concerned, either, retarget


def tickets_counted_by(calendars: Iterable[Calendar]) -> Q:
    """Rows of the queue whose clocks may go by one of these calendars.

    Those of customers whom one serves by its own hours; of the others those that fit an active
    policy with one, whether or not an earlier policy takes them.
    """
    ids = [calendar.pk for calendar in calendars]
    by_own = Q(customer__hours__calendar__in=ids)
    fitting = [concerned(policy) for policy in Policy.objects.active().filter(calendar__in=ids)]
    if not fitting:
        return by_own
    return by_own | (Q(customer__hours=None) & either(*fitting))


def retarget_calendars(
    calendars: Iterable[Calendar], *, reason: str, by: User | None, now: datetime
) -> Retargeting | None:
    """Have tickets judged anew that go by calendars which changed; None when none goes by them."""
    counting = _counting()
    used = [calendar for calendar in calendars if calendar.pk in counting]
    if not used:
        return None
    return retarget(reason=reason, by=by, now=now, which=tickets_counted_by(used))


def in_use() -> QuerySet[Calendar]:
    """Calendars by which something is counted: a policy's, a customer's own, a department's."""
    by_departments = Department.objects.values_list("calendar", flat=True)
    return Calendar.objects.filter(pk__in=_counting() | set(by_departments)).order_by("name", "pk")


def _counting() -> set[int]:
    by_policies = Policy.objects.active().values_list("calendar", flat=True)
    return {*by_policies, *CustomerHours.objects.values_list("calendar", flat=True)}
