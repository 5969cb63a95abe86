"""A customer's mail as its page in the admin says it: its addresses, and domains of its own."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.models import User
from customers.models import Customer
from desk.models import MailAddress, MailDomain
from servicedesk.configuration import allows


def mail_of(customer: Customer, *, user: User) -> dict[str, Any]:
    """Its own address, the rows that lead to it, and whether this person may add some."""
    return {
        "own": f"{customer.code}@{settings.MAIL_DOMAIN}",
        "addresses": list(MailAddress.objects.filter(customer=customer).order_by("address")),
        "domains": list(MailDomain.objects.filter(customer=customer).order_by("domain")),
        "may_add": allows(user, "desk.mailaddress", "add"),
    }
