"""How each mailbox stands, in words: what it does, what is amiss, and what to look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Min
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.words import moment
from desk.models import IncomingMail, Mailbox

SILENT = timedelta(minutes=10)
"""Not asked for so long, though it should be: nobody works."""


class Behind(NamedTuple):
    """Mails of a mailbox that are stored and not worked on yet, and since when the oldest waits."""

    mails: int = 0
    since: datetime | None = None


class Health(NamedTuple):
    """A mark, whether it is a warning, and what is to be said beside it."""

    mark: str
    is_amiss: bool
    says: str


def behind(mailboxes: Iterable[Mailbox]) -> dict[int, Behind]:
    """What waits of each of these, by key, where anything does; one statement."""
    new = IncomingMail.objects.filter(
        state=IncomingMail.State.NEW, mailbox__in=[one.pk for one in mailboxes]
    )
    counted = new.order_by().values("mailbox").annotate(n=Count("pk"), since=Min("received_at"))
    return {row["mailbox"]: Behind(row["n"], row["since"]) for row in counted}


def health_of(mailbox: Mailbox, *, now: datetime) -> Health:
    """How it stands now; of a problem what the last try said."""
    if not mailbox.is_active:
        return Health(_("paused"), False, _("It is not asked; its mail stays where it is."))
    if mailbox.failed_since is not None:
        since = _("Since %(when)s.") % {"when": moment(mailbox.failed_since)}
        return Health(_("fails"), True, f"{since} {mailbox.last_error}".strip())
    if mailbox.checked_at is None:
        return Health(_("not asked yet"), False, _("It is asked within a minute, by a worker."))
    if now - mailbox.checked_at > SILENT:
        since = timesince(mailbox.checked_at, now, depth=1)
        said = _("Not asked for %(since)s: see whether workers run.") % {"since": since}
        return Health(_("silent"), True, said)
    return Health(_("works"), False, "")


def behind_said(waits: Behind, *, now: datetime) -> str:
    """How much waits and for how long; a dash for nothing."""
    if waits.since is None:
        return "–"
    said = ngettext("%(n)s mail, for %(since)s", "%(n)s mails, for %(since)s", waits.mails)
    return said % {"n": waits.mails, "since": timesince(waits.since, now, depth=1)}
