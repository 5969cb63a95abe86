"""What is to be done for a customer: ticked, taken back, left out with words, planned, added.

Whoever changes a line holds its customer, as whoever enters a stage does: no line is ticked of a
stay that ends just then without its being counted.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, record
from customers.models import Customer, ToDo
from customers.operations.staging import begin, hold
from customers.operations.suspending import ReasonMissing

OPEN, DONE, LEFT_OUT = "open", "done", "left out"


class LineSettled(Exception):
    """It is done or left out; take that back before it is planned anew."""


@transaction.atomic
def tick(*, to_do: ToDo, by: By, now: datetime, words: str = "") -> ToDo:
    """It is done, whoever's it was; what was done before stays as it is."""
    row = _held(to_do)
    if row.done_at is None:
        before = state_of(row)
        row.skipped_at, row.done_at, row.done_by = None, now, by.user
        row.words = words.strip()[:300]
        _keep(row, before, by, now)
    return row


@transaction.atomic
def untick(*, to_do: ToDo, by: By, now: datetime) -> ToDo:
    """It is to be done after all: neither done nor left out."""
    row = _held(to_do)
    before = state_of(row)
    if before != OPEN:
        row.done_at = row.done_by = row.skipped_at = None
        row.words = ""
        _keep(row, before, by, now)
    return row


@transaction.atomic
def leave_out(*, to_do: ToDo, words: str, by: By, now: datetime) -> ToDo:
    """It is not needed here, for the reason given. Raises ReasonMissing, LineSettled if done."""
    why = words.strip()[:300]
    if not why:
        raise ReasonMissing
    row = _held(to_do)
    if row.done_at is not None:
        raise LineSettled(row.name)
    before = state_of(row)
    if before == OPEN:
        row.skipped_at, row.words = now, why
        _keep(row, before, by, now)
    return row


@transaction.atomic
def plan_to_do(
    *, to_do: ToDo, owner: User | None, due_on: date | None, by: By, now: datetime
) -> ToDo:
    """Say whose it is and until when. Raises LineSettled."""
    row = _held(to_do)
    if state_of(row) != OPEN:
        raise LineSettled(row.name)
    before = _plan_of(row)
    row.owner, row.due_on = owner, due_on
    row.save(update_fields=["owner", "due_on"])
    after = _plan_of(row)
    if before != after:
        changes = {name: [before[name], after[name]] for name in after}
        changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        _record("to_do_planned", row, by, now, {"to-do": [None, row.name], **changes})
    return row


@transaction.atomic
def add_to_do(
    *,
    customer: Customer,
    name: str,
    by: By,
    now: datetime,
    name_zh: str = "",
    owner: User | None = None,
    due_on: date | None = None,
    is_required: bool = False,
) -> ToDo:
    """Put one thing more on the customer's present checklist, which begins where none is kept.

    It is the stage's owner's unless told. Raises ReasonMissing where nothing is named.
    """
    said = name.strip()[:120]
    if not said:
        raise ReasonMissing
    hold(customer)
    stay = begin(customer=customer, by=by, now=now)
    row = ToDo.objects.create(
        customer=customer,
        stage=stay.stage,
        since=stay.began_at,
        name=said,
        name_zh=name_zh.strip()[:120],
        position=32_000,  # after the lines that everybody gets
        is_required=is_required,
        owner=owner or stay.owner,
        due_on=due_on,
    )
    _record("to_do_added", row, by, now, {"to-do": [None, row.name], **_told(_plan_of(row))})
    return row


def state_of(row: ToDo) -> str:
    """How the log calls where it stands: open, done or left out."""
    if row.done_at is not None:
        return DONE
    return OPEN if row.skipped_at is None else LEFT_OUT


def _held(to_do: ToDo) -> ToDo:
    """The line as it stands, with its customer's row held until the transaction ends."""
    hold(to_do.customer)
    return ToDo.objects.select_related("customer", "owner").get(pk=to_do.pk)


def _keep(row: ToDo, before: str, by: By, now: datetime) -> None:
    row.save(update_fields=["done_at", "done_by", "skipped_at", "words"])
    changes: dict[str, list[Any]] = {row.name: [before, state_of(row)]}
    if row.words:
        changes["reason"] = [None, row.words]
    _record("to_do_settled", row, by, now, changes)


def _plan_of(row: ToDo) -> dict[str, str | None]:
    return {
        "owner": row.owner.name if row.owner else None,
        "due_on": row.due_on.isoformat() if row.due_on else None,
    }


def _told(plan: dict[str, str | None]) -> dict[str, list[Any]]:
    return {name: [None, value] for name, value in plan.items() if value is not None}


def _record(action: str, row: ToDo, by: By, now: datetime, changes: dict[str, list[Any]]) -> None:
    customer = row.customer
    record(action=action, of=customer, changes=changes, by=by, now=now, customer_code=customer.code)
