"""Saying whose a mail of nobody is, and that it is not the customer's where it was put."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import AuditEvent, User
from accounts.operations.auditing import By, record_added
from customers.models import Customer
from desk.kick import WORK_MAILS, kick
from desk.mail_proposals import own_domain
from desk.models import IncomingMail, MailAddress, MailDomain
from tickets.models import Mail
from tickets.operations.waiting_mail import AlreadyDecided, waiting, write_down


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
    mail = waiting(mail=mail)
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
    write_down(
        action="mail_routed",
        mail=mail,
        by=by,
        now=now,
        changes={"recipient": [before, own]},
        customer_code=customer.code,
    )
    kick(WORK_MAILS)
    return mail


@transaction.atomic
def send_back(*, mail: IncomingMail, customer: Customer, by: User, now: datetime) -> IncomingMail:
    """Say that a held mail is not this customer's: it is nobody's again, and nothing of it stays.

    Inside the customer. Its bytes go back to where nobody's mail stands. Raises AlreadyDecided.
    """
    mail = waiting(mail=mail)
    kept = Mail.objects.select_for_update().filter(incoming_id=mail.pk).first()
    if mail.customer_id != customer.pk or kept is None:
        raise AlreadyDecided(mail)
    mail.raw, mail.customer, mail.settled_by = bytes(kept.raw), None, by
    mail.contact_id = mail.ticket_id = mail.number = None
    mail.outcome, mail.reason = IncomingMail.Outcome.UNROUTED, "sent_back"
    mail.recipient = _first_recipient(mail)
    mail.save(
        update_fields=[
            "raw", "customer", "settled_by", "contact_id", "ticket_id", "number", "outcome",
            "reason", "recipient",
        ]
    )  # fmt: skip
    kept.delete()
    write_down(
        action="mail_sent_back",
        mail=mail,
        by=by,
        now=now,
        changes={"customer": [customer.code, None]},
        customer_code=customer.code,
    )
    return mail


def own_address(customer: Customer) -> str:
    """The address that every customer has with us."""
    return f"{customer.code}@{settings.MAIL_DOMAIN}".lower()


def may_remember_address(address: str) -> bool:
    """Whether an address may become a customer's: not one that carries a token, nor a gap."""
    local, _at, domain = address.partition("@")
    return bool(local and domain) and "+" not in local


def _first_recipient(mail: IncomingMail) -> str:
    """To whom it was sent before somebody routed it, as the log of that tells."""
    routed = AuditEvent.objects.filter(
        model=mail._meta.label_lower, row=str(mail.pk), action="mail_routed"
    )
    first = routed.order_by("pk").first()
    return str(first.changes["recipient"][0]) if first else mail.recipient


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
