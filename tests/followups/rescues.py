"""Low scores for tests: somebody is asked, and says what they think of us."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from customers.models import Customer
from desk.models import Bell, CallbackPlan, OutboxItem
from followups.models import Answer, Callback, Rescue
from followups.operations.asking import Whose, ask
from followups.operations.naming import attend
from followups.operations.scoring import give
from tests.cast import NINE, days
from tickets.models import Contact, Ticket

YESTERDAY = NINE - days(1)


def asked(
    customer: Customer,
    contact: Contact,
    *,
    agent: User | None = None,
    ticket: Ticket | None = None,
    period: str = "2026-01-01",
    now: datetime = YESTERDAY,
) -> Callback:
    """Ask somebody by the plan for resolved tickets; the schema is open."""
    callback = ask(
        customer=customer,
        plan=CallbackPlan.objects.get(kind="resolved"),
        contact=contact,
        ticket=ticket,
        period=period,
        whose=Whose(agent_id=agent.pk if agent else None),
        now=now,
    )
    assert callback is not None
    return callback


def say(callback: Callback, score: int, *, now: datetime = NINE, words: str = "") -> Answer:
    """Answer it in the portal."""
    answer = give(callback=callback, scores={"service": score}, words=words, via="portal", now=now)
    assert answer is not None
    return answer


def rescued(
    customer: Customer,
    contact: Contact,
    *,
    agent: User | None = None,
    ticket: Ticket | None = None,
    now: datetime = NINE,
    is_named: bool = True,
) -> Rescue:
    """A low score of theirs and the rescue it opened, with a consultant unless told otherwise."""
    say(asked(customer, contact, agent=agent, ticket=ticket), 1, now=now, words="Nobody called.")
    rescue = Rescue.objects.get(closed_at=None)
    if is_named:
        attend(customer=customer, rescue_id=rescue.pk, now=now)
        rescue.refresh_from_db()
    return rescue


def rung(kind: str = Bell.Kind.RESCUE) -> list[str]:
    """First names of those for whom bells of a kind rang, sorted."""
    names = Bell.objects.filter(kind=kind).values_list("user__name", flat=True)
    return sorted(name.split()[0] for name in names)


def mailed() -> list[str]:
    """First names of those who are written to about low scores, sorted."""
    items = OutboxItem.objects.filter(kind="rescue").values_list("user__name", flat=True)
    return sorted(name.split()[0] for name in items)
