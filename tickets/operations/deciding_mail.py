"""What a person decides about a mail that waits: who speaks in it, or that it becomes nothing.

Whoever comes second is told who did what (`AlreadyDecided`): the mail's row is locked, and judged
again under the lock. Outcome and reason of a refused mail stay, so that it can be taken back.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By
from customers.inside import schema_of
from customers.models import Customer
from desk.models import IncomingMail
from tickets import markup
from tickets.inbound import verifying
from tickets.inbound.reading import Letter
from tickets.inbound.which import takes_part
from tickets.models import Contact, Follower, Ticket
from tickets.operations.contacts import enter_contact
from tickets.operations.taking import Newcomer
from tickets.operations.taking_in import Files, files_of, take_in
from tickets.operations.waiting_mail import AlreadyDecided, locked, waiting, write_down
from tickets.operations.writing import event


class SwitchedOff(Exception):
    """The contact does not come in any more; let them in again first, or choose another."""


def accept(
    *,
    mail: IncomingMail,
    letter: Letter,
    customer: Customer,
    by: User,
    asker: Contact | Newcomer,
    ticket: Ticket | None,
    now: datetime,
) -> IncomingMail:
    """Take a held mail in as the words of a contact, or of a newcomer who becomes one.

    At the ticket, or as a new one (None). Inside the customer. What the mail itself does not prove
    stands at the ticket: that a person accepted it. Pictures are drawn before anything is locked.
    Raises AlreadyDecided, AddressTaken, SwitchedOff.
    """
    taken = files_of(letter)
    return _accept(mail, letter, customer, by, asker, ticket, now, taken)


@transaction.atomic
def _accept(
    mail: IncomingMail,
    letter: Letter,
    customer: Customer,
    by: User,
    asker: Contact | Newcomer,
    ticket: Ticket | None,
    now: datetime,
    taken: Files,
) -> IncomingMail:
    mail = waiting(mail=mail)
    if mail.customer_id != customer.pk:
        raise AlreadyDecided(mail)
    contact = asker if isinstance(asker, Contact) else _welcome(asker, customer, by, now)
    if not contact.is_active:
        raise SwitchedOff(contact)
    if ticket is not None and not takes_part(ticket=ticket, contact=contact):
        Follower.objects.get_or_create(
            ticket=ticket, contact=contact, defaults={"added_by": by, "added_at": now}
        )
    verdict = verifying.judge(letter, authserv_id=mail.authserv_id)
    mail = take_in(
        incoming=mail, letter=letter, customer=customer, contact=contact, ticket=ticket, by=by,
        verdict=verdict, now=now, taken=taken, reason="accepted",
    )  # fmt: skip
    at = Ticket.objects.get(number=mail.number or 0)
    is_proven = verdict.is_verified and mail.sender == contact.email.lower()
    field = "mail_accepted" if is_proven else "mail_accepted_unproven"
    event(ticket=at, by=by, field=field, old=mail.sender[:200], new=contact.name, now=now)
    return mail


@transaction.atomic
def refuse(*, mail: IncomingMail, by: User, reason: str, now: datetime) -> IncomingMail:
    """Let a waiting mail become nothing, for a reason in words; its bytes are kept.

    The sender hears nothing. Raises AlreadyDecided.
    """
    return settle(mail=mail, by=by, refusal=IncomingMail.Refusal.REFUSED, words=reason, now=now)


@transaction.atomic
def settle(
    *, mail: IncomingMail, by: User, refusal: str, words: str, now: datetime
) -> IncomingMail:
    """Let a waiting mail become nothing, as refused or as spam. Raises AlreadyDecided."""
    mail = waiting(mail=mail)
    mail.settled_at, mail.settled_by = now, by
    mail.refusal, mail.refusal_words = refusal, markup.one_line(words)[:200]
    mail.save(update_fields=["settled_at", "settled_by", "refusal", "refusal_words"])
    _tell_the_ticket(mail, by, "mail_refused", mail.refusal, now)
    write_down(
        action="mail_refused", mail=mail, by=by, now=now, changes={"refusal": [None, mail.refusal]}
    )
    return mail


@transaction.atomic
def take_back(*, mail: IncomingMail, by: User, now: datetime) -> IncomingMail:
    """Let a mail wait again that a person refused or called spam. Raises AlreadyDecided."""
    mail = locked(mail=mail)
    if not mail.refusal:
        raise AlreadyDecided(mail)
    before = mail.refusal
    mail.settled_at, mail.settled_by, mail.refusal, mail.refusal_words = None, None, "", ""
    mail.save(update_fields=["settled_at", "settled_by", "refusal", "refusal_words"])
    _tell_the_ticket(mail, by, "mail_taken_back", before, now)
    write_down(
        action="mail_taken_back", mail=mail, by=by, now=now, changes={"refusal": [before, None]}
    )
    return mail


def _welcome(asker: Newcomer, customer: Customer, by: User, now: datetime) -> Contact:
    return enter_contact(
        customer=customer,
        by=By(by),
        now=now,
        email=asker.email,
        name=asker.name,
        role=asker.role,
        phone=asker.phone,
        language=customer.language,
        time_zone=customer.time_zone,
    )


def _tell_the_ticket(mail: IncomingMail, by: User, field: str, new: str, now: datetime) -> None:
    if mail.customer is None or mail.ticket_id is None:
        return
    with schema_of(mail.customer):
        ticket = Ticket.objects.get(pk=mail.ticket_id)
        event(ticket=ticket, by=by, field=field, old=mail.sender[:200], new=new, now=now)
