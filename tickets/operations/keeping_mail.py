"""Where a mail stands once it is known whose it is, and what became of it: told in two rows.

Its bytes go from its public row into the customer's schema and are in one of the two, never both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from customers.models import Customer
from desk.models import IncomingMail
from tickets import markup
from tickets.inbound.reading import Letter
from tickets.inbound.verifying import Verdict
from tickets.inbound.which import Found
from tickets.models import Contact, Entry, Mail, Note, Ticket

_WRITTEN = (
    "sender", "sender_name", "subject", "sort", "is_verified", "customer", "contact_id",
    "ticket_id", "number", "entry_id", "outcome", "reason", "detail", "state", "worked_at",
    "lease_until", "last_error", "settled_at", "settled_by",
)  # fmt: skip
"""What `finish` writes; its bytes, up to 25 MiB, only where they leave the row."""


def keep(
    *,
    incoming: IncomingMail,
    letter: Letter | None,
    verdict: Verdict | None = None,
    contact: Contact | None = None,
    ticket: Ticket | None = None,
    entry: Entry | None = None,
    note: Note | None = None,
    found: Sequence[Found] = (),
) -> Mail:
    """Keep a mail in the open customer's schema, or say more of one that is kept there.

    The public row gives its bytes away; `finish` saves that. What was found before stays.
    """
    facts: dict[str, Any] = {"contact": contact, "ticket": ticket, "entry": entry, "note": note}
    if incoming.raw is None:
        mail = Mail.objects.select_for_update().get(incoming_id=incoming.pk)
        for name, value in facts.items():
            setattr(mail, name, value or getattr(mail, name))
        mail.explained += [one for one in found if one not in mail.explained]
        mail.save(update_fields=[*facts, "explained"])
        return mail
    told = [*(verdict.found if verdict else []), *found]
    mail = Mail.objects.create(
        incoming_id=incoming.pk,
        raw=bytes(incoming.raw),
        is_verified=verdict.is_verified if verdict else None,
        explained=[{"code": one["code"], "value": _line(one["value"], 300)} for one in told],
        arrived_at=incoming.received_at,
        **(_said(letter) if letter else {}),
        **facts,
    )
    incoming.raw = None
    return mail


def finish(
    *,
    incoming: IncomingMail,
    letter: Letter | None,
    outcome: str,
    reason: str,
    now: datetime,
    customer: Customer | None = None,
    verdict: Verdict | None = None,
    contact: Contact | None = None,
    ticket: Ticket | None = None,
    entry: Entry | None = None,
    detail: str = "",
) -> IncomingMail:
    """Write what became of a mail into its public row: it is done, with an outcome and a reason."""
    if letter is not None:
        said = _said(letter)
        incoming.sender, incoming.sender_name = said["sender"], said["sender_name"]
        incoming.subject, incoming.sort = said["subject"], letter.kept.sort
    if verdict is not None:
        incoming.is_verified = verdict.is_verified
    incoming.customer = customer
    incoming.contact_id = contact.pk if contact else None
    incoming.ticket_id, incoming.number = (ticket.pk, ticket.number) if ticket else (None, None)
    incoming.entry_id = entry.pk if entry else None
    incoming.outcome, incoming.reason, incoming.detail = outcome, reason, _line(detail, 300)
    incoming.state, incoming.worked_at = IncomingMail.State.DONE, now
    incoming.lease_until, incoming.last_error = None, ""
    incoming.save(update_fields=[*_WRITTEN, *(["raw"] if incoming.raw is None else [])])
    return incoming


def _said(letter: Letter) -> dict[str, Any]:
    """What a mail says of itself, as columns hold it: without letters nobody sees, cut to fit."""
    author = letter.author
    return {
        "message_id": _line(letter.message_id, 500),
        "sender": _line(author.email, 254) if author else "",
        "sender_name": _line(author.name, 120) if author else "",
        "subject": _line(letter.subject, 200),
        "noted": list(letter.noted),
        "quoted": markup.seen(letter.quoted),
    }


def _line(text: str, most: int) -> str:
    return markup.one_line(text)[:most]
