"""On how many days of a period we worked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from desk.dashboards.asking import Asked
from desk.models import Calendar, Policy
from desk.operations.calendars import days_of

_MONDAY_TO_FRIDAY = [[["09:00", "18:00"]]] * 5 + [[], []]


def default_calendar() -> Calendar | None:
    """That of the policy which fits every ticket; None where there is none."""
    rows = Policy.objects.active().filter(
        customer__isnull=True, plan__isnull=True, for_vip=False, kind="", priority="", channel=""
    )
    found = rows.select_related("calendar").first()
    return found.calendar if found else None


def working_days(asked: Asked, *, today: date) -> int:
    """Days until today on which the default calendar opens: holidays and closures left out."""
    calendar, until = default_calendar(), min(asked.until, today + timedelta(days=1))
    weekly: list[Any] = calendar.weekly if calendar else _MONDAY_TO_FRIDAY
    special = days_of(calendar, today=today)[0] if calendar else {}
    days = ((asked.since + timedelta(days=at)) for at in range((until - asked.since).days))
    return sum(bool(special.get(day.isoformat(), weekly[day.weekday()])) for day in days)
