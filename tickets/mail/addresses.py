"""Addresses a letter carries: who it is from, where answers go, its own name, and its links.

`tickets.mail.answers` reads them again where somebody answers.
"""

from __future__ import annotations

from email.utils import formataddr
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.hosts import origin_of
from customers.models import Customer
from desk.mail_ids import mail_id
from desk.models import OutboxItem
from tickets import markup
from tickets.mail import answers
from tickets.mail.tokens import is_own_mark as is_own_mark
from tickets.mail.tokens import own_mark as own_mark
from tickets.models import Ticket


def one_line(text: str) -> str:
    """The text as it may stand in a header: one line, and shown as it reads.

    What looks like an encoded word would be decoded by whoever gets the mail.
    """
    return markup.one_line(text).replace("=?", "= ?")


def message_id(key: str) -> str:
    """The Message-ID of what an outbox key stands for: the same however often it is sent."""
    return f"<{mail_id(key)}@{settings.MAIL_DOMAIN}>"


def id_of(item: OutboxItem) -> str:
    """The Message-ID of an item: the one it was first tried with, whatever the key is now."""
    return f"<{item.mail_id}@{settings.MAIL_DOMAIN}>" if item.mail_id else message_id(item.key)


def id_of_key(key: str) -> str:
    """The same where only the key of the item is known, which may be gone by now."""
    item = OutboxItem.objects.filter(key=key).first()
    return id_of(item) if item else message_id(key)


def thread_id(*, customer_id: int, ticket_id: int) -> str:
    """The Message-ID that all letters of a ticket refer to: a mail program keeps them together."""
    return (
        f"<{answers.thread(customer_id=customer_id, ticket_id=ticket_id)}@{settings.MAIL_DOMAIN}>"
    )


def person(name: str, address: str) -> str:
    """A person as a header writes one."""
    return formataddr((one_line(name), address))


def vendor_for(customer: Customer) -> str:
    """What the vendor is called in a mail to this customer."""
    return f"{settings.VENDOR_NAME} · {customer.name}"


def sender(customer: Customer) -> str:
    """The vendor, writing to this customer."""
    return person(vendor_for(customer), f"{customer.code}@{settings.MAIL_DOMAIN}")


def answer_address(*, customer: Customer, ticket: Ticket) -> str:
    """Where a contact's answer about the ticket goes: ``acme+42-<token>@…``."""
    local = answers.local_part(customer=customer, ticket=ticket)
    return f"{local}@{settings.MAIL_DOMAIN}"


def staff_answer_address(*, customer: Customer, ticket: Ticket) -> str:
    """Where an answer of our own people goes, a note at the ticket: ``desk+acme-42-<token>@…``."""
    local = answers.staff_local_part(customer=customer, ticket=ticket)
    return f"{local}@{settings.MAIL_DOMAIN}"


def answers_to(customer: Customer, ticket: Ticket) -> str:
    """The same as letters name it: the vendor, listening at this ticket."""
    return person(vendor_for(customer), answer_address(customer=customer, ticket=ticket))


def is_answer_address(recipient: str, *, customer: Customer, ticket: Ticket) -> bool:
    """Whether mail to it answers one of our letters to a contact about this ticket."""
    read = answers.read_address(recipient)
    return (
        read is not None and not read.is_staff and read.is_right(customer=customer, ticket=ticket)
    )


def is_staff_answer_address(recipient: str, *, customer: Customer, ticket: Ticket) -> bool:
    """Whether mail to it answers one of our letters to our own people about this ticket."""
    read = answers.read_address(recipient)
    return read is not None and read.is_staff and read.is_right(customer=customer, ticket=ticket)


def ticket_of_thread(message_id: str, *, customer_id: int) -> int | None:
    """The ticket of this customer whose letters refer to that Message-ID; None without one."""
    read = answers.read_thread(message_id)
    return read.ticket_id if read and read.is_right(customer_id=customer_id) else None


def where_answers_go(*, is_ours: bool) -> str:
    """Where an answer to a letter without a ticket would go: nowhere, so its name says what to do.

    Our own people (`is_ours`) go to the desk, they have no portal.
    """
    if is_ours:
        return person(_("Please answer at the desk"), f"desk-only@{settings.MAIL_DOMAIN}")
    return person(_("Please answer in the portal"), f"portal-only@{settings.MAIL_DOMAIN}")


def portal(customer: Customer) -> str:
    """The front page of the customer's portal, with its slash."""
    host = customer.domains.get(is_primary=True).host
    return f"{origin_of(host)}/"


def ticket_page(customer: Customer, number: int) -> str:
    """The ticket in the customer's portal."""
    return f"{portal(customer)}tickets/{number}/"


def code_page(customer: Customer, code_id: UUID, digits: str) -> str:
    """The page that asks for the code, filled in already; opening it does not sign anybody in."""
    return f"{portal(customer)}sign-in/code/?{urlencode({'id': code_id, 'code': digits})}"


def notice_page(customer: Customer, notice_id: int, token: str) -> str:
    """The page of a notice, without signing in; opening it changes nothing."""
    return f"{portal(customer)}notices/{notice_id}/{token}/"


def callback_page(customer: Customer, callback_id: int, token: str) -> str:
    """The page that asks how we did, without signing in; opening it changes nothing."""
    return f"{portal(customer)}callbacks/{callback_id}/{token}/"


def host_of(address: str) -> str:
    """The host of an address of ours as people read it: ``acme.localhost:8000``."""
    return urlsplit(address).netloc
