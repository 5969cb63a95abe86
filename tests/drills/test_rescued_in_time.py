"""From a low answer to the bell and the mail of somebody of ours, with load on the queue.

Real workers, beat, broker, logins, and a mail server that remembers. Run by ``make drills``.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event as Flag

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.operations import lay
from customers.roles import customer_zone
from desk import kick as kicking
from desk.kick import kick
from desk.models import Bell, Due, OutboxItem, QueueItem, RescueItem
from followups.models import Callback, Event
from followups.operations.scoring import give
from servicedesk import zones
from servicedesk.embedded.valkey import Broker
from tests.cast import make_contact, make_ticket
from tests.drills.machinery import Sink, Workers, sinking, wait_until
from tests.followups.rescues import asked
from tests.living import Live
from tickets.mail.addresses import id_of

pytestmark = [pytest.mark.real_logins, pytest.mark.drill, pytest.mark.timeout(900)]

_really_send = Celery.send_task  # before any fixture puts something in its place

CUSTOMERS, PEOPLE = 8, 25
"""So many customers with so many people each, all of whom are dissatisfied: 200 low answers."""

ASKERS = 3
"""Threads that open tickets all the time, up to twenty a second each."""

APART = 0.15
"""Seconds between two low answers."""

PROMISED = 60.0


@dataclass
class Told:
    """When each answer was given and told, in seconds of one clock."""

    given: dict[tuple[int, int], float] = field(default_factory=dict)
    rung: dict[tuple[int, int], float] = field(default_factory=dict)
    mailed: dict[int, float] = field(default_factory=dict)

    def took(self) -> list[float]:
        """Seconds from each answer to its bell, sorted."""
        return sorted(at - self.given[which] for which, at in self.rung.items())

    def took_mail(self) -> list[float]:
        """Seconds from the first answer of each customer to its mail, sorted."""
        first: dict[int, float] = {}
        for (customer, _callback), at in self.given.items():
            first[customer] = min(at, first.get(customer, at))
        return sorted(at - first[customer] for customer, at in self.mailed.items())


@pytest.fixture
def broker(live: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A broker that this process's kicks reach."""
    server = Broker(live.var / "broker")
    address = server.use()
    monkeypatch.setattr(Celery, "send_task", _really_send)
    monkeypatch.setattr(settings, "CELERY_BROKER_URL", address)
    kicking._app.cache_clear()
    yield address
    kicking._app.cache_clear()
    server.stop()


def _laid() -> list[tuple[Customer, list[Callback]]]:
    """Customers of Carl's with people who were asked yesterday."""
    zones.use(zones.OWNER)
    now, carl = timezone.now(), User.objects.get(email="carl@desk.test")
    found = []
    for n in range(CUSTOMERS):
        customer = lay(code=f"firm{n}", name=f"Firm {n}", now=now)
        Customer.objects.filter(pk=customer.pk).update(consultant=carl)
        with schema_of(customer):
            people = [
                make_contact(name=f"Person {p}", email=f"p{p}@firm{n}.test") for p in range(PEOPLE)
            ]
            yesterday = now - timedelta(days=1)
            found.append((customer, [asked(customer, one, now=yesterday) for one in people]))
    OutboxItem.objects.all().delete()  # what they were asked by
    zones.use(zones.DESK)
    return found


def _answer(customer: Customer, callback: Callback) -> None:
    """Somebody says with the customer's own login, as in the portal, that it was bad."""
    zones.use(customer_zone(customer.pk))
    with schema_of(customer), transaction.atomic():
        own = Callback.objects.get(pk=callback.pk)
        give(callback=own, scores={"service": 1}, words="No.", via="portal", now=timezone.now())
    zones.use(zones.DESK)


@contextmanager
def _load(customers: list[Customer]) -> Iterator[Callable[[], int]]:
    """Tickets are opened at all customers by several threads; the call says how many by now."""
    over, opened = Flag(), [0] * ASKERS

    def ask(thread: int) -> None:
        try:
            while not over.is_set():
                customer = customers[(opened[thread] * ASKERS + thread) % len(customers)]
                zones.use(customer_zone(customer.pk))
                with schema_of(customer), transaction.atomic():
                    make_ticket(now=timezone.now())
                    kick("tickets.tasks.work_due_at", customer_id=customer.pk)
                opened[thread] += 1
                time.sleep(0.05)
        finally:
            zones.driver().forget()

    with ThreadPoolExecutor(ASKERS) as threads:
        done = [threads.submit(ask, thread) for thread in range(ASKERS)]
        try:
            yield lambda: sum(opened)
        finally:
            over.set()
        for one in done:
            one.result(30)


def _look(told: Told, sink: Sink) -> None:
    """Note what was told by now: by a bell of its own, or by that of the naming."""
    now, joined = time.monotonic(), set(_joined())
    for which in told.given.keys() - told.rung.keys():
        if which in joined or _was_there(*which):
            told.rung[which] = now
    arrived = set(sink.ids)
    for item in OutboxItem.objects.filter(kind="rescue", state="sent"):
        customer = int(item.row.partition(":")[0])
        if customer not in told.mailed and id_of(item) in arrived:
            told.mailed[customer] = now


def _joined() -> Iterator[tuple[int, int]]:
    """Customer and callback of what was rung for after the naming."""
    keys = Bell.objects.filter(kind=Bell.Kind.RESCUE, key__contains=":joined:")
    for key in keys.values_list("key", flat=True):
        customer, _rescue, _id, _joined, callback, _user = key.split(":")
        yield int(customer.removeprefix("c")), int(callback)


def _was_there(customer_id: int, callback_id: int) -> bool:
    """Whether the answer was there when the consultant was named: that bell tells of it, too."""
    if not RescueItem.objects.filter(customer=customer_id, named_at__isnull=False).exists():
        return False
    with schema_of(Customer.objects.get(pk=customer_id)):
        came = Event.objects.filter(callback=callback_id, field__in=["rescued", "joined"]).first()
        named = Event.objects.filter(field="consultant").first()
    return came is not None and named is not None and came.pk < named.pk


def _drained(workers: Workers, told: Told, sink: Sink, *, seconds: float) -> None:
    def all_told() -> bool:
        _look(told, sink)
        return len(told.rung) == len(told.given) and len(told.mailed) == CUSTOMERS

    wait_until(all_told, seconds=seconds, what=lambda: f"{_left(told)}\n{workers.log()}")


def _left(told: Told) -> str:
    left = told.given.keys() - told.rung.keys()
    return f"not rung: {sorted(left)}; due: {list(Due.objects.filter(kind='rescue').values())}"


def _said(took: list[float]) -> str:
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s, max {took[-1]:.2f} s"


def test_two_hundred_low_answers_are_told_of_in_time(live: Live, broker: str) -> None:
    firms = _laid()
    told, answers = Told(), [(c, cb[p]) for p in range(PEOPLE) for c, cb in firms]
    with (
        sinking(seconds_a_mail=0.02) as (sink, smtp),
        Workers(live, REDIS_URL=broker, SERVICEDESK_SMTP_URL=smtp) as workers,
    ):
        workers.beat(live.var)
        workers.worker()
        wait_until(_is_warm, seconds=120, what=workers.log)
        with _load([customer for customer, _callbacks in firms]) as opened:
            for customer, callback in answers:
                _answer(customer, callback)
                told.given[customer.pk, callback.pk] = time.monotonic()
                _look(told, sink)
                time.sleep(APART)
            _drained(workers, told, sink, seconds=120)
            tickets = opened()
        unjudged = QueueItem.objects.filter(is_judged=False).count()
        print(
            f"\n{len(told.given)} low answers at {CUSTOMERS} customers while {tickets} tickets were"
            f" opened ({unjudged} not judged at the end): to the bell {_said(told.took())};"
            f" to the mail at the mail server {_said(told.took_mail())}"
        )
    assert len(told.rung) == CUSTOMERS * PEOPLE
    assert max(Counter(sink.ids).values()) == 1, "somebody was written to twice"
    assert told.took()[int(len(told.rung) * 0.95)] <= 10.0, "what is promised"
    assert max(told.took()[-1], told.took_mail()[-1]) <= PROMISED, "what is promised"


def _is_warm() -> bool:
    """Whether beat and worker do what is due."""
    if not QueueItem.objects.exists():
        with schema_of(Customer.objects.get(code="acme")):
            make_ticket(now=timezone.now())
    return not QueueItem.objects.filter(is_judged=False).exists()


def _dissatisfied(code: str) -> float:
    """Somebody there says it was bad; when."""
    customer = Customer.objects.get(code=code)
    with schema_of(customer):
        person = make_contact(name="Kim", email=f"kim@{code}.test")
        callback = asked(customer, person, now=timezone.now() - timedelta(days=1))
    _answer(customer, callback)
    return time.monotonic()


def test_a_worker_killed_between_answer_and_mail_tells_once(live: Live, broker: str) -> None:
    put_out = OutboxItem.objects.filter(kind="rescue")
    with (
        sinking(seconds_a_mail=0.5) as (sink, smtp),
        Workers(live, REDIS_URL=broker, SERVICEDESK_SMTP_URL=smtp) as workers,
    ):
        zones.use(zones.DESK)
        workers.beat(live.var)
        worker = workers.worker()
        wait_until(_is_warm, seconds=120, what=workers.log)
        began = _dissatisfied("acme")
        workers.kill(worker)  # whether it was named by then or not
        worker = workers.worker()
        wait_until(lambda: put_out.filter(state="sent").count() == 1, seconds=60, what=workers.log)
        took = [time.monotonic() - began]
        began = _dissatisfied("globex")
        wait_until(lambda: put_out.count() == 2, seconds=60, what=workers.log)
        workers.kill(worker)  # named and put out, its mail not yet taken
        workers.worker()
        wait_until(lambda: put_out.filter(state="sent").count() == 2, seconds=60, what=workers.log)
        took.append(time.monotonic() - began)
    assert {id_of(item) for item in put_out} <= set(sink.ids)
    assert put_out.count() == Bell.objects.filter(kind=Bell.Kind.RESCUE).count() == 2
    assert RescueItem.objects.filter(named_at__isnull=False).count() == 2
    assert max(took) <= PROMISED, "what is promised"
    print(f"\nworker killed after each of two answers: told once, after {max(took):.1f} s at most")
