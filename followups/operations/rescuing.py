"""What people do about a low score: speak with them, act, hand it over. Closing has its own."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from customers.models import Customer
from desk.models import Due
from desk.operations import due
from desk.words import RescueState
from followups.models import Rescue
from followups.operations.choosing import can_take
from followups.operations.closing_rescues import NotOurTurn, held
from followups.operations.naming import name
from followups.operations.rescue_log import log_state
from followups.operations.rescue_telling import About
from tickets.operations.writing import ring_judge


class How(models.TextChoices):
    """The way we spoke with them."""

    PHONE = "phone", gettext_lazy("By phone")
    MAIL = "mail", gettext_lazy("By mail")
    VISIT = "visit", pgettext_lazy("how we spoke with somebody", "At a visit")


class CannotTake(ValueError):
    """That person does not serve this customer, or is away; choose another one."""


class NoWords(ValueError):
    """Say what you do about it."""


@transaction.atomic
def contact(*, rescue_id: int, by: User, how: str, note: str, now: datetime) -> Rescue:
    """Say that we spoke with them, how, and what they said. Raises NotOurTurn."""
    rescue = held(rescue_id)
    if rescue.state != RescueState.OPEN:
        raise NotOurTurn(rescue.state)
    said = f"{How(how).value}\n{note.strip()}"
    return _move(rescue, RescueState.CONTACTED, by, said, now, contacted_at=now)


@transaction.atomic
def act(*, rescue_id: int, by: User, note: str, now: datetime) -> Rescue:
    """Say what we do about it. Raises NotOurTurn, NoWords."""
    rescue = held(rescue_id)
    if rescue.state != RescueState.CONTACTED:
        raise NotOurTurn(rescue.state)
    if not note.strip():
        raise NoWords
    return _move(rescue, RescueState.ACTING, by, note.strip(), now)


@transaction.atomic
def hand_over(*, customer: Customer, rescue_id: int, to: User, by: User, now: datetime) -> Rescue:
    """Make it somebody's, who hears of it; its time stays. Raises CannotTake, NotOurTurn."""
    rescue = held(rescue_id)
    if rescue.state in (RescueState.ASKED, RescueState.CLOSED):
        raise NotOurTurn(rescue.state)
    if not can_take(person=to, customer=customer) or to.is_away(now):
        raise CannotTake(to.pk)
    if rescue.consultant_id != to.pk or rescue.named_at is None:
        name(about=About(customer, rescue, now), to=to, by=by)
        due.ask(customer_id=customer.pk, kind=Due.Kind.RESCUE, row_id=rescue.pk)
        ring_judge()
    return rescue


def _move(
    rescue: Rescue, state: str, by: User, said: str, now: datetime, **facts: datetime
) -> Rescue:
    old, rescue.state = rescue.state, state
    for field, value in facts.items():
        setattr(rescue, field, value)
    rescue.save(update_fields=["state", *facts])
    log_state(rescue=rescue, by=by, old=old, now=now, body=said)
    return rescue
