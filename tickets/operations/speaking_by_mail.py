"""Who speaks in a mail to a customer, and where: From alone says who, and only if it is verified.

Runs inside the customer, with the mail's row held. Whatever does not count waits for a person.
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower

from accounts.limits import Allowance, TooManyTries, count_try
from accounts.models import Limit, User
from accounts.operations.auditing import By
from desk.models import IncomingMail, MailDomain
from desk.operations import outbox
from desk.words import State
from tickets.inbound.automatic import NO_ANSWERS, Sort
from tickets.inbound.which import takes_part, was_told, which
from tickets.inbound.whose import digest_of
from tickets.models import Contact, Mail, Note, Ticket
from tickets.operations.bouncing import arrives_again
from tickets.operations.contacts import enter_contact
from tickets.operations.mail_case import Case
from tickets.operations.noting_by_mail import note_of_ours
from tickets.operations.taking_in import body_of, is_over, take_in

OPENED = Allowance(10, timedelta(hours=1))
"""Tickets that one address opens by mail; more are held."""

REOPENED = Allowance(5, timedelta(hours=1))
"""How often one ticket is opened again by mail; more are held."""

WELCOMED = Allowance(20, timedelta(hours=1))
"""People of a customer's domain who become contacts by writing; more are held."""

WARNED = Allowance(1, timedelta(hours=24))
"""The fixed text to an address in whose name a mail came that nobody vouches for."""

_PROGRAM = re.compile(
    r"(no|do.?not|dont|never).?reply|noreply|notif|verif|security|account|signup|sign-up|register"
    r"|registration|passport|auth",
    re.I,
)
_CODE = re.compile(
    r"verif(y|ication)|one.?time|confirm(ation)? (code|your)|\botp\b|pass.?code|security code"
    r"|log.?in code|sign.?in code|activat|reset your password"
    r"|验证码|校验码|动态码|激活|确认码|驗證碼|密码重置",
    re.I,
)


class ByMail(By):
    """Who added a person that wrote to us."""

    @property
    def name(self) -> str:
        """How the log names it."""
        return "mail"


def look_around(case: Case) -> None:
    """Find out who wrote the mail and to which ticket."""
    case.contact = contact_of(case.sender)
    case.which = which(
        customer=case.customer, recipient=case.incoming.recipient, letter=case.letter,
        contact=case.contact,
    )  # fmt: skip
    if case.contact is not None and case.verdict.is_verified:
        arrives_again(case.contact)


def contact_of(address: str) -> Contact | None:
    """The open customer's contact with that address, active or not; held, so that one mail of
    theirs comes after the other."""
    named = Contact.objects.select_for_update(no_key=True).annotate(address=Lower("email"))
    return named.filter(address=address).first() if address else None


def speak(case: Case) -> IncomingMail:
    """Let the mail be what its author says, or wait, with the reason."""
    noted = note_of_ours(case)
    if noted is not None:
        return noted
    reason = _reason_to_wait(case)
    if reason:
        return case.hold(reason)
    if case.contact is None:
        case.contact = _welcome(case)
    contact = case.contact
    ticket = _where_it_goes_on(case, contact)
    if _came_already(case, contact):
        return case.close(IncomingMail.Outcome.REFUSED, "same_mail", ticket=ticket)
    if reason := _too_many(case, ticket):
        return case.hold(reason)
    return take_in(
        incoming=case.incoming, letter=case.letter, customer=case.customer, contact=contact,
        ticket=ticket, by=None, verdict=case.verdict, now=case.now, taken=case.taken,
        reason=case.which.how, found=[*case.found, *case.which.found],
    )  # fmt: skip


def _reason_to_wait(case: Case) -> str:
    """Why the mail says nothing at a ticket yet; "" when its author may speak there."""
    if _brings_a_code(case):
        return "code"
    contact = case.contact
    if contact is None:
        return _reason_against_stranger(case)
    if not contact.is_active:
        return "switched_off"
    if not case.verdict.is_verified:
        _warn(case, contact)
        return "unverified"
    if not _may_write(case, contact):
        return "not_theirs"
    return "automatic" if case.incoming.return_path == "<>" else ""


def _brings_a_code(case: Case) -> bool:
    """Whether a program mails a code or link that proves who reads it: somebody may have signed up
    with our address, to read it at a ticket."""
    if not _PROGRAM.search(case.sender.partition("@")[0]):
        return False
    return bool(_CODE.search(case.letter.subject) or _CODE.search(case.letter.text[:20_000]))


def _reason_against_stranger(case: Case) -> str:
    if not case.sender:
        return "no_sender"
    if User.objects.filter(email__iexact=case.sender).exists():
        return "staff_without_right"
    if not case.verdict.is_verified or case.which.ticket is not None or not _is_usable(case):
        return "stranger"
    domain = case.sender.rpartition("@")[2]
    if not MailDomain.objects.filter(domain=domain, customer=case.customer).exists():
        return "stranger"
    key = f"mail:welcome:{case.customer.pk}"
    return "" if _counts(case, key, WELCOMED) else "too_many"


def _is_usable(case: Case) -> bool:
    try:
        validate_email(case.sender)
    except ValidationError:
        return False
    return len(case.sender) <= 254


def _may_write(case: Case, contact: Contact) -> bool:
    """Whether they take part in the ticket; its token is for those whom we gave it."""
    ticket = case.which.ticket
    if ticket is None or takes_part(ticket=ticket, contact=contact):
        return True
    is_given = case.which.how in ("token", "our_id")
    return is_given and was_told(customer=case.customer, ticket=ticket, contact=contact)


def _welcome(case: Case) -> Contact:
    """Make a contact of somebody who writes from the customer's own domain."""
    author = case.letter.author
    return enter_contact(
        customer=case.customer,
        by=ByMail(),
        now=case.now,
        email=case.sender,
        name=author.name if author else "",
        language=case.customer.language,
        time_zone=case.customer.time_zone,
    )


def _warn(case: Case, contact: Contact) -> None:
    """Tell whose address it is, once a day, by a fixed text; never in answer to a program."""
    is_program = case.letter.kept.sort != Sort.PERSON or case.incoming.return_path == "<>"
    if is_program or NO_ANSWERS in case.letter.noted or contact.bounced_at is not None:
        return
    if _counts(case, f"mail:unverified:{digest_of(case.sender)}", WARNED):
        outbox.put(
            customer_id=case.customer.pk,
            key=f"c{case.customer.pk}:unverified:{case.incoming.pk}",
            kind="unverified",
            row=str(contact.pk),
            contact_id=contact.pk,
            now=case.now,
        )


def _where_it_goes_on(case: Case, contact: Contact) -> Ticket | None:
    """The ticket, or where it is over the one that goes on from it already, if it is theirs."""
    ticket = case.which.ticket
    if ticket is None or not is_over(ticket=ticket, now=case.now):
        return ticket
    followed = Note.objects.filter(ticket=ticket, field="followed").order_by("-seq")
    numbers = [int(name.rpartition("-")[2]) for name in followed.values_list("new", flat=True)[:1]]
    going_on = Ticket.objects.filter(number__in=numbers, requester=contact).first()
    if going_on is None or is_over(ticket=going_on, now=case.now):
        return ticket
    return going_on


def _came_already(case: Case, contact: Contact) -> bool:
    """Whether the same mail was taken in that came to another of our addresses."""
    if not case.letter.message_id:
        return False
    same = Mail.objects.filter(message_id=case.letter.message_id, contact=contact)
    return same.filter(entry__body=body_of(case.letter)).exists()


def _too_many(case: Case, ticket: Ticket | None) -> str:
    """Why this is one too much within the hour; "" when it is not."""
    if ticket is None or is_over(ticket=ticket, now=case.now):
        return "" if _counts(case, f"mail:open:{digest_of(case.sender)}", OPENED) else "too_many"
    if ticket.state != State.RESOLVED:
        return ""
    key = f"mail:reopen:{case.customer.pk}:{ticket.pk}"
    return "" if _counts(case, key, REOPENED) else "too_many_reopens"


def _counts(case: Case, key: str, allowance: Allowance) -> bool:
    """Count one; False when that was one too many."""
    try:
        count_try(Limit, key=key, allowance=allowance, now=case.now)
    except TooManyTries:
        return False
    return True
