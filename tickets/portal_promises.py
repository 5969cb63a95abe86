"""Times we gave the customer, in the words and the zone of whoever reads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tickets.models import Promise, Ticket

OPEN = "open"
Outcome = Promise.Outcome


class Told(NamedTuple):
    """A promise as its reader is told of it. `standing` is open or one of `Promise.Outcome`.

    `at` is its time on the reader's wall, `there` the same on ours, empty when they do not differ.
    """

    entry_id: int
    due_at: datetime
    at: str
    there: str
    reason: str
    standing: str
    words: str
    is_owed: bool

    @property
    def is_late(self) -> bool:
        """Whether its time passed before it was kept."""
        return self.standing == Outcome.BROKEN


def of(ticket: Ticket, *, now: datetime, ours: str) -> list[Told]:
    """Every promise of a ticket, oldest first, in one query; `ours` is our time zone, or empty."""
    given = ticket.promises.select_related("replaced_by").order_by("pk")
    return [told(one, now=now, ours=ours) for one in given]


def told(one: Promise, *, now: datetime, ours: str) -> Told:
    """A promise in words, as of `now`: once its time has passed it is broken."""
    standing = _standing(one, now)
    is_owed = standing == OPEN or (
        standing == Outcome.BROKEN and one.kept_at is None and one.replaced_by_id is None
    )
    return Told(
        entry_id=one.entry_id,
        due_at=one.due_at,
        at=wall(one.due_at, now),
        there=elsewhere(one.due_at, now=now, zone=ours),
        reason=one.reason,
        standing=standing,
        words=_became(one, standing, now),
        is_owed=is_owed,
    )


def owed(tickets: Iterable[Ticket], *, now: datetime) -> dict[int, str]:
    """By ticket what is promised and not yet done, in one query; settled tickets owe nothing."""
    live = [ticket.pk for ticket in tickets if not ticket.is_settled]
    if not live:
        return {}
    undone = Q(outcome="") | Q(outcome=Outcome.BROKEN, kept_at=None, replaced_by=None)
    found = Promise.objects.filter(undone, ticket__in=live).order_by("pk")
    return {one.ticket_id: _briefly(one, now) for one in found}


def wall(at: datetime, now: datetime) -> str:
    """Weekday, date and time as the reader's language and clock have them."""
    local = timezone.localtime(at)
    if local.year == timezone.localtime(now).year:
        return date_format(local, pgettext("date format", "l j M, H:i"))
    return date_format(local, pgettext("date format", "l j M Y, H:i"))


def elsewhere(at: datetime, *, now: datetime, zone: str) -> str:
    """The same moment on the wall of another zone, named; empty where the clocks agree."""
    if not zone:
        return ""
    there = ZoneInfo(zone)
    if at.astimezone(there).utcoffset() == timezone.localtime(at).utcoffset():
        return ""
    with timezone.override(there):
        return _("%(time)s in %(zone)s") % {"time": wall(at, now), "zone": zone}


def _standing(one: Promise, now: datetime) -> str:
    if one.outcome:
        return one.outcome
    return OPEN if now <= one.due_at else Outcome.BROKEN


def _became(one: Promise, standing: str, now: datetime) -> str:
    """What became of it, said openly."""
    if standing == Outcome.BROKEN and one.kept_at is not None:
        at = wall(one.kept_at, now)
        return _("We did not keep this time; it was done %(time)s.") % {"time": at}
    if standing == Outcome.RENEGOTIATED and one.replaced_by is not None:
        at = wall(one.replaced_by.due_at, now)
        return _("We gave a new time: %(time)s.") % {"time": at}
    return {
        OPEN: "",
        Outcome.KEPT: _("Kept"),
        Outcome.BROKEN: _("We did not keep this time."),
        Outcome.RENEGOTIATED: _("We gave a new time."),
        Outcome.VOID: _("No longer needed"),
    }[standing]


def _briefly(one: Promise, now: datetime) -> str:
    at = {"time": wall(one.due_at, now)}
    if _standing(one, now) == OPEN:
        return _("Promised: %(time)s") % at
    return _("Promised for %(time)s, not kept") % at
