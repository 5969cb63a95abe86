"""Mail when things die: workers killed, the broker emptied and gone. Nothing lost or doubled.

Real workers, a real broker and real logins; a mail server that counts. Together under a minute.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from celery import Celery
from django.conf import settings
from django.test import Client

from customers.inside import schema_of
from customers.models import Customer
from customers.roles import customer_zone
from desk import kick as kicking
from desk.models import OutboxItem
from desk.operations import outbox
from servicedesk import env, zones
from servicedesk.embedded.valkey import Broker
from tests.drills.machinery import Workers, sinking, wait_until
from tests.drills.mails import (
    State,
    assert_each_arrived,
    count,
    empty_broker,
    kill_broker,
    outlive_kills,
    put,
    say_much,
)
from tests.living import Live
from tickets.models import Contact, Ticket
from tickets.sessions import SessionStore

pytestmark = [pytest.mark.real_logins, pytest.mark.timeout(240)]

_really_send = Celery.send_task  # before any fixture puts something in its place


@pytest.fixture
def broker(live: Live) -> Iterator[Broker]:
    """A broker of this test's own, in the directory of the copy."""
    server = Broker(live.var / "broker")
    server.use()
    yield server
    server.stop()


@pytest.fixture
def _kicks_are_sent(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kicks of this process go to the broker, as they do in real life."""
    monkeypatch.setattr(Celery, "send_task", _really_send)
    monkeypatch.setattr(settings, "CELERY_BROKER_URL", broker.use())
    kicking._app.cache_clear()
    yield
    kicking._app.cache_clear()


# --- The drills -----------------------------------------------------------------------------------


def test_a_hundred_mails_outlive_a_killed_worker(live: Live, broker: Broker) -> None:
    took = outlive_kills(live, broker, mails=100, kills=1, a_mail=0.02)
    print(f"the last came {took:.1f} s after the kill")


@pytest.mark.drill
def test_two_hundred_mails_outlive_three_killed_workers(live: Live, broker: Broker) -> None:
    took = outlive_kills(live, broker, mails=200, kills=3, a_mail=0.02)
    print(f"the last came {took:.1f} s after the third kill")


def test_four_drains_at_once_send_each_mail_once(live: Live) -> None:
    zones.use(zones.DESK)
    acme = Customer.objects.get(code="acme")
    keys = put(acme, [(number, 1) for number in range(400)])
    sent: list[str] = []

    def send(item: OutboxItem) -> None:
        time.sleep(0.005)
        sent.append(item.key)

    def work(number: int) -> outbox.Drained:
        try:
            zones.use(zones.DESK)
            return outbox.drain(senders={"entry": send}, by=f"{number}", limit=1000)
        finally:
            zones.driver().forget()

    with live.as_web(), ThreadPoolExecutor(4) as threads:
        drained = list(threads.map(work, range(4)))

    assert Counter(sent) == Counter(keys)
    assert sum(one.sent for one in drained) == 400
    print(f"\nshares of four drains: {[one.sent for one in drained]}")


@pytest.mark.usefixtures("_kicks_are_sent")
def test_nothing_is_lost_when_the_broker_is_emptied_and_gone(live: Live, broker: Broker) -> None:
    zones.use(zones.DESK)
    acme = Customer.objects.get(code="acme")
    told = say_much(tickets=1, replies=90)
    with (
        sinking(seconds_a_mail=0.02) as (sink, smtp),
        Workers(live, REDIS_URL=broker.use(), SERVICEDESK_SMTP_URL=smtp) as workers,
    ):
        workers.beat(live.var)
        workers.worker()
        keys = put(acme, told[:60])
        wait_until(partial(sink.has, 20), seconds=60, what=workers.log)
        empty_broker(broker)
        gone = kill_broker(broker)

        slowest = _ask_in_the_portal(live, acme)
        assert slowest < 1.0, f"a page that kicks took {slowest:.2f} s"
        keys += put(acme, told[60:80])
        _drain_by_command(live, smtp)
        assert count(State.NEW, State.SENDING) == 0
        assert_each_arrived(sink, keys, repeats=1)

        gone.close()
        broker.use()
        keys += put(acme, told[80:])
        took = wait_until(lambda: count(State.SENT) == 90, seconds=60, what=workers.log)

    assert_each_arrived(sink, keys, repeats=1)
    kicking._app.cache_clear()
    print(
        f"slowest page {slowest * 1000:.0f} ms; the worker was back {took:.1f} s after the broker"
    )


def _ask_in_the_portal(live: Live, acme: Customer) -> float:
    """Uma asks five things while the broker is away. Returns the slowest answer in seconds."""
    zones.use(customer_zone(acme.pk))
    with schema_of(acme):
        session = SessionStore()
        session["contact"] = Contact.objects.get(email="uma@acme.test").pk
        session.save()
        before = Ticket.objects.count()
    took = []
    with live.as_web():
        uma = Client(HTTP_HOST=f"acme.{settings.BASE_DOMAIN}")
        uma.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
        for number in range(5):
            question = {"subject": f"Question {number}", "body": "Why?", "kind": "question"}
            started = time.monotonic()
            answer = uma.post("/tickets/new/", question)
            took.append(time.monotonic() - started)
            assert answer.status_code == 302, answer.content.decode()[:2000]
    zones.use(zones.OWNER)
    with schema_of(acme):
        assert Ticket.objects.count() == before + 5
    zones.use(zones.DESK)
    return max(took)


def _drain_by_command(live: Live, smtp: str) -> None:
    """`manage.py drain_outbox`, with the broker gone."""
    done = subprocess.run(
        [sys.executable, "manage.py", "drain_outbox"],
        cwd=env.BASE_DIR,
        env=live.environ(SERVICEDESK_ZONE="desk", SERVICEDESK_SMTP_URL=smtp),
        capture_output=True, text=True, timeout=40, check=True,
    )  # fmt: skip
    print(done.stdout)
