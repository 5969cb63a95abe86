"""What a person decides about a mail that waits: whose it is, who speaks in it, or to refuse it.

Whoever comes second is told who did what (`AlreadyDecided`): the mail's row is locked, and judged
again under the lock. Outcome and reason of a refused mail stay, so that it can be taken back.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, record, record_added
from customers.inside import schema_of
from customers.models import Customer
from desk.kick import WORK_MAILS, kick
from desk.mail_proposals import own_domain
from desk.models import IncomingMail, MailAddress, MailDomain
from tickets import markup
from tickets.inbound import verifying
from tickets.inbound.reading import Letter
from tickets.inbound.which import takes_part
from tickets.models import Contact, Follower, Ticket
from tickets.operations.contacts import enter_contact
from tickets.operations.taking import Newcomer
from tickets.operations.taking_in import Files, files_of, take_in
from tickets.operations.writing import event


class AlreadyDecided(Exception):
    """The mail waits no more: somebody decided, or it came to be worked again. It says who."""

    def __init__(self, mail: IncomingMail) -> None:
        super().__init__(f"mail {mail.pk} does not wait any more")
        self.mail = mail


class SwitchedOff(Exception):
    """The contact does not come in any more; let them in again first, or choose another."""


class NotRemembered(Exception):
    """The domain or address is another customer's by now; it stays theirs."""

    def __init__(self, word: str) -> None:
        super().__init__(f"{word} is another customer's")
        self.word = word


@transaction.atomic
def route(
    *,
    mail: IncomingMail,
    customer: Customer,
    by: User,
    now: datetime,
    remembers_domain: bool = False,
    remembers_address: bool = False,
) -> IncomingMail:
    """Say whose a mail of nobody is: it is worked anew as if it had been sent to that customer.

    With `remembers_…` others of the sender's domain, or to the address, go there by themselves from
    now on. Raises AlreadyDecided and NotRemembered.
    """
    mail = waiting(mail)
    if mail.customer_id is not None:
        raise AlreadyDecided(mail)
    if remembers_domain and (domain := own_domain(mail.sender)):
        _remember_domain(domain, customer, by, now)
    before, own = mail.recipient, own_address(customer)
    if remembers_address and may_remember_address(before):
        _remember_address(before, customer, by, now)
    mail.recipient = own
    mail.state, mail.worked_at, mail.outcome, mail.reason = IncomingMail.State.NEW, None, "", ""
    mail.attempts, mail.lease_until, mail.claimed_by, mail.settled_by = 0, None, "", by
    mail.save(
        update_fields=[
            "recipient", "state", "worked_at", "outcome", "reason", "attempts", "lease_until",
            "claimed_by", "settled_by",
        ]
    )  # fmt: skip
    _record(
        "mail_routed", mail, by, now, changes={"recipient": [before, own]},
        customer_code=customer.code,
    )  # fmt: skip
    kick(WORK_MAILS)
    return mail


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
    mail = waiting(mail)
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
    mail = waiting(mail)
    mail.settled_at, mail.settled_by = now, by
    mail.refusal, mail.refusal_words = refusal, markup.one_line(words)[:200]
    mail.save(update_fields=["settled_at", "settled_by", "refusal", "refusal_words"])
    _tell_the_ticket(mail, by, "mail_refused", mail.refusal, now)
    _record("mail_refused", mail, by, now, changes={"refusal": [None, mail.refusal]})
    return mail


@transaction.atomic
def take_back(*, mail: IncomingMail, by: User, now: datetime) -> IncomingMail:
    """Let a mail wait again that a person refused or called spam. Raises AlreadyDecided."""
    mail = locked(mail)
    if not mail.refusal:
        raise AlreadyDecided(mail)
    before = mail.refusal
    mail.settled_at, mail.settled_by, mail.refusal, mail.refusal_words = None, None, "", ""
    mail.save(update_fields=["settled_at", "settled_by", "refusal", "refusal_words"])
    _tell_the_ticket(mail, by, "mail_taken_back", before, now)
    _record("mail_taken_back", mail, by, now, changes={"refusal": [before, None]})
    return mail


def own_address(customer: Customer) -> str:
    """The address that every customer has with us."""
    return f"{customer.code}@{settings.MAIL_DOMAIN}".lower()


def may_remember_address(address: str) -> bool:
    """Whether an address may become a customer's: not one that carries a token, nor a gap."""
    local, _at, domain = address.partition("@")
    return bool(local and domain) and "+" not in local


def locked(mail: IncomingMail) -> IncomingMail:
    """The mail's row, held until the transaction ends."""
    return IncomingMail.objects.select_for_update().get(pk=mail.pk)


def waiting(mail: IncomingMail) -> IncomingMail:
    """The mail's row, held, if it waits for a decision. Raises AlreadyDecided."""
    found = locked(mail)
    outcomes = (IncomingMail.Outcome.HELD, IncomingMail.Outcome.UNROUTED)
    if found.settled_at is not None or found.outcome not in outcomes:
        raise AlreadyDecided(found)
    return found


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


def _remember_domain(domain: str, customer: Customer, by: User, now: datetime) -> None:
    row, is_new = MailDomain.objects.get_or_create(
        domain=domain, defaults={"customer": customer, "created_at": now}
    )
    _refuse_anothers(row.customer_id, customer, domain)
    if is_new:
        record_added(of=row, by=By(by), now=now, customer_code=customer.code)


def _remember_address(address: str, customer: Customer, by: User, now: datetime) -> None:
    row, is_new = MailAddress.objects.get_or_create(
        address=address.lower(), defaults={"customer": customer, "created_at": now}
    )
    _refuse_anothers(row.customer_id, customer, address)
    if is_new:
        record_added(of=row, by=By(by), now=now, customer_code=customer.code)


def _refuse_anothers(customer_id: int, customer: Customer, word: str) -> None:
    if customer_id != customer.pk:
        raise NotRemembered(word)


def _tell_the_ticket(mail: IncomingMail, by: User, field: str, new: str, now: datetime) -> None:
    if mail.customer is None or mail.ticket_id is None:
        return
    with schema_of(mail.customer):
        ticket = Ticket.objects.get(pk=mail.ticket_id)
        event(ticket=ticket, by=by, field=field, old=mail.sender[:200], new=new, now=now)


def _record(
    action: str,
    mail: IncomingMail,
    by: User,
    now: datetime,
    *,
    changes: dict[str, list[str | None]],
    customer_code: str = "",
) -> None:
    """Write the decision into the audit log; of the mail itself its number alone."""
    code = customer_code or (mail.customer.code if mail.customer else "")
    record(
        action=action, of=mail, changes=changes, by=By(by), now=now, customer_code=code,
        name=f"#{mail.pk}",
    )  # fmt: skip
