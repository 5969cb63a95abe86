"""When somebody is best called: late morning and afternoon of a working day, where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from desk.models import CustomerHours, Terms
from product.quiet import zone_of

WINDOWS = ((time(10), time(11, 30)), (time(14), time(17)))
"""On the wall of whoever is called: neither first thing, nor at lunch, nor at the end of a day."""

_AHEAD = 15
"""Days that are looked through for a working one; no holidays last longer."""


@dataclass(frozen=True)
class Week:
    """Which days are worked on: seven from Monday, and ISO dates that are otherwise."""

    weekly: Sequence[Any]
    days: Mapping[str, Any]

    def works(self, on: date) -> bool:
        """Whether anybody is there on that day."""
        return bool(self.days.get(on.isoformat(), self.weekly[on.weekday()]))


WEEKDAYS = Week([True] * 5 + [False] * 2, {})
"""For customers without hours of their own."""


@dataclass(frozen=True)
class Best:
    """What time it is `there`, whether that is a good one, and until or from when it is.

    Times stand on the wall of whoever is called.
    """

    there: datetime
    is_good: bool
    at: datetime

    @property
    def is_today(self) -> bool:
        """Whether the good hour begins, or ends, on the day that it is there."""
        return self.at.date() == self.there.date()


def best(*, zone: str, week: Week, now: datetime) -> Best:
    """The good hour that it is, with its end, or the next one, with its beginning."""
    there = now.astimezone(zone_of(zone))
    for ahead in range(_AHEAD):
        on = there.date() + timedelta(days=ahead)
        if not week.works(on):
            continue
        for start, end in WINDOWS:
            begins = datetime.combine(on, start, there.tzinfo)
            ends = datetime.combine(on, end, there.tzinfo)
            if begins <= there < ends:
                return Best(there, is_good=True, at=ends)
            if there < begins:
                return Best(there, is_good=False, at=begins)
    return Best(there, is_good=False, at=there)


def weeks_of(customers: Sequence[int]) -> dict[int, Week]:
    """The weeks of those customers that have hours of their own, holidays too; two statements."""
    hours = CustomerHours.objects.filter(customer__in=customers).select_related("calendar")
    calendars = {one.customer_id: one.calendar for one in hours}
    used = {one.pk for one in calendars.values()}
    terms = Terms.objects.filter(calendar__in=used, is_current=True) if used else ()
    days = {one.calendar_id: one.days for one in terms}
    return {
        customer: Week(calendar.weekly, days.get(calendar.pk, calendar.days))
        for customer, calendar in calendars.items()
    }
