"""What a contact sends through their own doors: counted first, so that nobody floods the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from accounts.limits import Allowance, count_try
from desk.words import Channel
from tickets.models import Contact, Entry, Limit, Ticket
from tickets.operations.answering import answer
from tickets.operations.opening import open_ticket
from tickets.operations.storing import Upload

BY_PROGRAMS = Allowance(tries=2000, window=timedelta(hours=1))
MESSAGES = Allowance(tries=4000, window=timedelta(hours=1))
"""More than anybody's busiest hour, less than a program gone wild."""


def ask(
    *,
    contact: Contact,
    subject: str,
    body: str,
    kind: str,
    now: datetime,
    channel: str = Channel.PORTAL,
    uploads: Sequence[Upload] = (),
) -> Ticket:
    """Open a ticket in the contact's own name. Raises TooManyTries and what open_ticket raises.

    The try stays counted when the ticket is refused. What their programs ask is counted apart: it
    does not shut its person out of the pages.
    """
    if channel == Channel.API:
        count_try(Limit, key=f"ask:api:{contact.pk}", allowance=BY_PROGRAMS, now=now)
    else:
        count_try(Limit, key=f"ask:{contact.pk}", allowance=_by_hand(), now=now)
    return open_ticket(
        requester=contact,
        subject=subject,
        body=body,
        kind=kind,
        now=now,
        channel=channel,
        uploads=uploads,
    )


def _by_hand() -> Allowance:
    return Allowance(tries=settings.QUESTIONS_PER_HOUR, window=timedelta(hours=1))


def write_back(
    *,
    ticket: Ticket,
    contact: Contact,
    body: str,
    now: datetime,
    uploads: Sequence[Upload] = (),
) -> Entry:
    """Answer in the contact's own name. Raises TooManyTries and what answer raises."""
    count_try(Limit, key=f"write:{contact.pk}", allowance=MESSAGES, now=now)
    return answer(ticket=ticket, contact=contact, body=body, now=now, uploads=uploads)
