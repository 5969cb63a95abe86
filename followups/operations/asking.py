"""Asking one person how we did: once per plan and period, with the questions of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from customers.models import Customer
from desk.models import CallbackPlan, Due, Question
from desk.operations import due, outbox
from followups.models import Callback, Calling, Event, Rescue
from product.quiet import quiet_until
from tickets.models import Contact, Entry, Ticket
from tickets.models.trail import AuthorKind


class NothingToAsk(Exception):
    """The questionnaire has no question for a person of that role; give it one, or another plan."""


@dataclass(frozen=True)
class Whose:
    """Whom a score will count for, whoever looks after the customer later."""

    agent_id: int | None = None
    team_id: int | None = None


def mail_key(callback_id: int, *, customer_id: int) -> str:
    """The business fact of a callback's mail; ``…:again`` is its reminder."""
    return f"c{customer_id}:callback:{callback_id}"


def questions_for(*, plan: CallbackPlan, contact: Contact) -> list[dict[str, Any]]:
    """What a person is asked by a plan, as `Callback.questions` keeps it. May be empty."""
    asked = Question.objects.filter(questionnaire=plan.questionnaire_id).order_by("position", "pk")
    return [_frozen(one) for one in asked if not one.roles or contact.role in one.roles]


@transaction.atomic
def ask(
    *,
    customer: Customer,
    plan: CallbackPlan,
    contact: Contact,
    period: str,
    whose: Whose,
    now: datetime,
    ticket: Ticket | None = None,
    rescue: Rescue | None = None,
    call_at: datetime | None = None,
    by: str | None = None,
) -> Callback | None:
    """Ask somebody: by mail outside their quiet hours, by phone from `call_at` on, in the portal.

    It stands in the ticket's trail, and is recalled once by its due row. `by`: otherwise than the
    plan says. None: they were asked for this period before. Raises NothingToAsk.
    """
    questions = questions_for(plan=plan, contact=contact)
    if not questions:
        raise NothingToAsk(f"{plan.questionnaire_id}: {contact.role}")
    callback, is_new = Callback.objects.get_or_create(
        plan=plan,
        contact=contact,
        period=period,
        defaults={
            "questionnaire_id": plan.questionnaire_id,
            "ticket": ticket,
            "questions": questions,
            "by": by or plan.by,
            "asked_at": now,
            "expires_at": now + timedelta(days=plan.lasts_days),
        },
    )
    if not is_new:
        return None
    Calling.objects.create(
        callback=callback,
        agent_id=whose.agent_id,
        team_id=whose.team_id,
        customer_plan_id=customer.plan_id,
        rescue=rescue,
        call_at=(call_at or now) if callback.by == CallbackPlan.By.PHONE else None,
    )
    log(callback=callback, rescue=rescue, field="asked", new=contact.name, now=now)
    if ticket is not None:
        _enter(ticket, contact, now)
    _send(customer, plan, callback, now)
    return callback


def log(
    *,
    field: str,
    now: datetime,
    callback: Callback | None = None,
    rescue: Rescue | None = None,
    by: User | None = None,
    old: str = "",
    new: str = "",
    body: str = "",
) -> Event:
    """Write what was done about a callback or a rescue; `by` None: by the product itself."""
    return Event.objects.create(
        callback=callback,
        rescue=rescue,
        field=field,
        old=old[:200],
        new=new[:200],
        body=body,
        staff=by,
        author_name=by.name if by else "",
        at=now,
    )


def _enter(ticket: Ticket, contact: Contact, now: datetime) -> None:
    Entry.objects.create(
        ticket=ticket,
        kind=Entry.Kind.ASKED,
        author_kind=AuthorKind.SYSTEM,
        author_name=contact.name,
        written_at=now,
    )


def _send(customer: Customer, plan: CallbackPlan, callback: Callback, now: datetime) -> None:
    if callback.by == CallbackPlan.By.MAIL:
        outbox.put(
            customer_id=customer.pk,
            key=mail_key(callback.pk, customer_id=customer.pk),
            kind="callback",
            row=str(callback.pk),
            contact_id=callback.contact_id,
            now=now,
            not_before=quiet_until(callback.contact, now),
        )
    due.set_time(
        customer_id=customer.pk,
        kind=Due.Kind.RECALL,
        row_id=callback.pk,
        due_at=now + timedelta(days=plan.remind_days or plan.lasts_days),
    )


def _frozen(question: Question) -> dict[str, Any]:
    frozen: dict[str, Any] = {
        "key": question.key,
        "kind": question.kind,
        "text": {"en": question.text_en, "zh-hans": question.text_zh},
    }
    if question.kind != Question.Kind.TEXT:
        frozen |= {"min": question.lowest, "max": question.highest}
    if question.choices:
        frozen["choices"] = question.choices
    return frozen
