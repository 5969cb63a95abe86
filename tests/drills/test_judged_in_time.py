"""From a customer's commit to its judgement, kicked and swept; replies when their time comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import customer_zone
from desk import kick as kicking
from desk.kick import kick
from desk.models import Due, QueueItem
from servicedesk import zones
from servicedesk.embedded.valkey import Broker
from tests.cast import make_ticket
from tests.drills.machinery import Workers, wait_until
from tests.living import Live
from tickets import operations
from tickets.models import Entry, Ticket

pytestmark = [pytest.mark.real_logins, pytest.mark.timeout(240)]

_really_send = Celery.send_task  # before any fixture puts something in its place

REPLIES = 5
APART = 0.2
"""Seconds between two tickets: twenty of them are spread evenly over four sweeps."""


@pytest.fixture
def workers(live: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Worker and beat, warm, with a broker that this process's kicks reach."""
    broker = Broker(live.var / "broker")
    address = broker.use()
    monkeypatch.setattr(Celery, "send_task", _really_send)
    monkeypatch.setattr(settings, "CELERY_BROKER_URL", address)
    kicking._app.cache_clear()
    with Workers(live, REDIS_URL=address) as running:
        running.beat(live.var)
        running.worker()
        _ask("acme", is_kicked=False)
        wait_until(lambda: not _unjudged(), seconds=90, what=running.log)
        yield running
    kicking._app.cache_clear()
    broker.stop()


def _ask(code: str, *, is_kicked: bool) -> int:
    """A person asks, with the customer's own login. Returns the ticket."""
    zones.use(zones.OWNER)
    customer = Customer.objects.get(code=code)
    zones.use(customer_zone(customer.pk))
    with schema_of(customer), transaction.atomic():
        ticket = make_ticket(now=timezone.now())
        if is_kicked:
            kick("tickets.tasks.work_due_at", customer_id=customer.pk)
    zones.use(zones.DESK)
    return ticket.pk


def _unjudged() -> set[tuple[str, int]]:
    """Customer and ticket of what nobody has judged yet."""
    zones.use(zones.DESK)
    waiting = QueueItem.objects.filter(is_judged=False)
    return {(code, ticket) for code, ticket in waiting.values_list("customer__code", "ticket_id")}


def _until_judged(workers: Workers, tickets: int, *, is_kicked: bool) -> list[float]:
    """Seconds from each ticket's commit to its judgement, sorted."""
    asked: dict[tuple[str, int], float] = {}
    took: dict[tuple[str, int], float] = {}

    def look(*, until: float) -> bool:
        """Note which are judged by now; whether it is so late."""
        open_ones = _unjudged()
        now = time.monotonic()
        for which in asked.keys() - took.keys() - open_ones:
            took[which] = now - asked[which]
        return now >= until

    for number in range(tickets):
        code = ("acme", "globex")[number % 2]
        which = code, _ask(code, is_kicked=is_kicked)
        asked[which] = time.monotonic()
        soon = asked[which] + APART
        wait_until(partial(look, until=soon), seconds=30, what=workers.log)
    wait_until(lambda: look(until=0) and len(took) == tickets, seconds=30, what=workers.log)
    return sorted(took.values())


def _lateness_of_replies(workers: Workers) -> list[float]:
    """Seconds by which five replies at five tickets went later than they should have."""
    acme, ada = Customer.objects.get(code="acme"), User.objects.get(email="ada@desk.test")
    due_at: dict[int, datetime] = {}
    late: dict[int, float] = {}

    def all_went() -> bool:
        waiting = set(Due.objects.filter(kind="send").values_list("row_id", flat=True))
        now = timezone.now()
        for reply in due_at.keys() - late.keys() - waiting:
            late[reply] = (now - due_at[reply]).total_seconds()
        return len(late) == REPLIES

    with schema_of(acme):
        tickets = list(Ticket.objects.order_by("pk")[:REPLIES])
    for ticket in tickets:
        with schema_of(acme):
            pending = operations.reply(
                ticket=ticket, by=ada, body="<p>So.</p>",
                now=timezone.now(), wait=timedelta(seconds=1),
            )  # fmt: skip
        due_at[pending.pk] = pending.send_at
        time.sleep(APART)
    wait_until(all_went, seconds=30, what=workers.log)
    with schema_of(acme):
        assert Entry.objects.filter(kind="reply").count() == REPLIES
    return list(late.values())


def _p95(sorted_seconds: list[float]) -> float:
    return sorted_seconds[int(len(sorted_seconds) * 0.95)]


@pytest.mark.parametrize("tickets", [8, pytest.param(20, marks=pytest.mark.drill)])
def test_tickets_are_judged_and_replies_go_in_time(workers: Workers, tickets: int) -> None:
    kicked = _until_judged(workers, tickets, is_kicked=True)
    swept = _until_judged(workers, tickets, is_kicked=False)
    late = _lateness_of_replies(workers)

    print(
        f"\ncommit to judged: p95 {_p95(kicked) * 1000:.0f} ms with a kick,"
        f" {_p95(swept) * 1000:.0f} ms by the sweep; replies at most {max(late):.2f} s late"
    )
    # In the suite others compute beside it: what is promised is held by the drill, the figures are
    # printed by both. The sweep runs once a second.
    room = 1.0 if tickets == 20 else 4.0
    assert _p95(kicked) <= 1.0 * room
    assert _p95(swept) <= 5.0 * room
    assert max(late) <= 2.0 * room
