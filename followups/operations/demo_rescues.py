"""The demo's rescues: a low score, what was done about it, and the new score if there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from customers.models import Customer
from desk.models import Due, RescueCause
from desk.operations import due
from followups.models import Answer, Callback, Rescue
from followups.operations.closing_rescues import close, settle
from followups.operations.naming import LATE, time_of
from followups.operations.rescue_log import log_consultant
from followups.operations.rescue_telling import About
from followups.operations.rescuing import act, contact
from followups.operations.scoring import give

Table = Mapping[str, Any]
NAMED_AFTER = timedelta(seconds=4)


def play(
    *,
    customer: Customer,
    row: Table,
    answer: Answer,
    staff: Mapping[str, User],
    now: datetime,
    deliver: Callable[[Callback], None],
) -> None:
    """Name the consultant of the rescue that the answer opened, and go on as far as `row` tells.

    Works inside the customer's schema. Nobody is told; what is still to come is due.
    """
    rescue, by = Rescue.objects.get(closed_at=None), staff[row["by"]]
    _name(customer, rescue, by, answer.given_at + NAMED_AFTER)
    spoke = answer.given_at + timedelta(hours=row["hours"])
    contact(rescue_id=rescue.pk, by=by, how="phone", note=row["said"], now=min(spoke, now))
    did = min(spoke + timedelta(minutes=40), now)
    act(rescue_id=rescue.pk, by=by, note=row.get("acts") or row["action"], now=did)
    if "again" not in row:
        at = now + timedelta(minutes=10)
        due.set_time(customer_id=customer.pk, kind=Due.Kind.RESCUE, row_id=rescue.pk, due_at=at)
        return
    asked_at = answer.given_at + timedelta(hours=row["asked"])
    close(
        customer=customer, rescue_id=rescue.pk, by=by, action=row["action"], told=row["told"],
        cause=RescueCause.objects.get(name=row["cause"]), now=asked_at,
    )  # fmt: skip
    _ask_again(rescue, row["again"], asked_at, deliver)
    Due.objects.filter(customer=customer, kind=Due.Kind.RESCUE, row_id=rescue.pk).delete()


def _name(customer: Customer, rescue: Rescue, to: User, at: datetime) -> None:
    about = About(customer, rescue, at)
    rescue.consultant, rescue.named_at = to, at
    rescue.due_at = time_of(about=about, percent=LATE)
    rescue.save(update_fields=["consultant", "named_at", "due_at"])
    log_consultant(rescue=rescue, by=None, old="", new=to.name, now=at)


def _ask_again(
    rescue: Rescue, row: Table, asked_at: datetime, deliver: Callable[[Callback], None]
) -> None:
    at = asked_at + timedelta(hours=row["hours"])
    for callback in Callback.objects.filter(calling__rescue=rescue, answered_at=None):
        deliver(callback)
        keys = {one["key"] for one in callback.questions}
        scores = {key: row[key] for key in row if key in keys and key != "words"}
        give(callback=callback, scores=scores, words=row["words"], via="mail", now=at)
    settle(rescue_id=rescue.pk, now=at + timedelta(seconds=5))
