"""When demo people work: their days are working days, their hours office hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
ANCHOR = time(16, 30)
LONGEST_DAY = timedelta(hours=8)  # before ANCHOR: half past eight
LATELY = timedelta(hours=7)  # a midnight less LATELY is after ANCHOR, so order is kept


def told_at(*, ago: timedelta, now: datetime, zone: str) -> datetime:
    """Give the moment, in UTC, of something that a story tells so long ago.

    Less than a day is meant exactly. A day is a working day in `zone`, and the rest counts back
    from half past four of it: ``3d 5h`` is half past eleven, three working days ago, whenever the
    demo is built. What is told later is later.
    """
    if ago < DAY:
        return (now - ago).astimezone(UTC)
    day = now.astimezone(ZoneInfo(zone)).date()
    for _ in range(ago.days):
        day = _working_day_before(day)
    moment = datetime.combine(day, ANCHOR, tzinfo=ZoneInfo(zone)) - timedelta(seconds=ago.seconds)
    return moment.astimezone(UTC)


def due_at(*, due: timedelta, now: datetime, zone: str) -> datetime:
    """The moment, in UTC, of a time that a story promises: as `told_at`, ahead where positive."""
    if due < timedelta(0):
        return told_at(ago=-due, now=now, zone=zone)
    if due < DAY:
        return (now + due).astimezone(UTC)
    day = now.astimezone(ZoneInfo(zone)).date()
    for _ in range(due.days):
        day = _working_day_after(day)
    moment = datetime.combine(day, ANCHOR, tzinfo=ZoneInfo(zone)) - timedelta(seconds=due.seconds)
    return moment.astimezone(UTC)


def _working_day_after(day: date) -> date:
    day += DAY
    while day.weekday() > 4:
        day += DAY
    return day


def _working_day_before(day: date) -> date:
    day -= DAY
    while day.weekday() > 4:
        day -= DAY
    return day
