"""Times an agent may promise by one click, in the agent's zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk.models import Terms
from desk.operations.policies import special_days, week

DAY, FRIDAY = timedelta(days=1), 4
AT_LEAST = timedelta(minutes=30)
"""Nobody promises what is due sooner by a click."""

_LOOK = 31
"""Days for which the next opening is looked for."""


class Choice(NamedTuple):
    """A time with its name; `local` is what an input of the browser takes."""

    label: Any
    at: datetime
    local: str


def choices(*, now: datetime, terms: Terms | None) -> list[Choice]:
    """Today 17:00, tomorrow 10:00, Friday 17:00 and when the customer's hours begin next."""
    local = timezone.localtime(now)
    friday = local + DAY * ((FRIDAY - local.weekday()) % 7)
    named = [
        (_("Today %(time)s"), _at(local, 17)),
        (_("Tomorrow %(time)s"), _at(local + DAY, 10)),
        (_("Friday %(time)s"), _at(friday, 17)),
    ]
    if terms is not None and (opens := next_opening(terms, now)):
        named.append((_("Next opening %(time)s"), timezone.localtime(opens)))
    return list(_apart(named, now, local))


def _apart(named: list[tuple[str, datetime]], now: datetime, local: datetime) -> Iterator[Choice]:
    """Those that are far enough ahead, each time once; another day's opening says its day."""
    seen: set[datetime] = set()
    for label, at in named:
        if at < now + AT_LEAST or at in seen:
            continue
        seen.add(at)
        is_opening = label == named[3][0] if len(named) > 3 else False
        style = "D H:i" if is_opening and at.date() != local.date() else "H:i"
        yield Choice(label % {"time": date_format(at, style)}, at, f"{at:%Y-%m-%dT%H:%M}")


def next_opening(terms: Terms, now: datetime) -> datetime | None:
    """When the hours of these terms begin the next time; None when they do not for a month."""
    zone, days, usual = ZoneInfo(terms.zone), special_days(terms), week(terms)
    today = now.astimezone(zone).date()
    for ahead in range(_LOOK):
        on = today + DAY * ahead
        for opens, _closes in days.get(on, usual[on.weekday()]):
            moment = datetime.combine(on, opens, zone)
            if moment > now:
                return moment
    return None


def _at(day: datetime, hour: int) -> datetime:
    """That hour of the day, on the wall clock of its zone."""
    return datetime.combine(day.date(), time(hour), day.tzinfo)
