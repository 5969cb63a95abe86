"""A mail that brought something new to an old ticket becomes a ticket of its own."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from accounts.models import User
from customers.models import Customer
from desk.words import Channel
from tickets import html, markup
from tickets.models import Contact, Entry, Mail, Ticket
from tickets.operations.opening import open_ticket
from tickets.operations.storing import attach_copies
from tickets.operations.writing import event

_ANSWERS = re.compile(
    r"^(?:(?:re|aw|antw|sv|fwd?|wg|回复|答复|转发)(?:\[\d+\])?\s*[:：]\s*"
    r"|\[[A-Za-z0-9]+-\d+\]\s*)+",
    re.I,
)
"""What a subject begins with that answers a letter of ours: ``Re: [ACME-12]``."""


class NothingToSplit(Exception):
    """No mail added this entry to a ticket: it came another way, or it is the ticket's question."""


class AlreadySplit(Exception):
    """Somebody made a ticket of this mail by now; it goes on at `into`."""

    def __init__(self, into: Ticket) -> None:
        super().__init__(f"the mail was split into ticket {into.number}")
        self.into = into


@transaction.atomic
def split(*, customer: Customer, entry: Entry, by: User, now: datetime) -> Ticket:
    """Open a ticket of the same contact with the words and files of an entry that came by mail.

    The entry stays where it is: nothing leaves a trail. Its clocks begin now. To undo it, dismiss
    the new ticket as a duplicate of the old one. Raises NothingToSplit, AlreadySplit. Files are
    copied: no two rows share bytes.
    """
    mail = Mail.objects.select_for_update().filter(entry=entry).first()
    if mail is None or entry.kind != Entry.Kind.MESSAGE or entry.contact_id is None:
        raise NothingToSplit
    if mail.split_into_id is not None:
        raise AlreadySplit(Ticket.objects.get(pk=mail.split_into_id))
    before = Ticket.objects.get(pk=entry.ticket_id)
    ticket = open_ticket(
        requester=Contact.objects.get(pk=entry.contact_id),
        subject=_subject(mail.subject) or before.subject,
        body=_body(entry, mail),
        kind=before.kind,
        channel=Channel.MAIL,
        now=now,
    )
    attach_copies(of=entry, entry=Entry.objects.get(ticket=ticket, seq=1), now=now)
    mail.split_into = ticket
    mail.save(update_fields=["split_into"])
    old, new = (f"{customer.prefix}-{one.number}" for one in (before, ticket))
    event(ticket=ticket, by=by, field="split_from", old=old, new="", now=now)
    event(ticket=before, by=by, field="split", old="", new=new, now=now)
    return ticket


def _subject(subject: str) -> str:
    """The subject without the old ticket's name: it is another ticket."""
    return _ANSWERS.sub("", subject).strip()


def _body(entry: Entry, mail: Mail) -> str:
    """The entry's words; its subject where it has only files."""
    if not markup.is_blank(html.to_text(entry.body)):
        return entry.body
    return html.from_text(mail.subject or "…")
