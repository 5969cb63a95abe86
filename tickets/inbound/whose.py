"""Which customer a mail is for: by whom it is to, then by who wrote it. Reads public rows only.

The recipient is the law: a stranger there who is another customer's contact stays a stranger.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db.models import QuerySet

from customers.models import Customer
from desk.models import ContactItem, MailAddress, MailDomain
from tickets.inbound.reading import Letter
from tickets.mail import answers


@dataclass(frozen=True)
class Whose:
    """The customer a mail is for; without one, why not and a word on it.

    `how` it was told: recipient, contact, domain.
    """

    customer: Customer | None
    how: str = ""
    reason: str = ""
    detail: str = ""


def whose(*, recipient: str, letter: Letter | None, is_verified: bool) -> Whose:
    """Whose a mail is; one that could not be read is told by its recipient alone."""
    found = Whose(_of_recipient(recipient.lower()), "recipient", "unknown_recipient", recipient)
    if found.customer is None and letter is not None and letter.author and is_verified:
        found = _of_sender(letter.author.email.lower(), found)
    customer = found.customer
    if customer is None:
        return found
    if customer.laid_at is None or customer.suspended_at is not None:
        return Whose(None, reason="customer_closed", detail=customer.code)
    return Whose(customer, found.how)


def digest_of(address: str) -> str:
    """What stands for an address in public."""
    return hashlib.sha256(address.lower().encode()).hexdigest()


def _of_recipient(recipient: str) -> Customer | None:
    read = answers.read_address(recipient)
    if read is not None and read.code:
        found = _customers().filter(code=read.code).first()
        if found is not None:
            return found
    rows = MailAddress.objects.filter(address=recipient).values("customer")
    return _customers().filter(pk__in=rows).first()


def _of_sender(sender: str, otherwise: Whose) -> Whose:
    """The one customer whose contact it is, else the one whose people write from its domain."""
    known = ContactItem.objects.filter(digest=digest_of(sender)).values("customer")
    customers = list(_customers().filter(pk__in=known)[:2])
    if len(customers) > 1:
        return Whose(None, reason="several_customers", detail=otherwise.detail)
    if customers:
        return Whose(customers[0], "contact")
    rows = MailDomain.objects.filter(domain=sender.rpartition("@")[2]).values("customer")
    customer = _customers().filter(pk__in=rows).first()
    return Whose(customer, "domain") if customer else otherwise


def _customers() -> QuerySet[Customer]:
    return Customer.objects.select_related("plan")
