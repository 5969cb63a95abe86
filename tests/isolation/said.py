"""What a customer was asked and said of us, what that opened, and what we do not tell it of that.

Planted by `tests.isolation.canaries`, with its words.
"""

from __future__ import annotations

from accounts.models import User
from customers.models import Customer
from desk.models import Blackout, CallbackPlan, CallbackSkip, Duty, RescueCause, Topic
from followups.models import Answer, Callback, Calling, Event, Rescue
from followups.operations.asking import questions_for
from product.models import Evidence, Problem
from tests.cast import NINE, days
from tickets.models import Ticket

AFTER_A_TICKET = "After a ticket"


def plant_said(customer: Customer, ticket: Ticket, problem: Problem, *, word: str) -> None:
    """One callback with a low score, its rescue under way, and one open by phone; as the desk."""
    ada = User.objects.get(email="ada@desk.test")
    plan = CallbackPlan.objects.get(name=AFTER_A_TICKET)
    low = _asked(plan, ticket, period=word, by="portal", agent=ada)
    _asked(plan, ticket, period=f"{word}-2", by="phone", agent=ada)
    Answer.objects.create(
        callback=low, scores={"service": 1}, words=word, via="portal", contact=ticket.requester,
        given_at=NINE,
    )  # fmt: skip
    cause, _ = RescueCause.objects.get_or_create(name=problem.key)
    rescue = Rescue.objects.get(closed_at=None)
    rescue.state, rescue.consultant, rescue.cause = "acting", ada, cause
    rescue.named_at = rescue.due_at = rescue.contacted_at = NINE
    rescue.action = rescue.told = word
    rescue.save()
    Event.objects.create(
        rescue=rescue, callback=low, field="state", old=word, new=word, body=word, staff=ada,
        author_name="Ada", at=NINE,
    )  # fmt: skip
    Evidence.objects.create(problem=problem, customer=customer, callback_id=low.pk, added_at=NINE)


def _asked(plan: CallbackPlan, ticket: Ticket, *, period: str, by: str, agent: User) -> Callback:
    callback = Callback.objects.create(
        plan=plan, questionnaire_id=plan.questionnaire_id, contact=ticket.requester, ticket=ticket,
        period=period, questions=questions_for(plan=plan, contact=ticket.requester), by=by,
        asked_at=NINE, expires_at=NINE + days(9_000),
    )  # fmt: skip
    Calling.objects.create(
        callback=callback, agent=agent, caller=agent, call_at=NINE, draft={"words": period}
    )
    return callback


def plant_asking(customer: Customer, contact_id: int, *, word: str) -> None:
    """Whom of it we do not ask, and why, and a plan for it alone, which is not used."""
    ada = User.objects.get(email="ada@desk.test")
    usual = CallbackPlan.objects.get(name=AFTER_A_TICKET)
    plan = CallbackPlan.objects.create(
        name=word, kind="resolved", questionnaire_id=usual.questionnaire_id, is_active=False,
        position=99, created_at=NINE,
    )  # fmt: skip
    plan.customers.add(customer)
    day = NINE.date()
    Blackout.objects.create(customer=customer, first_on=day, last_on=day, reason=word)
    CallbackSkip.objects.create(
        customer=customer, contact_id=contact_id, until=day, reason=word, by=ada, created_at=NINE
    )
    Duty.objects.get_or_create(user=ada)
    Topic.objects.get_or_create(name="Delivery", defaults={"words": ["delivery"]})
