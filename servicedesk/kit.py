"""What the component kit needs from Python: names into initials, times into words, safe attributes.

Loaded as `{% load kit %}`. Times are aware datetimes and are shown in the active zone.
"""

import re
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.template import Library
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

register = Library()

_HAN = re.compile(r"[\u3400-\u9fff]+")
_HUES = 8
_SOON_SECONDS = 30 * 60
_SOON_SHARE = 25
_HOUR, _DAY = 60, 24 * 60
_OPENING = {
    "first_response": gettext_lazy("First reply in %(time)s"),
    "next_response": gettext_lazy("Next reply in %(time)s"),
    "real_answer": gettext_lazy("Answer in %(time)s"),
}
_LATE = {
    "first_response": gettext_lazy("First reply %(time)s late"),
    "next_response": gettext_lazy("Next reply %(time)s late"),
    "real_answer": gettext_lazy("Answer %(time)s late"),
}


class Clock(NamedTuple):
    """A running clock in words: `state` is ok, soon or late; `share` is what is left, 0 to 100."""

    state: str
    text: str
    share: int
    absolute: str
    opening: str
    late: str


@register.filter
def initials(name: str) -> str:
    """Two signs for a person: the last two of a Chinese name, else first letters."""
    han = "".join(_HAN.findall(name))
    if han:
        return han[-2:]
    words = [word for word in re.split(r"[\s._@-]+", name) if word]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def hue(name: str) -> int:
    """One of eight colours, the same for a name in every process."""
    return zlib.crc32(name.encode()) % _HUES


@register.filter
def spread(attrs: Mapping[str, object]) -> SafeString:
    """Write a component's remaining attributes, escaped (cotton's own `{{ attrs }}` is not)."""
    left = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else dict(attrs)
    shown = ((key, "" if value is True else value) for key, value in left.items() if value is not False)
    return format_html_join("", ' {}="{}"', shown)


@register.filter
def stamp(at: datetime, now: datetime | None = None) -> str:
    """The time of day today, with the date before that, with the year before this one."""
    local, today = timezone.localtime(at), timezone.localtime(now or timezone.now())
    if local.date() == today.date():
        return date_format(local, "H:i")
    if local.year == today.year:
        return date_format(local, pgettext("date format", "j M, H:i"))
    return date_format(local, pgettext("date format", "j M Y, H:i"))


@register.filter
def since(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in the one largest unit: for dense rows."""
    minutes = max(0, int(((now or timezone.now()) - at).total_seconds() // 60))
    if minutes < 1:
        return _("now")
    if minutes < _HOUR:
        return _("%(minutes)s min") % {"minutes": minutes}
    if minutes < _DAY:
        return _("%(hours)s h") % {"hours": minutes // _HOUR}
    return _("%(days)s d") % {"days": minutes // _DAY}


@register.simple_tag
def sla(kind: str, due: datetime, start: datetime | None, now: datetime | None = None) -> Clock:
    """Put a due time into words. `kind` is a `next_due_kind`; without `start` the ring is full."""
    now = now or timezone.now()
    left = (due - now).total_seconds()
    whole = (due - start).total_seconds() if start else left
    share = max(0, min(100, round(left / whole * 100))) if whole > 0 else 0
    opening, late = str(_OPENING[kind]), str(_LATE[kind])
    state = _urgency(left, share)
    text = (late if state == "late" else opening) % {"time": duration(round(left / 60))}
    absolute = date_format(timezone.localtime(due), "DATETIME_FORMAT")
    return Clock(state, text, 100 if state == "late" else share, absolute, opening, late)


@register.filter
def duration(minutes: int) -> str:
    """Whole minutes, before or after, as people say them; hours beside minutes, days alone."""
    minutes = abs(minutes)
    if minutes < _HOUR:
        return _("%(minutes)s min") % {"minutes": minutes}
    if minutes < _DAY:
        parts = {"hours": minutes // _HOUR, "minutes": minutes % _HOUR}
        return _("%(hours)s h %(minutes)s min") % parts
    return _("%(days)s d") % {"days": minutes // _DAY}


def _urgency(left: float, share: int) -> str:
    if left < 0:
        return "late"
    return "soon" if left <= _SOON_SECONDS or share < _SOON_SHARE else "ok"
