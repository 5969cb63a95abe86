from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from desk.words import Channel
from tickets import html, markup
from tickets.models import Contact, Entry, Ticket
from tickets.operations.storing import Upload, attach
from tickets.operations.writing import cleaned, entry_by_contact, event, ring_judge


@transaction.atomic
def open_ticket(
    *,
    requester: Contact,
    subject: str,
    body: str,
    kind: str,
    now: datetime,
    channel: str = Channel.PORTAL,
    uploads: Sequence[Upload] = (),
    taken_by: User | None = None,
    quiet: bool = False,
) -> Ticket:
    """Open a ticket with the customer's question as its first entry.

    Runs as the customer's own login, or as the desk when a person on staff took the question by
    phone (`taken_by`). The database gives the number and asks the judge. `body` is HTML and is
    cleaned; a subject nobody could see becomes the beginning of it. Raises EmptyBody,
    html.HtmlTooLarge, html.HtmlTooDeep and the refusals of files.
    """
    body = cleaned(body, has_files=bool(uploads))
    ticket = Ticket.objects.create(
        subject=_subject(subject, body),
        kind=kind,
        channel=channel,
        requester=requester,
        opened_at=now,
        updated_at=now,
    )
    entry = entry_by_contact(
        ticket=ticket, kind=Entry.Kind.QUESTION, contact=requester, body=body, now=now
    )
    attach(entry=entry, uploads=uploads, now=now)
    if taken_by is not None:
        event(ticket=ticket, by=taken_by, field="taken", old="", new=channel, now=now)
    if not quiet:
        ring_judge()
    return ticket


def _subject(subject: str, body: str) -> str:
    line = markup.one_line(subject)[:200]
    return line if not markup.is_blank(line) else html.excerpt(body, 200) or "…"
