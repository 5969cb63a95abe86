"""How a rescue ends: with a cause, an action, who was told, and a new score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Customer
from desk.models import Bell, CallbackPlan, Due, RescueCause
from desk.operations import due
from desk.words import RescueState
from followups.low_scores import Low, lows_of, score_words
from followups.models import Answer, Callback, Rescue
from followups.operations.asking import NothingToAsk, Whose, ask
from followups.operations.choosing import can_take
from followups.operations.rescue_log import log_state
from tickets.models import Contact

WAITS = timedelta(days=1)
"""So often one that waits for new scores is looked at: a callback may be over, or taken back."""

LONGEST_TOLD = 200
LONGEST_ACTION = 4_000
"""Letters."""


class Unfinished(ValueError):
    """It cannot be closed so; `problems` says of each field why."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {said}" for field, said in problems.items()))
        self.problems = problems


class RatedYourself(Exception):
    """One of its scores counts for whoever wants to close it; somebody else looks and closes."""


class NotOurTurn(Exception):
    """It waits for the new score, or is closed; `state` says which."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class Again:
    """Somebody whose low answer a rescue is about. `silent`: why they are not asked, or empty.

    `is_waiting`: they were asked anew before, and may still answer that.
    """

    low: Low
    plan: CallbackPlan | None
    is_waiting: bool
    silent: str

    @property
    def contact(self) -> Contact:
        """Who it is."""
        return self.low.contact


def again(*, rescue: Rescue, now: datetime) -> list[Again]:
    """Who is asked anew when it closes, and who is not, and why: each person once.

    Whoever has said since that it is good now is asked no more. Asked by the plan of their last
    answer that joined.
    """
    own = Callback.objects.filter(calling__rescue=rescue)
    good = own.filter(answered_at__isnull=False, calling__is_low=False).order_by("answered_at")
    better = dict(good.values_list("contact", "answered_at"))
    waiting = set(own.waiting(now).values_list("contact", flat=True))
    last = {low.contact.pk: low for low in lows_of(rescue)}
    plans = CallbackPlan.objects.in_bulk([low.callback.plan_id for low in last.values()])
    return [
        Again(
            low,
            plan,
            pk in waiting,
            _silence(low, plan, better_at=better.get(pk)),
        )
        for pk, low in last.items()
        for plan in [plans.get(low.callback.plan_id)]
    ]


def rated(rescue: Rescue) -> set[int]:
    """Ids of our people for whom its low scores count."""
    ours = rescue.joined.filter(callback__calling__agent__isnull=False)
    return set(ours.values_list("callback__calling__agent_id", flat=True))


@transaction.atomic
def close(
    *,
    customer: Customer,
    rescue_id: int,
    by: User,
    cause: RescueCause | None,
    action: str,
    told: str,
    now: datetime,
) -> Rescue:
    """Say why it was, what was done and who was told; everybody who was dissatisfied is asked anew.

    It waits for their scores, or is closed at once where nobody may be asked. Raises NotOurTurn,
    RatedYourself, Unfinished.
    """
    rescue = held(rescue_id)
    if rescue.state in (RescueState.ASKED, RescueState.CLOSED):
        raise NotOurTurn(rescue.state)
    if by.pk in rated(rescue):
        raise RatedYourself(rescue.pk)
    action, told = action.strip(), told.strip()
    _check(cause, action, told)
    old = rescue.state
    rescue.cause, rescue.action, rescue.told = cause, action, told
    rescue.round += 1
    asked = list(_ask(customer, rescue, now))
    if asked:
        rescue.state, rescue.asked_at = RescueState.ASKED, now
        said = ", ".join(asked)
    else:
        rescue.state, rescue.closed_at, rescue.closed_by = RescueState.CLOSED, now, by
        said = ""
    rescue.save()
    at = now + WAITS if asked else None
    due.set_time(customer_id=customer.pk, kind=Due.Kind.RESCUE, row_id=rescue.pk, due_at=at)
    field = "state" if asked else "unasked"
    log_state(rescue=rescue, by=by, old=old, now=now, field=field, body=said)
    return rescue


@transaction.atomic
def follow_score(*, customer: Customer, answer_id: int, now: datetime) -> None:
    """Tell whose score it is, and close the rescue whose new score is good. May repeat.

    Nobody is told of an import, and of what a machine said. A low one has opened the rescue anew
    where it was written (`sd.answer_after`).
    """
    answer = Answer.objects.select_related(
        "callback__ticket", "callback__contact", "callback__calling"
    ).get(pk=answer_id)
    if answer.via == Answer.Via.IMPORT or answer.is_machine:
        return
    _ring_rated(customer, answer, now)
    rescue_id = answer.callback.calling.rescue_id
    if rescue_id is not None and not answer.is_low:
        settle(rescue_id=rescue_id, now=now)


@transaction.atomic
def settle(*, rescue_id: int, now: datetime) -> bool:
    """Close the rescue if it waits for nobody any more: true when that closed it. May repeat.

    With a new score that is good, or with none where nobody gave one in time: its trail tells.
    """
    rescue = held(rescue_id)
    ours = Callback.objects.filter(calling__rescue=rescue)
    if rescue.state != RescueState.ASKED or ours.waiting(now).exists():
        return False
    answered = ours.filter(answered_at__gte=rescue.asked_at).order_by("answered_at", "pk")
    said = _new_scores(answered)
    rescue.state, rescue.closed_at = RescueState.CLOSED, now
    rescue.save(update_fields=["state", "closed_at"])
    field = "state" if said else "unscored"
    log_state(rescue=rescue, by=None, old=RescueState.ASKED, now=now, field=field, body=said)
    return True


def settle_unanswered(*, rescue: Rescue, now: datetime) -> bool:
    """A new callback of the rescue is over unanswered: close it if that was the last one."""
    return settle(rescue_id=rescue.pk, now=now)


def held(rescue_id: int) -> Rescue:
    """The rescue with its ticket, locked: whoever changes it takes it first, then the ticket."""
    rows = Rescue.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("ticket").get(pk=rescue_id)


def _silence(low: Low, plan: CallbackPlan | None, *, better_at: datetime | None) -> str:
    contact = low.contact
    if better_at is not None and better_at > low.answer.given_at:
        return _("says that it is good now")
    if not contact.is_active:
        return _("has left")
    if not contact.is_asked:
        return _("wants no questions")
    return "" if plan is not None else _("was asked without a plan")


def _check(cause: RescueCause | None, action: str, told: str) -> None:
    too_long = _("Say it in %(most)d letters at most.")
    checked = [
        ("cause", cause is None or not cause.is_active, _("Choose a cause from the list.")),
        ("action", not action, _("Say what we did about it.")),
        ("action", len(action) > LONGEST_ACTION, too_long % {"most": LONGEST_ACTION}),
        ("told", not told, _("Say who was told what we did.")),
        ("told", len(told) > LONGEST_TOLD, too_long % {"most": LONGEST_TOLD}),
    ]
    problems = {field: said for field, is_wrong, said in checked if is_wrong}
    if problems:
        raise Unfinished(problems)


def _ask(customer: Customer, rescue: Rescue, now: datetime) -> Iterator[str]:
    """Ask everybody who may be asked and was not yet; gives the names of all who may answer."""
    for one in again(rescue=rescue, now=now):
        if one.silent or one.plan is None:
            continue
        if one.is_waiting or _asked(customer, rescue, one, one.plan, now):
            yield one.contact.name


def _asked(
    customer: Customer, rescue: Rescue, one: Again, plan: CallbackPlan, now: datetime
) -> bool:
    before = one.low.callback
    try:
        ask(
            customer=customer,
            plan=plan,
            contact=one.contact,
            period=f"again:{rescue.pk}:{rescue.round}",
            whose=Whose(before.calling.agent_id, before.calling.team_id),
            ticket=before.ticket,
            rescue=rescue,
            now=now,
        )
    except NothingToAsk:
        return False
    return True


def _new_scores(answered: QuerySet[Callback]) -> str:
    """Who gave which scores, in figures: ``Dan Davis 5 of 5``."""
    said = []
    for one in answered.select_related("contact"):
        tops = {question["key"]: question.get("max") for question in one.questions}
        figures = ", ".join(f"{score}/{tops.get(key)}" for key, score in one.scores.items())
        said.append(f"{one.contact.name} {figures}".strip())
    return "; ".join(said)


def _ring_rated(customer: Customer, answer: Answer, now: datetime) -> None:
    callback = answer.callback
    agent = User.objects.filter(pk__in=[callback.calling.agent_id]).first()
    if agent is None or not can_take(person=agent, customer=customer):
        return
    ticket = callback.ticket
    with translation.override(agent.language):
        score = _score_of(answer)
    about = ticket.subject if ticket else callback.contact.name
    Bell.objects.bulk_create(
        [
            Bell(
                user=agent,
                key=f"c{customer.pk}:rated:{answer.pk}:{agent.pk}",
                kind=Bell.Kind.RATED,
                customer=customer,
                number=ticket.number if ticket else 0,
                subject=f"{score} · {about}"[:200],
                by_name=callback.contact.name,
                rung_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def _score_of(answer: Answer) -> str:
    """Its first score in words; without one, that they wrote something."""
    for question in answer.callback.questions:
        if question["key"] in answer.scores:
            return score_words(answer.scores[question["key"]], question.get("max"))
    return _("Words only")
