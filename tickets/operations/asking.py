"""What a contact sends through their own doors: counted first, so that nobody floods the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.limits import Allowance, count_try
from tickets import html
from tickets.models import Contact, Entry, Limit, Ticket
from tickets.operations.answering import answer
from tickets.operations.opening import open_ticket, tidy
from tickets.operations.storing import Upload

QUESTIONS = Allowance(tries=30, window=timedelta(hours=1))
TWICE = timedelta(minutes=1)
"""The same words by the same person within this time are the same message, sent twice."""

MESSAGES = Allowance(tries=120, window=timedelta(hours=1))


def ask(
    *,
    contact: Contact,
    subject: str,
    body: str,
    kind: str,
    now: datetime,
    uploads: Sequence[Upload] = (),
) -> Ticket:
    """Open a ticket in the contact's own name. Raises TooManyTries and what open_ticket raises.

    The try stays counted when the ticket is refused. A form sent twice opens one ticket.
    """
    twin = Ticket.objects.filter(
        requester=contact,
        opened_at__gt=now - TWICE,
        subject=tidy(subject),
        entries__kind=Entry.Kind.QUESTION,
        entries__body=html.clean(body),
    ).first()
    if twin is not None:
        return twin
    count_try(Limit, key=f"ask:{contact.pk}", allowance=QUESTIONS, now=now)
    return open_ticket(
        requester=contact, subject=subject, body=body, kind=kind, now=now, uploads=uploads
    )


def write_back(
    *,
    ticket: Ticket,
    contact: Contact,
    body: str,
    now: datetime,
    uploads: Sequence[Upload] = (),
) -> Entry:
    """Answer in the contact's own name. Raises TooManyTries and what answer raises.

    A form sent twice answers once.
    """
    twin = ticket.entries.filter(
        contact=contact,
        kind=Entry.Kind.MESSAGE,
        written_at__gt=now - TWICE,
        body=html.clean(body),
    ).first()
    if twin is not None and not uploads:
        return twin
    count_try(Limit, key=f"write:{contact.pk}", allowance=MESSAGES, now=now)
    return answer(ticket=ticket, contact=contact, body=body, now=now, uploads=uploads)
