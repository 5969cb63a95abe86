"""What we say to the customer about a promise that was not kept: a draft, for a person to send."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tickets.business_time import SECOND, Calendar, reached
from tickets.models import Promise

FOUR_HOURS = 4 * 3600
HALF_AN_HOUR = timedelta(minutes=30)


def apology(promise: Promise, language: str, *, again_by: datetime | None = None) -> str:
    """An apology in that language, as plain text: what was promised for when, and the new time.

    Times are said in the requester's zone. `again_by` is the new time; without one the draft leaves
    it to the promise that goes with the reply.
    """
    contact = promise.contact or promise.ticket.requester
    with translation.override(language), timezone.override(ZoneInfo(contact.time_zone)):
        told = {"time": _at(promise.due_at), "reason": promise.reason, "name": contact.name}
        paragraphs = [
            _("Hello %(name)s,"),
            _(
                "we promised you an answer by %(time)s (%(reason)s) and did not keep it."
                " That is our fault, and we are sorry that you had to wait."
            ),
        ]
        if again_by is None:
            paragraphs.append(_("We have given it a new time, which you find below."))
        else:
            told["again"] = _at(again_by)
            paragraphs.append(_("We are still at it, and you will hear from us by %(again)s."))
        return "\n\n".join(paragraph % told for paragraph in paragraphs)


def proposed_time(calendar: Calendar, now: datetime) -> datetime:
    """A new time to propose: four business hours from now, at the next full or half hour."""
    at = reached(now, FOUR_HOURS * SECOND, calendar)
    rest = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at if not rest else at - rest + HALF_AN_HOUR


def _at(moment: datetime) -> str:
    zone = timezone.get_current_timezone_name()
    return f"{date_format(timezone.localtime(moment), 'DATETIME_FORMAT')} ({zone})"
