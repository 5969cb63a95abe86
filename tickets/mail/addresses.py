"""Addresses a letter carries: who it is from, where answers go, its own name, and its links."""

from __future__ import annotations

import hashlib
from email.utils import formataddr
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.hosts import origin_of
from customers.models import Customer
from tickets import markup


def one_line(text: str) -> str:
    """The text as it may stand in a header: one line, and shown as it reads.

    What looks like an encoded word would be decoded by whoever gets the mail.
    """
    return markup.one_line(text).replace("=?", "= ?")


def message_id(key: str) -> str:
    """The Message-ID of what an outbox key stands for: the same however often it is sent."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{settings.MAIL_DOMAIN}>"


def thread_id(*, customer_id: int, ticket_id: int) -> str:
    """The Message-ID that all letters of a ticket refer to: a mail program keeps them together."""
    return message_id(f"c{customer_id}:ticket:{ticket_id}")


def person(name: str, address: str) -> str:
    """A person as a header writes one."""
    return formataddr((one_line(name), address))


def sender(customer: Customer) -> str:
    """The vendor, writing to this customer."""
    name = f"{settings.VENDOR_NAME} · {customer.name}"
    return person(name, f"{customer.code}@{settings.MAIL_DOMAIN}")


def where_answers_go(*, is_ours: bool) -> str:
    """Where an answer would go: nowhere yet, so its name says what to do instead.

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
