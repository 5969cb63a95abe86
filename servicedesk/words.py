"""Names into initials, times into words: in the active language and zone, from aware times."""

import re
import zlib
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, pgettext

_HAN = re.compile(r"[\u3400-\u9fff]+")
_HUES = 8
_SOON_SECONDS = 30 * 60
_SOON_SHARE = 25
_HOUR, _DAY = 60, 24 * 60
_OPENING = {
    "first_response": gettext_lazy("First reply in %(time)s"),
    "next_response": gettext_lazy("Next reply in %(time)s"),
    "real_answer": gettext_lazy("Answer in %(time)s"),
    "promise": gettext_lazy("Promised in %(time)s"),
    "resolution": gettext_lazy("Resolve in %(time)s"),
    "total_resolution": gettext_lazy("Resolve for good in %(time)s"),
    "rescue": gettext_lazy("Follow up in %(time)s"),
}
_LATE = {
    "first_response": gettext_lazy("First reply %(time)s late"),
    "next_response": gettext_lazy("Next reply %(time)s late"),
    "real_answer": gettext_lazy("Answer %(time)s late"),
    "promise": gettext_lazy("Promise %(time)s late"),
    "resolution": gettext_lazy("Resolution %(time)s late"),
    "total_resolution": gettext_lazy("Resolution in all %(time)s late"),
    "rescue": gettext_lazy("Follow-up %(time)s late"),
}
_NEVER = gettext_lazy("Never answered: %(time)s late")
_TIMES = {
    "now": gettext_lazy("now"),
    "under a minute": gettext_lazy("under 1 min"),
    "minutes": gettext_lazy("%(minutes)s min"),
    "hours": gettext_lazy("%(hours)s h"),
    "hours and minutes": gettext_lazy("%(hours)s h %(minutes)s min"),
    "days": gettext_lazy("%(days)s d"),
    "days and hours": gettext_lazy("%(days)s d %(hours)s h"),
}


class Clock(NamedTuple):
    """A running clock in words. `state` is ok, soon or late; `ring` an SVG dash of what is left."""

    state: str
    text: str
    ring: str
    absolute: str
    opening: str
    late: str
    due_iso: str
    start_iso: str
    soon_iso: str


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """Two signs for a person: the last two of a Chinese name, else first letters."""
    han = "".join(_HAN.findall(name))
    if han:
        return han[-2:]
    parts = [part for part in re.split(r"[\s._@-]+", name) if part]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def hue(name: str) -> int:
    """One of eight colours, the same for a name in every process."""
    return zlib.crc32(name.encode()) % _HUES


def absolute(at: datetime) -> str:
    """The whole time, to the minute, as the language writes it."""
    return _absolute(
        at.replace(second=0, microsecond=0), timezone.get_current_timezone(), get_language()
    )


@lru_cache(maxsize=4096)
def _absolute(at: datetime, zone: tzinfo, language: str | None) -> str:
    del language  # a key only: the active language writes
    return date_format(at.astimezone(zone), "DATETIME_FORMAT")


def iso(at: datetime) -> str:
    """The time for programs, in the reader's zone, as the filter `date:"c"` writes it."""
    return timezone.localtime(at).isoformat()


def stamp(at: datetime, now: datetime | None = None) -> str:
    """The time of day today, with the date before that, with the year before this one."""
    zone = timezone.get_current_timezone()
    today = (now or timezone.now()).astimezone(zone).date()
    return _stamp(at.replace(second=0, microsecond=0), today, zone, get_language())


@lru_cache(maxsize=4096)
def _stamp(at: datetime, today: date, zone: tzinfo, language: str | None) -> str:
    del language  # a key only: the active language writes
    local = at.astimezone(zone)
    if local.date() == today:
        return date_format(local, "H:i")
    if local.year == today.year:
        return date_format(local, pgettext("date format", "j M, H:i"))
    return date_format(local, pgettext("date format", "j M Y, H:i"))


def since(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in the one largest unit: for dense rows."""
    minutes = max(0, int(((now or timezone.now()) - at).total_seconds() // 60))
    if minutes < 1:
        return _time("now", get_language())
    if minutes < _HOUR:
        return _time("minutes", get_language()) % {"minutes": minutes}
    if minutes < _DAY:
        return _time("hours", get_language()) % {"hours": minutes // _HOUR}
    return _time("days", get_language()) % {"days": minutes // _DAY}


@lru_cache(maxsize=64)
def _time(kind: str, language: str | None) -> str:
    """How times are said in that language, which is the active one: looked up once, not per row."""
    del language  # a key only
    return str(_TIMES[kind])


@lru_cache(maxsize=64)
def _clock(kind: str, language: str | None) -> tuple[str, str]:
    """The same for what a clock says: while there is time, and when it is late."""
    del language  # a key only
    return str(_OPENING[kind]), str(_LATE[kind])


def duration(minutes: int) -> str:
    """Whole minutes, before or after, as people say them: no more than two units, none of them 0.

    `static/js/clock.js` says the same.
    """
    minutes = abs(minutes)
    parts = {"minutes": minutes}
    if minutes < 1:
        kind = "under a minute"
    elif minutes < _HOUR:
        kind = "minutes"
    elif minutes < _DAY:
        parts = {"hours": minutes // _HOUR, "minutes": minutes % _HOUR}
        kind = "hours and minutes" if parts["minutes"] else "hours"
    else:
        parts = {"days": minutes // _DAY, "hours": minutes % _DAY // _HOUR}
        kind = "days and hours" if parts["hours"] else "days"
    return _time(kind, get_language()) % parts


def span(seconds: float) -> str:
    """So many seconds, before or after, as people say them: begun minutes count for nothing."""
    return duration(int(abs(seconds) // 60))


def sla(
    kind: str,
    due: datetime,
    start: datetime | None,
    now: datetime | None = None,
    *,
    soon: datetime | None = None,
    is_over: bool = False,
) -> Clock:
    """Put a due time into words. `kind` is a `next_due_kind`; without `start` the ring is full.

    It is due soon from `soon` on; where that is unknown, in the last half hour or quarter. With
    `is_over` the ticket ended without what is counted: it never comes.
    """
    now = now or timezone.now()
    left = (due - now).total_seconds()
    whole = (due - start).total_seconds() if start else left
    share = max(0, min(100, round(left / whole * 100))) if whole > 0 else 0
    opening, late = _clock(kind, get_language())
    late = str(_NEVER) if is_over else late
    state = _urgency(left, share) if soon is None else _by_terms(left, soon <= now)
    return Clock(
        state=state,
        text=(late if state == "late" else opening) % {"time": span(left)},
        ring=f"{100 if state == 'late' else share} 100",
        absolute=absolute(due),
        opening=opening,
        late=late,
        due_iso=due.isoformat(),
        start_iso=start.isoformat() if start else "",
        soon_iso=soon.isoformat() if soon else "",
    )


def _by_terms(left: float, is_soon: bool) -> str:
    if left < 0:
        return "late"
    return "soon" if is_soon else "ok"


def _urgency(left: float, share: int) -> str:
    return _by_terms(left, left <= _SOON_SECONDS or share < _SOON_SHARE)
