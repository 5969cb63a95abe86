"""The letter to who pays from now on: their consultant, what is new, the first report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from desk import time_text
from desk.models import OutboxItem
from desk.operations.first_report import first_report_on
from desk.operations.outbox import NotNeeded
from desk.operations.policies import NoPolicy, policy_for
from tickets.mail import addresses
from tickets.mail.coming_in import Invitation
from tickets.mail.letters import Letter, branding_of, reader_of

_written = lazy(time_text.write, str)
_TARGETS: tuple[tuple[str, str | Promise], ...] = (
    ("first_response", _("First response within")),
    ("real_answer", _("Real answer after a holding reply within")),
    ("resolution", _("Solution within")),
)


@dataclass(frozen=True)
class Paid(Invitation):
    """What somebody is told who pays from now on; targets only where the plan tells them."""

    plan: str = ""
    team: str = ""
    product_manager: str = ""
    targets: tuple[tuple[str | Promise, str | Promise], ...] = ()
    first_report_on: date | None = None


def paid(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Raises NotNeeded where the plan is free again by now."""
    plan, since = customer.plan, customer.paying_since
    if plan is None or plan.is_free or since is None:
        raise NotNeeded("the plan is free again")
    reader = reader_of(item.contact_id)
    named = plan.name_zh if reader.language.startswith("zh") and plan.name_zh else plan.name
    told = Paid(
        role="",
        consultant=customer.consultant.name if customer.consultant else "",
        plan=named,
        team=customer.team.name if customer.team else "",
        product_manager=customer.product_manager.name if customer.product_manager else "",
        targets=targets_of(customer) if plan.shows_targets else (),
        first_report_on=first_report_on(time_zone=customer.time_zone, since=since),
    )
    return Letter(
        template="paid",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader,
        written_at=item.created_at,
        is_automatic=True,
        invitation=told,
    )


def targets_of(customer: Customer) -> tuple[tuple[str | Promise, str | Promise], ...]:
    """What the customer's policy aims at for a ticket in general, as its reader writes it."""
    try:
        policy = policy_for(customer=customer)
    except NoPolicy:
        return ()
    aims = ((label, getattr(policy, name)) for name, label in _TARGETS)
    return tuple((label, _written(seconds)) for label, seconds in aims if seconds)
