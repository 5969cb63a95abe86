"""Which of a customer's tickets a mail belongs to; who speaks in it is not asked here.

Only what we gave away names a ticket: the token of an answer's address, the Message-IDs of our
letters, and those of mails we took in. A number in the subject is one anybody can guess, so it
counts for those who took part. Runs inside the customer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from customers.models import Customer
from desk.models import OutboxItem
from tickets.inbound.reading import Letter
from tickets.mail import about, addresses, answers
from tickets.models import Contact, Entry, Follower, Mail, Ticket

MOST_IDS = 50
"""Message-IDs that are looked up of those a mail names, the nearest first."""

Found = dict[str, str]
"""One thing found about a mail: ``{"code", "value"}``."""


@dataclass(frozen=True)
class Which:
    """The ticket a mail belongs to, and how that is told: token, our_id, their_id or number.

    `found` says what was looked at and did not count.
    """

    ticket: Ticket | None = None
    how: str = ""
    found: list[Found] = field(default_factory=list)


def which(*, customer: Customer, recipient: str, letter: Letter, contact: Contact | None) -> Which:
    """The ticket that a mail of this person (None: a stranger) to `recipient` belongs to."""
    found: list[Found] = []
    ticket = _by_token(customer, recipient, found)
    how = "token"
    if ticket is None:
        ticket, how = _by_our_id(customer, letter.answers[:MOST_IDS]), "our_id"
    if ticket is None:
        ticket, how = _by_their_id(letter.answers[:MOST_IDS]), "their_id"
    if ticket is None and contact is not None:
        ticket, how = _by_number(customer, letter.subject, contact, found), "number"
    if ticket is None:
        return Which(found=found)
    return Which(_where_it_goes_on(ticket, found), how, found)


def takes_part(*, ticket: Ticket, contact: Contact) -> bool:
    """Whether somebody may write at a ticket by mail: who asked, wrote, follows, or is the owner.

    What they may read in the portal is another thing.
    """
    if contact.sees_whole_company or ticket.requester_id == contact.pk:
        return True
    wrote = Entry.objects.filter(ticket=OuterRef("pk"), contact=contact)
    follows = Follower.objects.filter(ticket=OuterRef("pk"), contact=contact, ended_at=None)
    return Ticket.objects.filter(Exists(wrote) | Exists(follows), pk=ticket.pk).exists()


def was_told(*, customer: Customer, ticket: Ticket, contact: Contact) -> bool:
    """Whether we have ever sent this person a letter about the ticket."""
    entries = [str(pk) for pk in ticket.entries.values_list("pk", flat=True)]
    about = Q(kind="entry", row__in=entries) | Q(kind="received", row=str(ticket.pk))
    letters = OutboxItem.objects.filter(about, customer=customer, contact_id=contact.pk)
    return letters.filter(state=OutboxItem.State.SENT, last_error="").exists()


def _by_token(customer: Customer, recipient: str, found: list[Found]) -> Ticket | None:
    """The ticket whose answers go to this address; it says so when none does."""
    read = answers.read_address(recipient)
    if read is None or not read.is_plus:
        return None
    ticket = Ticket.objects.filter(number=read.number).first() if read.number else None
    if ticket is not None and read.is_right(customer=customer, ticket=ticket):
        return ticket
    found.append({"code": "token_unknown", "value": recipient})
    return None


def _by_our_id(customer: Customer, ids: Sequence[str]) -> Ticket | None:
    """The ticket of the nearest letter of ours that the mail answers."""
    named = [left for one in ids if (left := answers.read_mail_id(one))]
    letters = OutboxItem.objects.filter(customer=customer, mail_id__in=named)
    by_id = {item.mail_id: item for item in letters} if named else {}
    for one in ids:
        item = by_id.get(answers.read_mail_id(one))
        ticket = about.ticket_of(item) if item else _of_thread(customer, one)
        if ticket is not None:
            return ticket
    return None


def _of_thread(customer: Customer, message_id: str) -> Ticket | None:
    ticket_id = addresses.ticket_of_thread(message_id, customer_id=customer.pk)
    return Ticket.objects.filter(pk=ticket_id).first() if ticket_id else None


def _by_their_id(ids: Sequence[str]) -> Ticket | None:
    """The ticket of the nearest mail of theirs that the mail answers, of those taken in."""
    if not ids:
        return None
    mails = Mail.objects.filter(message_id__in=ids, entry__isnull=False).select_related("ticket")
    by_id = {mail.message_id: mail.ticket for mail in mails}
    return next((by_id[one] for one in ids if one in by_id), None)


def _by_number(
    customer: Customer, subject: str, contact: Contact, found: list[Found]
) -> Ticket | None:
    """The ticket named in the subject, of those where the person took part."""
    match = re.search(
        rf"(?<![\w-]){re.escape(customer.prefix)}-([1-9][0-9]{{0,8}})(?![\w-])", subject
    )
    ticket = Ticket.objects.filter(number=int(match[1])).first() if match else None
    if match is None or (ticket is not None and takes_part(ticket=ticket, contact=contact)):
        return ticket
    found.append({"code": "number_not_theirs", "value": match[0]})
    return None


def _where_it_goes_on(ticket: Ticket, found: list[Found]) -> Ticket:
    """The ticket into which this one was merged, however often."""
    for _time in range(10):
        merged = ticket.notes.filter(field="dismissed").exclude(old="").order_by("-seq")
        into = merged.values_list("old", flat=True).first()
        number = into.rpartition("-")[2] if into and ticket.state == "closed" else ""
        going_on = Ticket.objects.filter(number=number).first() if number.isdecimal() else None
        if going_on is None:
            return ticket
        found.append({"code": "merged", "value": into or ""})
        ticket = going_on
    return ticket
