"""A customer's way through our stages: entering one, and the plan of the time in it.

Whoever changes anything here holds the customer's row, so two who enter a stage at once enter one
after the other. Each change stands in the audit log as one of the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, record
from accounts.time_zones import is_known
from customers.models import Customer, StageTask, Stay, ToDo
from customers.models.stage import ToDoQuerySet
from customers.operations.suspending import ReasonMissing

WAY = tuple(Customer.Stage)
"""The stages in their order; who goes to an earlier one, or leaves, says why."""

OPEN_GROUP = frozenset({Customer.Stage.LIVE, Customer.Stage.RENEWING})
"""Stages of customers whose group is open."""


class AlreadyThere(Exception):
    """The customer is in that stage."""


class GroupNotOpen(Exception):
    """Only a customer whose group is open is live: open it, and it goes live by that."""


class LinesOpen(Exception):
    """Required lines of the present stage are neither done nor left out; `lines` are those."""

    def __init__(self, lines: Sequence[ToDo]) -> None:
        super().__init__(", ".join(line.name for line in lines))
        self.lines = list(lines)


def present_stay(customer: Customer) -> Stay | None:
    """The stay the customer is in; None for one of whom no stages were kept so far."""
    return Stay.objects.now().filter(customer=customer).select_related("owner").first()


def lacking(customer: Customer) -> list[ToDo]:
    """What the present stage still asks for, in its order; nothing where no stay is kept."""
    stay = present_stay(customer)
    return [] if stay is None else _required(stay)


def is_turning_back(*, old: str, new: str) -> bool:
    """Whether that way needs a reason: to an earlier stage, or away from us."""
    places = [stage.value for stage in WAY]
    return new == Customer.Stage.LEFT or places.index(new) < places.index(old)


def today_of(*, customer: Customer, now: datetime) -> date:
    """The customer's date at that time; UTC's where its zone is none."""
    return now.astimezone(zone_of(customer)).date()


def zone_of(customer: Customer) -> ZoneInfo:
    """The customer's time zone, UTC for one that is none."""
    return ZoneInfo(customer.time_zone if is_known(customer.time_zone) else "UTC")


@transaction.atomic
def begin(
    *,
    customer: Customer,
    by: By | None,
    now: datetime,
    owner: User | None = None,
    due_on: date | None = None,
) -> Stay:
    """Keep the stage that a customer is in from now on, with its checklist; one kept stays so.

    `owner` is the customer's consultant and `due_on` the day of the last line unless told. Written
    into the audit log, unless `by` is None: then the caller writes it.
    """
    hold(customer)
    kept = present_stay(customer)
    if kept is not None:
        return kept
    stay = _begin(customer, now, owner, due_on)
    if by is not None:
        _record("stage_begun", customer, by, now, stage=[None, stay.stage], **_plan_of(stay))
    return stay


@transaction.atomic
def enter(
    *,
    customer: Customer,
    stage: str,
    by: By | None,
    now: datetime,
    owner: User | None = None,
    due_on: date | None = None,
    reason: str = "",
) -> Stay:
    """Let a customer enter a stage: the present stay ends, the new one begins with its checklist.

    With a `reason` the required lines that are open are left out by it; who turns back or leaves
    needs one, and leaves out all that is open. Lines that are not required stay to be done. `owner`
    is the one before and `due_on` the day of the last line unless told. Written into the audit
    log, unless `by` is None: then the caller writes it.

    Raises AlreadyThere, GroupNotOpen, ReasonMissing and LinesOpen; then nothing has changed.
    """
    hold(customer)
    stay, old, why = present_stay(customer), customer.stage, reason.strip()[:300]
    _check(customer, stay, stage, why)
    left_out = _end(stay, why, now, all_of_it=is_turning_back(old=old, new=stage)) if stay else []
    customer.stage = stage
    customer.save(update_fields=["stage"])
    entered = _begin(customer, now, owner or (stay.owner if stay else None), due_on)
    if by is not None:
        told: dict[str, list[Any]] = {"stage": [old, stage], **_plan_of(entered)}
        told |= {"left out": [None, left_out]} if left_out else {}
        told |= {"reason": [None, why]} if why else {}
        _record("stage_entered", customer, by, now, **told)
    return entered


@transaction.atomic
def plan_stay(
    *, customer: Customer, owner: User | None, due_on: date | None, by: By, now: datetime
) -> Stay:
    """Say whose the present stage is, and until when it is to last; begins it where none is kept.

    What is open of its checklist and was the owner's before goes along.
    """
    hold(customer)
    stay = begin(customer=customer, by=by, now=now)
    before = _plan_of(stay)
    mine = _open_of(stay).filter(owner=stay.owner)
    if owner != stay.owner:
        mine.update(owner=owner)
    stay.owner, stay.due_on = owner, due_on
    stay.save(update_fields=["owner", "due_on"])
    after = _plan_of(stay)
    told = {name: [before[name][1], after[name][1]] for name in after}
    changes = {name: pair for name, pair in told.items() if pair[0] != pair[1]}
    if changes:
        _record("stage_planned", customer, by, now, **changes)
    return stay


def hold(customer: Customer) -> None:
    """Let nobody else move the customer until the transaction ends; reads its stage anew."""
    row = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    customer.stage, customer.laid_at = row.stage, row.laid_at


def _check(customer: Customer, stay: Stay | None, stage: str, why: str) -> None:
    if stage == customer.stage and stay is not None:
        raise AlreadyThere(stage)
    if stage in OPEN_GROUP and customer.laid_at is None:
        raise GroupNotOpen(customer.code)
    if not why and is_turning_back(old=customer.stage, new=stage):
        raise ReasonMissing
    if not why and stay is not None and (lines := _required(stay)):
        raise LinesOpen(lines)


def _required(stay: Stay) -> list[ToDo]:
    return list(_open_of(stay).filter(is_required=True).order_by("position", "pk"))


def _open_of(stay: Stay) -> ToDoQuerySet:
    mine = ToDo.objects.filter(customer_id=stay.customer_id, since=stay.began_at)
    return mine.filter(stage=stay.stage).open()


def _end(stay: Stay, why: str, now: datetime, *, all_of_it: bool) -> list[str]:
    """End the stay; the names of what was left out by that."""
    left = _open_of(stay) if all_of_it else _open_of(stay).filter(is_required=True)
    names = list(left.order_by("position", "pk").values_list("name", flat=True)) if why else []
    if names:
        left.update(skipped_at=now, words=why)
    # A clock that was put back makes no stay end before it began.
    stay.ended_at = max(now, stay.began_at)
    stay.save(update_fields=["ended_at"])
    return names


def _begin(customer: Customer, now: datetime, owner: User | None, due_on: date | None) -> Stay:
    tasks = list(
        StageTask.objects.filter(stage=customer.stage, is_active=True).order_by("position", "pk")
    )
    today, mine = today_of(customer=customer, now=now), owner or customer.consultant
    last = max((task.days for task in tasks), default=None)
    stay = Stay.objects.create(
        customer=customer,
        stage=customer.stage,
        owner=mine,
        began_at=now,
        due_on=due_on or (None if last is None else today + timedelta(days=last)),
    )
    ToDo.objects.bulk_create(
        ToDo(
            customer=customer,
            stage=customer.stage,
            since=now,
            task=task,
            name=task.name,
            name_zh=task.name_zh,
            position=task.position,
            is_required=task.is_required,
            owner=mine,
            due_on=today + timedelta(days=task.days),
        )
        for task in tasks
    )
    return stay


def _plan_of(stay: Stay) -> dict[str, list[Any]]:
    due_on = stay.due_on.isoformat() if stay.due_on else None
    return {"owner": [None, stay.owner.name if stay.owner else None], "due_on": [None, due_on]}


def _record(action: str, customer: Customer, by: By, now: datetime, **changes: list[Any]) -> None:
    told = {name: pair for name, pair in changes.items() if pair != [None, None]}
    record(action=action, of=customer, changes=told, by=by, now=now, customer_code=customer.code)
