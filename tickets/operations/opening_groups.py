"""Opening a customer's group: kept as an ask by the desk, carried out by the provision worker.

The worker works as the owner, in steps that each are one transaction: progress can be read between
them, and one that was killed is finished by the next, which finds what is done and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import AuditEvent
from accounts.operations.auditing import COMMAND_LINE, By, record
from customers.inside import schema_of
from customers.models import Customer, Opening
from customers.operations import lay_drafted
from customers.operations.staging import begin as begin_stay
from customers.operations.staging import enter
from desk.checklist import checklist, missing
from desk.kick import kick
from desk.operations import outbox
from desk.operations.first_report import lay_first_report
from tickets.models import Contact
from tickets.operations.people import AddressTaken, add_contact

OPEN_GROUP = "tickets.tasks.open_group"
"""The bell's name of the provision worker's task."""

MOST_PEOPLE = 50

DRAFT_IS_LEFT_AFTER = timedelta(days=180)
"""Without an event of the audit log: so long the first people of a draft stand in public."""


class GroupIsOpen(Exception):
    """The group was opened before; its people are looked after at the customer."""


class NotReady(Exception):
    """Something of the checklist is missing; `items` are those lines."""

    def __init__(self, items: Sequence[Any]) -> None:
        super().__init__(", ".join(item.key for item in items))
        self.items = items


class OpeningRuns(Exception):
    """The group is being opened just now; its first people stand."""


@transaction.atomic
def name_first_people(
    *, customer: Customer, people: Sequence[dict[str, str]], by: By, now: datetime
) -> Opening:
    """Keep whom the group is opened with, each ``{"name", "email", "role", "language"}``.

    They replace those named before. Raises GroupIsOpen and OpeningRuns. The audit log has how many.
    """
    opening = _locked(customer)
    if is_running(opening):
        raise OpeningRuns(customer.code)
    before, opening.people = len(opening.people), list(people)
    opening.save(update_fields=["people"])
    changes = {"people": [before, len(opening.people)]}
    _record("first_people_named", opening, by=by, now=now, changes=changes)
    return opening


@transaction.atomic
def ask_to_open(*, customer: Customer, by: By, now: datetime) -> Opening:
    """Have the group opened by the provision worker; asking again after a failure tries again.

    Asking while it runs changes nothing. Raises GroupIsOpen and NotReady.
    """
    opening = _locked(customer)
    if is_running(opening):
        return opening
    if absent := missing(checklist(customer)):
        raise NotReady(absent)
    opening.asked_at, opening.asked_by = now, by.user
    opening.failed_at, opening.problem = None, ""
    opening.save(update_fields=["asked_at", "asked_by", "failed_at", "problem"])
    _record("opening_asked_for", opening, by=by, now=now)
    kick(OPEN_GROUP, opening_id=opening.pk)
    return opening


def is_open(*, customer: Customer, opening: Opening | None) -> bool:
    """Whether the group was opened: by an opening that is over, or laid by an operator."""
    if opening is None or opening.asked_at is None:
        return customer.laid_at is not None
    return opening.finished_at is not None


def is_running(opening: Opening) -> bool:
    """Whether it was asked for and is neither over nor given up."""
    is_over = opening.finished_at is not None or opening.failed_at is not None
    return opening.asked_at is not None and not is_over


def open_step(*, opening_id: int, now: datetime) -> bool:
    """Do the next step of an opening that was asked for; say whether there may be another.

    Where nothing was asked for, or all is done, or the customer is suspended, it does nothing.
    Raises NotReady where something of the checklist was taken away since it was asked for.
    """
    with transaction.atomic():
        opening = _waiting(opening_id)
        if opening is None:
            return False
        if absent := missing(checklist(opening.customer)):
            raise NotReady(absent)
        _name, do = STEPS[opening.steps_done]
        do(opening, now)
        opening.steps_done += 1
        if opening.steps_done < len(STEPS):
            opening.step = STEPS[opening.steps_done][0]
        opening.save(update_fields=["steps_done", "step"])
    return opening.steps_done < len(STEPS)


@transaction.atomic
def begin(*, opening_id: int, now: datetime) -> bool:
    """Say that the opening has begun and what comes first; says whether there is anything to do."""
    opening = _waiting(opening_id)
    if opening is None:
        return False
    opening.started_at = opening.started_at or now
    opening.steps_total = len(STEPS)
    opening.step = STEPS[opening.steps_done][0]
    opening.save(update_fields=["started_at", "steps_total", "step"])
    return True


@transaction.atomic
def give_up(*, opening_id: int, problem: str, now: datetime) -> None:
    """Say that a step failed and why, so that somebody looks at it and asks again."""
    opening = _waiting(opening_id)
    if opening is None:
        return
    opening.failed_at, opening.problem = now, problem[:300] or "?"
    opening.save(update_fields=["failed_at", "problem"])
    _record("opening_failed", opening, by=By(opening.asked_by), now=now)


@transaction.atomic
def forget_first_people(*, now: datetime) -> int:
    """Forget the first people of drafts that nobody has touched for 180 days. Returns how many."""
    touched = AuditEvent.objects.filter(
        customer_code=OuterRef("customer__code"), at__gte=now - DRAFT_IS_LEFT_AFTER
    )
    rows = Opening.objects.exclude(people=[]).filter(~Exists(touched), finished_at__isnull=True)
    left = rows.exclude(pk__in=Opening.objects.waiting().values("pk"))
    forgotten = list(left.select_for_update(of=("self",)).select_related("customer").order_by("pk"))
    for opening in forgotten:
        changes = {"people": [len(opening.people), 0]}
        opening.people = []
        opening.save(update_fields=["people"])
        _record("first_people_forgotten", opening, by=COMMAND_LINE, now=now, changes=changes)
    return len(forgotten)


def _lay(opening: Opening, now: datetime) -> None:
    lay_drafted(customer=opening.customer, now=now)


def _add_people(opening: Opening, now: datetime) -> None:
    customer = opening.customer
    with schema_of(customer):
        for person in opening.people:
            try:
                add_contact(**person, time_zone=customer.time_zone, now=now)
            except AddressTaken:
                continue  # named twice, or added by somebody in between


def _invite(opening: Opening, now: datetime) -> None:
    """An invitation for each: it carries the welcome, too, until the group has a stream."""
    customer = opening.customer
    emails = [person["email"].lower() for person in opening.people]
    with schema_of(customer):
        contacts = list(Contact.objects.active().filter(email__in=emails).order_by("pk"))
    for contact in contacts:
        outbox.put(
            customer_id=customer.pk,
            key=f"c{customer.pk}:invitation:contact:{contact.pk}",
            kind="invitation",
            row=str(contact.pk),
            contact_id=contact.pk,
            now=now,
        )


def _go_live(opening: Opening, now: datetime) -> None:
    """Live with its checklist; the first report is due when the month is over."""
    customer, count = opening.customer, len(opening.people)
    before = customer.stage
    if before == Customer.Stage.LIVE:
        begin_stay(customer=customer, by=None, now=now)
    else:
        enter(customer=customer, stage=Customer.Stage.LIVE, by=None, now=now)
    lay_first_report(customer=customer, now=now)
    opening.people, opening.finished_at = [], now
    opening.save(update_fields=["people", "finished_at"])
    changes: dict[str, list[Any]] = {"stage": [before, customer.stage], "people": [count, 0]}
    _record("group_opened", opening, by=By(opening.asked_by), now=now, changes=changes)


STEPS: list[tuple[str, Callable[[Opening, datetime], None]]] = [
    ("laying", _lay),
    ("people", _add_people),
    ("invitations", _invite),
    ("going_live", _go_live),
]
"""What is done, in order; each may be begun again at any time."""


def _locked(customer: Customer) -> Opening:
    """The customer's opening, held until the transaction ends. Raises GroupIsOpen."""
    Opening.objects.get_or_create(customer=customer)
    opening = Opening.objects.select_for_update().get(customer=customer)
    customer.refresh_from_db()
    if is_open(customer=customer, opening=opening):
        raise GroupIsOpen(customer.code)
    return opening


def _waiting(opening_id: int) -> Opening | None:
    rows = Opening.objects.waiting().filter(customer__suspended_at__isnull=True)
    return (
        rows.select_for_update(of=("self",))
        .select_related("customer", "asked_by")
        .filter(pk=opening_id)
        .first()
    )


def _record(
    action: str,
    opening: Opening,
    *,
    by: By,
    now: datetime,
    changes: dict[str, list[Any]] | None = None,
) -> None:
    customer = opening.customer
    record(
        action=action,
        of=customer,
        changes=changes or {},
        by=by,
        now=now,
        customer_code=customer.code,
    )
