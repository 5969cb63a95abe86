"""Business time as people write it (``2 h 30 min``), and in seconds as `Policy` keeps it."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

_HOUR, _MINUTE = 3600, 60
_COLON = re.compile(r"(\d{1,4})[:：](\d{2})")
_HOURS = r"(\d+(?:[.,]\d+)?)\s*(?:h|hr|hrs|hour|hours|小时|时|个小时)"
_MINUTES = r"(\d+)\s*(?:m|min|mins|minute|minutes|分钟|分)"
_WORDS = re.compile(rf"(?:{_HOURS})?\s*(?:{_MINUTES})?", re.IGNORECASE)
MOST = 2000 * _HOUR


class NoDuration(ValueError):
    """It is no business time; the text says how to write one."""


def read(text: str) -> int:
    """Seconds, above 0. Raises NoDuration."""
    text = text.strip()
    if colon := _COLON.fullmatch(text):
        seconds = int(colon[1]) * _HOUR + int(colon[2]) * _MINUTE
    elif text and (words := _WORDS.fullmatch(text)):
        hours = float((words[1] or "0").replace(",", "."))
        seconds = round(hours * _HOUR) + int(words[2] or 0) * _MINUTE
    else:
        raise NoDuration(_("Write business time such as 30 min, 2 h or 1 h 30 min."))
    if not 0 < seconds <= MOST:
        raise NoDuration(_("Between one minute and 2,000 hours."))
    return seconds


def write(seconds: int) -> str:
    """``2 h 30 min`` in the reader's language; seconds that are no whole minutes are kept so."""
    hours, rest = divmod(seconds, _HOUR)
    minutes, odd = divmod(rest, _MINUTE)
    parts = [_("%(hours)s h") % {"hours": hours}] if hours else []
    parts += [_("%(minutes)s min") % {"minutes": minutes}] if minutes else []
    parts += [_("%(seconds)s s") % {"seconds": odd}] if odd else []
    return " ".join(parts)
