"""Warnings while several beats ring and several workers take: each once, and no storm after a rest.

In every run four processes take steps on the rings of two beats; the same with real beats and
workers of Celery, and the hour without a beat, are drills.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing.queues import Queue
from typing import Any

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Team, User
from customers.inside import inside
from customers.models import Customer
from customers.operations import lay
from desk.models import Bell, Calendar, Due, Heartbeat, Policy, Step
from desk.operations import due
from servicedesk import zones
from servicedesk.embedded.valkey import Broker
from tests.cast import make_contact, make_staff, make_ticket
from tests.drills.machinery import Workers, wait_until
from tests.living import Live
from tickets import operations, tasks
from tickets.models import Alert
from tickets.operations.stepping import take_steps

pytestmark = [pytest.mark.real_logins, pytest.mark.timeout(240)]

PERIODS, BEATS, WORKERS = 10, 2, 4
ALWAYS = [[["00:00", "24:00"]]] * 7


def _policy(*, seconds: int, steps: list[tuple[str, str, int, int]], **targets: int) -> None:
    """Everybody's first response is due after so long, day and night, with that ladder."""
    zones.use(zones.OWNER)
    calendar = Calendar.objects.create(name="Always", zone="UTC", weekly=ALWAYS)
    policy = Policy.objects.get(name="Everybody")
    policy.calendar, policy.first_response = calendar, seconds
    for name, target in targets.items():
        setattr(policy, name, target)
    policy.save()
    Step.objects.filter(policy=policy).delete()
    for clock, level, percent, delay in steps:
        Step.objects.create(policy=policy, clock=clock, level=level, percent=percent, delay=delay)


def _every_tenth() -> list[tuple[str, str, int, int]]:
    return [("first_response", "owner", 10 * (step + 1), 0) for step in range(PERIODS)]


def _tickets(*, each: int, opened_at: datetime) -> list[tuple[int, int]]:
    """So many judged tickets at every customer, as (customer, ticket)."""
    zones.use(zones.DESK)
    made = []
    for customer in Customer.objects.live().order_by("pk"):
        with inside(customer.pk):
            for _ in range(each):
                ticket = make_ticket(now=opened_at)
                operations.judge(customer=customer, ticket_id=ticket.pk, now=timezone.now())
                made.append((customer.pk, ticket.pk))
    return made


def _taken() -> list[tuple[int, int, int, datetime]]:
    """Customer, clock, percent and time of every step that was taken."""
    zones.use(zones.DESK)
    found = []
    for customer_id in Customer.objects.live().order_by("pk").values_list("pk", flat=True):
        with inside(customer_id):
            rows = Alert.objects.values_list("clock", "percent", "raised_at")
            found += [(customer_id, *row) for row in rows]
    return found


def _assert_each_once(tickets: int) -> None:
    """Each step of each ticket was taken once, at the first try, and rung for once."""
    taken = _taken()
    assert len(taken) == len({row[:3] for row in taken}) == tickets * PERIODS
    # Of steps that a slow machine took at one time only the furthest is told.
    told = {(customer, clock, at) for customer, clock, _percent, at in taken}
    rung = Bell.objects.filter(kind__in=["soon", "late"])
    assert rung.count() == len(told)
    assert len(told) >= tickets * PERIODS * 0.4, "the periods were apart"
    assert not Due.objects.exclude(last_error="").exists(), "nobody had to try again"


# --- In every run --------------------------------------------------------------------------------


def _work(rings: Queue[bool], problems: Queue[str], tickets: list[tuple[int, int]]) -> None:
    """A worker: at each ring sweep, then take all steps again, as after a lease that ran out."""
    connections["default"].connection = None  # the parent's
    zones.driver().forget()
    zones.use(zones.DESK)
    while rings.get():
        try:
            tasks.sweep_due()
            for customer_id, ticket_id in tickets:
                with inside(customer_id) as customer:
                    now = due.database_time()
                    take_steps(customer=customer, ticket_id=ticket_id, now=now)
        except Exception as problem:
            problems.put(f"{type(problem).__name__}: {problem}")


@contextmanager
def _working(tickets: list[tuple[int, int]]) -> Iterator[tuple[Queue[bool], Queue[str]]]:
    forks = multiprocessing.get_context("fork")
    rings: Queue[bool] = forks.Queue()
    problems: Queue[str] = forks.Queue()
    workers: list[Any] = [
        forks.Process(target=_work, args=(rings, problems, tickets)) for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    try:
        yield rings, problems
    finally:
        for _ in workers:
            rings.put(False)
        for worker in workers:
            worker.join(30)


def test_two_beats_and_four_workers_take_each_step_once(live: Live) -> None:
    _policy(seconds=PERIODS // 2, steps=_every_tenth())
    tickets = _tickets(each=2, opened_at=timezone.now())
    connections["default"].close()

    with _working(tickets) as (rings, problems):
        for _ in range(PERIODS + 2):
            for _ in range(BEATS):
                rings.put(True)
            time.sleep(0.5)

    assert problems.empty(), problems.get()
    _assert_each_once(len(tickets))


# --- Drills --------------------------------------------------------------------------------------


@contextmanager
def _celery(live: Live, *, beats: int, workers: int) -> Iterator[Workers]:
    broker = Broker(live.var / "broker")
    with Workers(live, REDIS_URL=broker.use()) as running:
        for _ in range(workers):
            running.worker()
        for number in range(beats):
            (live.var / f"beat{number}").mkdir()
            running.beat(live.var / f"beat{number}")
        yield running
    broker.stop()


@pytest.mark.drill
def test_beats_and_workers_of_celery_warn_once(live: Live) -> None:
    _policy(seconds=PERIODS * 3, steps=_every_tenth())
    with _celery(live, beats=BEATS, workers=WORKERS) as running:
        zones.use(zones.DESK)
        wait_until(Heartbeat.objects.exists, seconds=90, what=running.log)
        tickets = _tickets(each=10, opened_at=timezone.now())

        def all_taken() -> bool:
            return not Due.objects.filter(kind="step").exists()

        took = wait_until(all_taken, seconds=90, what=running.log)
        _assert_each_once(len(tickets))
        assert "failed, it will be tried again" not in running.log()
    print(f"\n{len(tickets) * PERIODS} steps of {len(tickets)} tickets, each once, in {took:.1f} s")


@pytest.mark.drill
def test_an_hour_without_a_beat_ends_in_one_bell_a_person(live: Live) -> None:
    """40 tickets of five customers, 320 steps of an hour, the last of them half a minute ago."""
    minute = 60
    first = [("owner", 50, 0), ("owner", 80, 0), ("owner", 100, 0)]
    first += [("lead", 100, 10 * minute), ("manager", 100, 20 * minute)]
    later = [("owner", 50, 0), ("owner", 100, 0), ("lead", 100, 19 * minute + 30)]
    _policy(
        seconds=20 * minute,
        steps=[
            *(("first_response", *step) for step in first),
            *(("resolution", *step) for step in later),
        ],
        resolution=40 * minute,
    )
    lea = make_staff(name="Lea Lund", email="lea@desk.test", role="consultant")
    for number in range(3):
        new = lay(code=f"more{number}", name=f"More {number}", now=timezone.now())
        with inside(new.pk):
            make_contact(name="Una", email="una@more.test")
    Customer.objects.update(team=Team.objects.create(name="North", lead=lea))
    tickets = _tickets(each=8, opened_at=timezone.now() - timedelta(hours=1))
    Bell.objects.all().delete()
    zones.use(zones.OWNER)
    Heartbeat.objects.update_or_create(name="beat", defaults={"beat_at": timezone.now()})
    Heartbeat.objects.update(beat_at=Now() - timedelta(hours=1))
    zones.use(zones.DESK)

    with _celery(live, beats=1, workers=2) as running:
        wait_until(
            lambda: not Due.objects.filter(due_at__lte=Now()).exists(),
            seconds=120,
            what=running.log,
        )

    assert (len(tickets), len(_taken())) == (40, 320)
    names = dict(User.objects.values_list("pk", "name"))
    rung = {names[bell.user_id]: (bell.kind, bell.count) for bell in Bell.objects.all()}
    assert Bell.objects.count() == 3, rung
    assert rung == {
        "Ada Lind": ("missed", 80),
        "Lea Lund": ("missed", 80),
        "Mei Tan": ("missed", 40),
    }
