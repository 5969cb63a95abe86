"""What a contact sends through their own doors: counted first, so that nobody floods the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.limits import Allowance, count_try
from desk.words import Channel
from tickets.models import Contact, Entry, Limit, Ticket
from tickets.operations.answering import answer
from tickets.operations.opening import open_ticket
from tickets.operations.storing import Upload

QUESTIONS = Allowance(tries=2000, window=timedelta(hours=1))
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

    The try stays counted when the ticket is refused.
    """
    count_try(Limit, key=f"ask:{contact.pk}", allowance=QUESTIONS, now=now)
    return open_ticket(
        requester=contact,
        subject=subject,
        body=body,
        kind=kind,
        now=now,
        channel=channel,
        uploads=uploads,
    )


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
