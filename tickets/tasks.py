"""What workers do when a bell rings: thin doors. Each finds its rows and is safe to run twice.

Beat rings the sweeps (servicedesk/schedule.py); kicks ring the others sooner (desk/kick.py).
"""

from __future__ import annotations

import logging
import os
import socket
import time
from functools import cache

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from customers.inside import NoSuchCustomer, inside
from customers.models import Customer, Opening
from customers.operations.reconciling import reconcile_logins
from desk import doing
from desk.kick import DRAIN_OUTBOX, SWEEP_DUE, WORK_MAILS, kick
from desk.mailbox_secrets import seal_mailboxes_anew
from desk.models import Due
from desk.operations import asks, beating, due, forgetting, outbox, renewing, retargeting
from tickets.inbound.apart import Reader
from tickets.operations import delivering, expiring, opening_groups, polling, working_through

log = logging.getLogger(__name__)

AT_ONCE = 10  # due rows of one customer before the next one's turn: 50 took 19 s on a busy machine
MAILS_AT_ONCE = 50
SECONDS_AT_ONCE = 3.0  # a task that holds the worker longer than this lets others in first
MAIL_SECONDS = 1.0  # the same for mails: most are news by the thousand, and their bell rings anew
PATIENT_SECONDS = 0.3  # the same, where all it does is what nobody waits for at a screen


@shared_task
def sweep_due() -> None:
    """Do what is due over all customers, each in its turn: replies whose time has come, judging."""
    beating.beat()
    _see_to_low_scores()
    turn = _Turn()
    for customer_id in due.customers_waiting(limit=500):
        try:
            with inside(customer_id) as customer:
                _work(customer, turn)
        except NoSuchCustomer:
            continue  # suspended since; its rows wait for it
        if turn.is_over:
            break
    if turn.is_over or turn.was_patient:
        kick(SWEEP_DUE)


@shared_task
def work_due_at(*, customer_id: int) -> None:
    """Do what is due at one customer now, and what becomes due by that.

    Raises NoSuchCustomer for one that is missing or closed.
    """
    _see_to_low_scores()
    turn = _Turn()
    with inside(customer_id) as customer:
        while _work(customer, turn) and not turn.is_over:
            pass


def _see_to_low_scores() -> None:
    """Whatever a task is for, and however many wait: low scores first, and the mails about them.

    So one waits no longer than a task takes, by whatever ring of a bell it began.
    """
    turn, done = _Turn(), 0
    for customer_id in due.customers_in_need(limit=AT_ONCE):
        try:
            with inside(customer_id) as customer:
                done += _work(customer, turn, kind=Due.Kind.RESCUE)
        except NoSuchCustomer:
            continue
        if turn.is_over:
            break
    if done:
        _drain(limit=AT_ONCE)


class _Turn:
    """A task's time at the worker: short once it comes to what nobody waits for."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.was_patient = False

    @property
    def is_over(self) -> bool:
        """Whether others should be let in."""
        allowed = PATIENT_SECONDS if self.was_patient else SECONDS_AT_ONCE
        return time.monotonic() - self._began > allowed


def _work(customer: Customer, turn: _Turn | None = None, *, kind: str = "") -> int:
    """Do some of what is due at the customer that is open, while it is our turn; say how much."""
    turn = turn or _Turn()
    rows = due.claim(customer_id=customer.pk, limit=AT_ONCE, kind=kind)
    for done, row in enumerate(rows):
        if done and turn.is_over:
            due.give_back(rows=rows[done:])
            rows = rows[:done]
            break
        turn.was_patient = row.kind in due.PATIENT
        _try(row, customer)
    if any(row.kind == Due.Kind.RETARGET for row in rows):
        retargeting.finish(now=timezone.now())
    return len(rows)


def _try(row: Due, customer: Customer) -> None:
    try:
        _do(row, customer)
    except Exception as problem:
        log.exception("%s failed, it will be tried again", row)
        due.fail(row=row, error=f"{type(problem).__name__}: {problem}")
    else:
        due.finish(row=row)


def _do(row: Due, customer: Customer) -> None:
    doing.doer_of(row.kind)(customer, row.row_id, timezone.now())


@shared_task
def drain_outbox() -> None:
    """Send what stands in the outbox, a few seconds' worth; ring anew for what came meanwhile."""
    if _drain(limit=MAILS_AT_ONCE):
        kick(DRAIN_OUTBOX)


def _drain(*, limit: int) -> int:
    """Send so many mails, those of low scores first, unless another worker is at it; how many."""
    with delivering.senders(now=timezone.now()) as senders:
        return outbox.drain_alone(
            senders=senders, by=who(), limit=limit, seconds=MAIL_SECONDS
        ).total


@shared_task
def work_mails() -> None:
    """Work on mails that came in, a few seconds' worth; ring anew for those that still wait."""
    reader = _reader_of(os.getpid())
    if working_through.work_through(reader=reader, seconds=SECONDS_AT_ONCE, now=timezone.now()):
        kick(WORK_MAILS)


@cache
def _reader_of(_pid: int) -> Reader:
    """This process's one reader; one that was forked from it has its own."""
    return Reader()


@shared_task
def poll_mailboxes() -> None:
    """Begin to ask the mailboxes whose turn it is, beside us: a slow server holds nobody up."""
    for mailbox_id in polling.due():
        polling.begin_aside(mailbox_id=mailbox_id, clock=timezone.now)


@shared_task
def sweep_settled() -> None:
    """Forget queue rows long settled and outbox rows long sent; seal with today's key."""
    log.info("forgot %d rows of the queue", forgetting.forget_settled(now=timezone.now()))
    log.info("forgot %d rows of the outbox", outbox.prune())
    log.info("sealed %d mailboxes anew, %d cannot be read", *seal_mailboxes_anew())
    retargeting.finish(now=timezone.now())  # of tickets that are gone, say


@shared_task
def sweep_asks() -> None:
    """Tell those who were asked what they have not answered in time."""
    if told := asks.tell_late(now=timezone.now()):
        log.info("%d asks are overdue", told)


@shared_task
def sweep_terms() -> None:
    """Write terms anew whose holidays are others by now: a year has begun, say."""
    log.info("renewed %d terms", renewing.renew_terms(now=timezone.now()))


@shared_task
def sweep_sessions() -> None:
    """Forget expired sessions, codes and limits of all, and first people of drafts left alone."""
    now = timezone.now()
    forgetting.forget_staff_sessions(now=now)
    opening_groups.forget_first_people(now=now)
    for customer_id in Customer.objects.live().order_by("pk").values_list("pk", flat=True):
        try:
            with inside(customer_id):
                expiring.expire(now=now)
        except Exception:
            log.exception("sessions of customer %d were not swept", customer_id)


@shared_task
def open_group(*, opening_id: int) -> None:
    """Open a group, if that was asked for. Queue `provision`: works as the owner."""
    now = timezone.now()
    try:
        is_more = opening_groups.begin(opening_id=opening_id, now=now)
        while is_more:
            is_more = opening_groups.open_step(opening_id=opening_id, now=now)
    except (OperationalError, InterfaceError):
        log.exception("opening %d stands, the sweep goes on with it", opening_id)
    except opening_groups.NotReady as absent:
        said = f"missing by now: {absent}"
        opening_groups.give_up(opening_id=opening_id, problem=said, now=now)
    except Exception as problem:
        log.exception("opening %d failed", opening_id)
        said = f"{type(problem).__name__}: {problem}"
        opening_groups.give_up(opening_id=opening_id, problem=said, now=now)


@shared_task
def sweep_openings() -> None:
    """Open the groups whose bell was lost; let logins in or shut them out as the rows say."""
    for opening_id in Opening.objects.waiting().order_by("pk").values_list("pk", flat=True):
        open_group(opening_id=opening_id)
    for customer in reconcile_logins():
        log.info("the login of %s is as the customer's row says now", customer.code)


def who() -> str:
    """This process, as shown with an item it holds."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}"
