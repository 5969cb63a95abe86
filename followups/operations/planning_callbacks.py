"""Asking every so often how we do: one plan at one customer, each person once in a period.

The due row of a plan at a customer stands at the next moment of asking there. Who may not be asked
yet moves it within the period; when nobody is left it goes to the customer's day in the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from customers.models import Customer
from desk.models import CallbackPlan, Due
from desk.operations import due
from desk.operations.callback_plans import Diary, diary, next_period, period_of, plans_for
from followups.models import Callback
from followups.operations.asking import Whose, ask
from followups.operations.sparing import Spared, roles_of, spared
from tickets.models import Contact

AT_ONCE = 25
"""People asked in one transaction; then others have their turn."""


@transaction.atomic
def survey(*, customer: Customer, plan_id: int, now: datetime) -> None:
    """Ask everybody here whom a periodic plan asks, and set its due row to the next moment.

    By a plan that is paused, switched off or not for this customer any more nobody is asked, and
    its row is done with: `desk.operations.callback_plans.lay_due` sets it again. May repeat.
    """
    plans = plans_for(customer=customer, kind=CallbackPlan.Kind.PERIODIC)
    plan = next((one for one in plans if one.pk == plan_id), None)
    if plan is None:
        return
    days = diary(plan=plan, customer=customer, now=now)
    start = period_of(plan=plan, day=days.day_of(now))
    due.set_time(
        customer_id=customer.pk,
        kind=Due.Kind.SURVEY,
        row_id=plan.pk,
        due_at=_ask_some(days, start, now) or days.next_moment(next_period(plan=plan, start=start)),
    )


def people_of(*, diary: Diary, start: date) -> list[Contact]:
    """Whom the plan asks in the period that begins there and has not asked yet, in their order."""
    asked = Callback.objects.filter(
        plan=diary.plan, period=start.isoformat(), contact=OuterRef("pk")
    )
    people = Contact.objects.active().filter(~Exists(asked), role__in=roles_of(diary.plan))
    return list(people.order_by("pk"))


def _ask_some(days: Diary, start: date, now: datetime) -> datetime | None:
    """Ask whom we may; when to look again in this period. None: not in this period."""
    moment = days.moment_in(start)
    if moment is None:
        return None
    at = days.free_moment(max(moment, now))
    if at > now:
        return at if days.day_of(at) < next_period(plan=days.plan, start=start) else None
    people = people_of(diary=days, start=start)
    kept = spared(diary=days, contacts=people, now=now)
    free = [one.pk for one in people if one.pk not in kept]
    asked = _ask_each(days, free[:AT_ONCE], start, now)
    if asked < len(free):
        return now  # at once, after whoever else waits
    return _next_free(days, list(kept.values()), start)


def _ask_each(days: Diary, ids: Sequence[int], start: date, now: datetime) -> int:
    """Ask those of these people who may still be asked once they are held; how many were.

    They are held one plan at a time, so that nobody is asked by two at once.
    """
    rows = Contact.objects.select_for_update(no_key=True).filter(pk__in=ids)
    people = list(rows.order_by("pk"))
    kept = spared(diary=days, contacts=people, now=now)
    free = [one for one in people if one.pk not in kept]
    for contact in free:
        ask(
            customer=days.customer,
            plan=days.plan,
            contact=contact,
            period=start.isoformat(),
            whose=Whose(team_id=days.customer.team_id),
            now=now,
        )
    return len(free)


def _next_free(days: Diary, kept: Sequence[Spared], start: date) -> datetime | None:
    """When the first of those who are not asked yet may be, if that is in this period."""
    over = next_period(plan=days.plan, start=start)
    times = [days.free_moment(one.until) for one in kept if one.until is not None]
    return min((at for at in times if days.day_of(at) < over), default=None)
