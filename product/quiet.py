"""Quiet hours: a mail that would come in them waits until they end."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones


class Quiet(Protocol):
    """Somebody who is written to: a contact, or an asker as the desk knows one."""

    time_zone: str
    quiet_from: time | None
    quiet_until: time | None


def quiet_until(person: Quiet, now: datetime) -> datetime | None:
    """When the person's quiet hours, that hold now, end; None outside of them."""
    begin, end = person.quiet_from, person.quiet_until
    if begin is None or end is None or begin == end:
        return None
    here = now.astimezone(zone_of(person.time_zone))
    clock = here.time()
    is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not is_quiet:
        return None
    ends = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > here else ends + timedelta(days=1)


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, else UTC."""
    return ZoneInfo(name if name in _known() else "UTC")


@cache
def _known() -> frozenset[str]:
    """Every name of a zone: finding them walks a directory, 10 ms each time."""
    return frozenset(available_timezones())
