"""Viewings as people read them: who looked as whom, when, for how long, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.models import Viewing


@dataclass(frozen=True)
class Shown:
    """One viewing; `lasted` in words, empty while it runs."""

    row: Viewing
    is_running: bool
    lasted: str


def shown(row: Viewing, *, now: datetime) -> Shown:
    """A viewing as of now; its contact is known."""
    if row.used_at is None:
        return Shown(row, is_running=False, lasted=_("did not come in"))
    ended = min(row.ended_at or now, row.expires_at)
    if row.ended_at is None and row.expires_at > now:
        return Shown(row, is_running=True, lasted="")
    minutes = max(1, round((ended - row.used_at).total_seconds() / 60))
    return Shown(
        row,
        is_running=False,
        lasted=ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes},
    )
