"""What is due at a rescue: its consultant named, told of what joined, warned, or relieved."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from customers.models import Customer
from desk.models import CallbackPlan, Due
from desk.operations import due
from desk.operations.policies import NoPolicy, terms_for
from desk.words import RescueState
from followups.low_scores import lows_of
from followups.models import Event, Rescue
from followups.operations.asking import log
from followups.operations.choosing import choose, is_here
from followups.operations.closing_rescues import WAITS, held, settle
from followups.operations.rescue_log import log_consultant
from followups.operations.rescue_telling import (
    About,
    tell_due,
    tell_joined,
    tell_named,
    tell_nobody,
)
from tickets.business_time import SECOND, NeverOpens, reached
from tickets.operations.clocking import calendar_of

SOON = 80
"""Percent of its business time after which its consultant is warned."""

LATE = 100

LOOK_AGAIN = timedelta(minutes=10)
"""So often an open rescue is looked at: its consultant may have left since."""

TRY_AGAIN = timedelta(minutes=2)
"""When naming is tried again after nobody was here."""

USUAL_MINUTES = 240
"""Business minutes where the callback's plan is not known: those of a new plan."""

_CAME = ("rescued", "joined")
_TOLD = ("consultant", "told")


@transaction.atomic
def attend(*, customer: Customer, rescue_id: int, now: datetime) -> None:
    """Do what is due at a rescue by `now`, and have it looked at again. Safe to repeat.

    It is named when it has no consultant or theirs is away or gone; they are rung for once for each
    further callback that joined, and warned of its time, as are their lead and the managers when
    it is over. Whoever dies in between leaves nothing: all of it is one transaction.
    """
    rescue = held(rescue_id)
    about = About(customer, rescue, now)
    if rescue.state == RescueState.ASKED and not settle(rescue_id=rescue.pk, now=now):
        _look_again(about, now + WAITS)
    if rescue.state in (RescueState.ASKED, RescueState.CLOSED):
        return
    holder = User.objects.filter(pk__in=[rescue.consultant_id]).first()
    if holder is None or rescue.named_at is None or not _is_here(about, holder):
        taker = choose(customer=customer, holder=holder, now=now)
        if taker is None:
            tell_nobody(about=about)
            _look_again(about, now + TRY_AGAIN)
            return
        name(about=about, to=taker, by=None)
        holder = taker
    else:
        _tell_of_joined(about, holder)
    times = _warn(about, holder)
    _look_again(about, min([now + LOOK_AGAIN, *times]))


def name(*, about: About, to: User, by: User | None) -> None:
    """Give the locked rescue to somebody and tell them; its time is set when it is named first."""
    rescue, now = about.rescue, about.now
    before = User.objects.filter(pk__in=[rescue.consultant_id]).first()
    rescue.consultant = to
    if rescue.named_at is None:
        rescue.named_at = now
        rescue.due_at = time_of(about=about, percent=LATE)
    rescue.save(update_fields=["consultant", "named_at", "due_at"])
    old = before.name if before and before.pk != to.pk else ""
    event = log_consultant(rescue=rescue, by=by, old=old, new=to.name, now=now)
    tell_named(about=about, to=to, event=event)


def time_of(*, about: About, percent: int) -> datetime:
    """When so much of a rescue's business time is over, by the customer's hours.

    It counts from the low score that opened it, or opened it again. Where no hours are known, or
    none are left, it is plain time.
    """
    rescue = about.rescue
    events = Event.objects.filter(rescue=rescue).order_by("pk")
    asked = events.filter(field="state", new=RescueState.ASKED).last()
    came = events.filter(field__in=_CAME, pk__gt=asked.pk if asked else 0).first()
    start = came.at if came else rescue.opened_at
    seconds = _minutes(rescue) * 60 * percent // 100
    try:
        terms = terms_for(customer=about.customer, now=about.now)
        return reached(start, seconds * SECOND, calendar_of(terms))
    except (NoPolicy, NeverOpens):
        return start + timedelta(seconds=seconds)


def _is_here(about: About, person: User) -> bool:
    """Whether whoever has the rescue may go on with it."""
    return is_here(person=person, customer=about.customer, now=about.now)


def _minutes(rescue: Rescue) -> int:
    """The shortest time of the plans by which those were asked whose answers joined."""
    plans = rescue.joined.values_list("callback__plan_id", flat=True)
    found = CallbackPlan.objects.filter(pk__in=list(plans))
    return min(found.values_list("rescue_minutes", flat=True), default=USUAL_MINUTES)


def _tell_of_joined(about: About, holder: User) -> None:
    """By the order of events: what came after they were last told, of callbacks new to them."""
    events = Event.objects.filter(rescue=about.rescue).order_by("pk")
    told = events.filter(field__in=_TOLD).last()
    came = events.filter(field__in=_CAME).values_list("pk", "callback_id")
    since = told.pk if told else 0
    known = {callback for pk, callback in came if pk < since}
    fresh = {callback for pk, callback in came if pk > since} - known
    if not fresh:
        return
    lows = [low for low in lows_of(about.rescue) if low.callback.pk in fresh]
    tell_joined(about=about, to=holder, lows=lows)
    log(rescue=about.rescue, field="told", new=holder.name, now=about.now)


def _warn(about: About, holder: User) -> list[datetime]:
    """Take the steps whose time has come, each once; returns the times of those to come."""
    rescue, now = about.rescue, about.now
    if rescue.due_at is None or rescue.named_at is None:
        return []
    warned = Event.objects.filter(rescue=rescue, field="warned", at__gte=rescue.named_at)
    taken = set(warned.values_list("new", flat=True))
    times = {SOON: time_of(about=about, percent=SOON), LATE: rescue.due_at}
    reached_now = [step for step, at in times.items() if at <= now and str(step) not in taken]
    if reached_now and str(LATE) not in taken:
        step = max(reached_now)
        tell_due(about=about, to=holder, is_late=step == LATE)
        log(rescue=rescue, field="warned", new=str(step), now=now)
    return [at for at in times.values() if at > now]


def _look_again(about: About, at: datetime) -> None:
    due.set_time(
        customer_id=about.customer.pk, kind=Due.Kind.RESCUE, row_id=about.rescue.pk, due_at=at
    )
