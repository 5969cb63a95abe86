"""Terms whose holidays are others by now: a new year has come, or the library has learnt one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from desk.models import Calendar, Terms
from desk.operations.calendar_use import retarget_calendars
from desk.operations.calendars import days_of
from desk.operations.policies import make_terms


@transaction.atomic
def renew_terms(*, now: datetime) -> int:
    """Write anew the current terms whose days differ today, have their tickets judged by them.

    Returns how many; none on most days, so that it may be run at any time.
    """
    current = Terms.objects.filter(
        is_current=True, policy__isnull=False, calendar__isnull=False
    ).select_related("policy", "calendar")
    stale: list[Calendar] = []
    for terms in current.order_by("policy", "pk"):
        policy, calendar = terms.policy, terms.calendar
        if policy and calendar and _is_stale(terms, calendar, now):
            make_terms(policy=policy, calendar=calendar, now=now)
            stale.append(calendar)
    if stale:
        retarget_calendars(stale, reason=f"holidays: {now.year}", by=None, now=now)
    return len(stale)


def _is_stale(terms: Terms, calendar: Calendar, now: datetime) -> bool:
    return days_of(calendar, today=now.date()) != (terms.days, terms.published_until)
