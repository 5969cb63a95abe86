"""Somebody is asked how we did, for tests of what they see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import CallbackPlan
from followups.links import CALLBACK, token
from followups.models import Answer, Callback
from followups.operations.asking import Whose, ask
from servicedesk import zones
from tests.cast import hours, make_ticket
from tickets import operations
from tickets.models import Contact


def asked_after(customer: Customer, contact: Contact, *, by: User, now: datetime,
                **facts: Any) -> Callback:  # fmt: skip
    """A ticket of theirs was resolved four hours before `now`; they are asked about it."""
    zones.use(zones.DESK)
    with schema_of(customer):
        ticket = make_ticket(requester=contact, now=now - hours(6), **facts)
        operations.reply(ticket=ticket, by=by, body="<p>Done.</p>", now=now - hours(5))
        operations.resolve(ticket=ticket, by=by, now=now - hours(4))
        callback = ask(
            customer=customer, plan=CallbackPlan.objects.get(kind="resolved"), contact=contact,
            ticket=ticket, period=f"resolved:{ticket.pk}:1", whose=Whose(agent_id=by.pk), now=now,
        )  # fmt: skip
    assert callback is not None
    return callback


def asked_this_quarter(customer: Customer, contact: Contact, *, now: datetime) -> Callback:
    """They are asked the quarterly questions of their role."""
    zones.use(zones.DESK)
    with schema_of(customer):
        callback = ask(
            customer=customer, plan=CallbackPlan.objects.get(kind="periodic"), contact=contact,
            period=f"{now:%Y-%m-%d}", whose=Whose(), now=now,
        )  # fmt: skip
    assert callback is not None
    return callback


def link_to(customer: Customer, callback: Callback, purpose: str = CALLBACK, key: str = "") -> str:
    """The page that its mail leads to."""
    said = token(
        schema=str(customer.schema_name), purpose=purpose, row=callback.secret, key=key or None
    )
    return f"/callbacks/{callback.pk}/{said}/"


def answers_at(customer: Customer) -> list[Answer]:
    """What was said there, in its order."""
    zones.use(zones.OWNER)
    with schema_of(customer):
        return list(Answer.objects.order_by("pk"))
