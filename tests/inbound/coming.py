"""Mail comes in as in real life, stored and worked, but for the process apart that reads it."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from django.conf import settings

from customers.models import Customer
from desk.mail_ids import mail_id
from desk.models import IncomingMail, OutboxItem
from tests.cast import NINE
from tickets.inbound.apart import Reader
from tickets.inbound.reading import Letter, read
from tickets.mail import addresses
from tickets.models import Contact, Entry, Ticket
from tickets.operations.receiving import store
from tickets.operations.working_mail import work

RELAY = "mx.desk.example"
"""Whose Authentication-Results we trust."""

_counted = count(1)


class Here(Reader):
    """Reads in this process."""

    def read(self, raw: bytes) -> Letter:
        return read(raw)


def written(
    *lines: str, sender: str = "Uma <uma@acme.test>", proven: str | None = "acme.test",
    subject: str = "The scanner", body: str = "It does not scan.\n",
) -> bytes:  # fmt: skip
    """A mail: `lines` stand on top of From and Subject, where those are not ""; `proven`: the
    domain that our relay vouches for, in a line on top of all."""
    told = [f"Authentication-Results: {RELAY}; dmarc=pass header.from={proven}"] if proven else []
    told += [*lines, *([f"From: {sender}"] if sender else [])]
    told += [f"Subject: {subject}"] if subject else []
    if not any(line.lower().startswith("message-id:") for line in lines):
        told.append(f"Message-ID: <{next(_counted)}@acme.test>")
    return "\r\n".join([*told, "", body]).encode("utf-8", "surrogateescape")


def stored(
    raw: bytes, *, to: str = "acme", now: datetime = NINE, authserv_id: str = RELAY,
    return_path: str = "",
) -> IncomingMail:  # fmt: skip
    """The mail's row, not worked yet; `to` without an @ is below our own domain."""
    to = to if "@" in to else f"{to}@{settings.MAIL_DOMAIN}"
    return store(
        raw=raw, recipient=to, way="smtp", now=now, authserv_id=authserv_id,
        return_path=return_path,
    ).mail  # fmt: skip


def come(
    raw: bytes, *, to: str = "acme", now: datetime = NINE, authserv_id: str = RELAY,
    return_path: str = "",
) -> IncomingMail:  # fmt: skip
    """The mail, stored and worked; in public, as the desk."""
    mail = stored(raw, to=to, now=now, authserv_id=authserv_id, return_path=return_path)
    return work(mail_id=mail.pk, reader=Here(), now=now)


def told(entry: Entry, contact: Contact, customer: Customer) -> OutboxItem:
    """The letter about an entry that the contact got; its `mail_id` is the left of its name."""
    key = f"c{customer.pk}:entry:{entry.pk}:contact:{contact.pk}"
    return OutboxItem.objects.create(
        customer=customer, key=key, kind="entry", row=str(entry.pk), contact_id=contact.pk,
        not_before=NINE, created_at=NINE, state="sent", sent_at=NINE, mail_id=mail_id(key),
    )  # fmt: skip


def answers_of(ticket: Ticket, customer: Customer) -> str:
    """Where answers of its contacts go."""
    return addresses.answer_address(customer=customer, ticket=ticket)
