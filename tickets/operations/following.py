"""Who gets the mails of a ticket without having written there: by being in copy, or by us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models.functions import Lower

from desk.models import MailAddress, Mailbox
from tickets.inbound.reading import Letter
from tickets.models import Contact, Follower, Ticket
from tickets.operations.writing import event

MOST = 20
"""Addresses in copy of one mail that are looked at."""


def follow(
    *, ticket: Ticket, letter: Letter, speaker: Contact, now: datetime
) -> list[dict[str, str]]:
    """Let the customer's people whom a verified mail was to as well follow its ticket.

    Who once stopped following does not begin again. Gives the addresses that nobody here has and
    that are none of ours: an agent is offered them.
    """
    ours = f"@{settings.MAIL_DOMAIN}".lower()
    others = [one.email for one in (*letter.to, *letter.cc) if not one.email.endswith(ours)]
    asked = [one for one in dict.fromkeys(others) if one != speaker.email.lower()][:MOST]
    if not asked:
        return []
    named = Contact.objects.annotate(address=Lower("email")).filter(address__in=asked)
    known = {str(one.email).lower(): one for one in named}
    _add(ticket, [one for one in known.values() if one.is_active], now)
    unknown = [one for one in asked if one not in known]
    ours_too = _ours(unknown)
    return [{"code": "cc_unknown", "value": one} for one in unknown if one not in ours_too]


def go_along(*, ticket: Ticket, into: Ticket) -> None:
    """Let who follows a ticket that is merged follow the one where it goes on, too."""
    rows = Follower.objects.filter(ticket=ticket, ended_at=None)
    Follower.objects.bulk_create(
        [
            Follower(
                ticket=into, contact_id=one.contact_id, added_by_id=one.added_by_id,
                added_at=one.added_at,
            )
            for one in rows
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _ours(addresses: Sequence[str]) -> set[str]:
    """Those of them where mail reaches us."""
    if not addresses:
        return set()
    own = Mailbox.objects.annotate(known=Lower("address")).values_list("known", flat=True)
    customers = MailAddress.objects.values_list("address", flat=True)
    return set(
        customers.filter(address__in=addresses).union(own.filter(known__in=addresses), all=True)
    )


def _add(ticket: Ticket, people: Sequence[Contact], now: datetime) -> None:
    if not people:
        return
    before = set(Follower.objects.filter(ticket=ticket).values_list("contact", flat=True))
    added = [one for one in people if one.pk not in before and one.pk != ticket.requester_id]
    Follower.objects.bulk_create(
        [Follower(ticket=ticket, contact=one, added_at=now) for one in added], ignore_conflicts=True
    )
    for one in added:
        event(ticket=ticket, by=None, field="follower", old="", new=one.name, now=now)
