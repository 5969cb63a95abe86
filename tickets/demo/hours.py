"""When demo people work: a demo built at night or on a Sunday still tells of working days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(8, 30), time(18, 0)
FRESH = timedelta(hours=4)  # midnight less FRESH is after CLOSES: order is kept at any hour


def settled(moment: datetime, *, now: datetime, zone: str) -> datetime:
    """Move an aware time of an earlier day in `zone` into 08:30–18:00 of a weekday.

    Order is kept: a later moment stays later. Saturday and Sunday are told as part of Friday; today
    and the last FRESH hours stay as they are: what happened minutes ago happened minutes ago.
    """
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    if local.date() >= today or now - moment < FRESH:
        return moment
    first = local.date() - timedelta(days=max(0, local.weekday() - 4))
    span = timedelta(days=min(3, (today - first).days) if first.weekday() == 4 else 1)
    gone = local.replace(tzinfo=None) - datetime.combine(first, time(0))
    opens = datetime.combine(first, OPENS)
    closes = datetime.combine(first, CLOSES)
    place = opens + (closes - opens) * (gone / span)
    return place.replace(tzinfo=ZoneInfo(zone)).astimezone(moment.tzinfo)
