"""What a customer may expect of us, in words: when we are there, and when again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import pgettext

from desk import time_text
from desk.operations.policies import ranges
from tickets.portal_promises import wall

_AHEAD = 60
"""Days the hours are known for, as in the view they come from."""

Span = tuple[datetime, datetime]


class Expected(NamedTuple):
    """Whether we are there now and until when, or when again; our week; what is aimed at, if told.

    Times are on the reader's wall; the week is on the wall of `zone`. Empty where nothing is known.
    """

    is_open: bool
    until: str
    again: str
    week: str
    zone: str
    within: str


def expected(hours: dict[str, Any] | None, *, now: datetime) -> Expected | None:
    """What may be told of hours as `PortalCustomer` has them; None when there are none."""
    if hours is None:
        return None
    zone = ZoneInfo(hours["zone"])
    spans = list(_spans(hours, now.astimezone(zone).date(), zone))
    current = next((span for span in spans if span[0] <= now < span[1]), None)
    following = next((start for start, _end in spans if start > now), None)
    targets = hours["targets"] or {}
    return Expected(
        is_open=current is not None,
        until=wall(current[1], now) if current else "",
        again=wall(following, now) if following else "",
        week=week(hours["weekly"]),
        zone=hours["zone"],
        within=time_text.write(targets["first_response"]) if targets.get("first_response") else "",
    )


def week(weekly: Sequence[Any]) -> str:
    """Days with the same hours together: ``Mon–Fri 09:00–18:00``; closed days are left out."""
    parts = []
    for hours, days in groupby(range(7), key=lambda day: weekly[day]):
        if hours:
            named = [str(WEEKDAYS_ABBR[day]) for day in days]
            span = "–".join(dict.fromkeys((named[0], named[-1])))
            parts.append(f"{span} {', '.join('–'.join(one) for one in hours)}")
    return pgettext("between the hours of different days", "; ").join(parts)


def _spans(hours: dict[str, Any], first: date, zone: ZoneInfo) -> Iterator[Span]:
    """When we are there, from the day before on; what goes on over midnight is one span."""
    held: Span | None = None
    for ahead in range(-1, _AHEAD):
        day = first + timedelta(days=ahead)
        for start, end in ranges(
            hours["days"].get(day.isoformat(), hours["weekly"][day.weekday()])
        ):
            span = datetime.combine(day, start, zone), _end(day, end, zone)
            if held is not None and held[1] == span[0]:
                held = held[0], span[1]
                continue
            if held is not None:
                yield held
            held = span
    if held is not None:
        yield held


def _end(day: date, end: time, zone: ZoneInfo) -> datetime:
    """A range that ends at midnight ends the day after."""
    if end in (time.max, time.min):
        return datetime.combine(day + timedelta(days=1), time.min, zone)
    return datetime.combine(day, end, zone)
