"""Mails to be told, and how many came: what the drills of the outbox have in common."""

from __future__ import annotations

import os
import signal
import socket
import struct
from collections import Counter
from contextlib import suppress
from functools import partial
from threading import Thread
from urllib.parse import urlsplit

import redis

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import OutboxItem
from desk.operations import outbox
from servicedesk import zones
from servicedesk.embedded import ports
from servicedesk.embedded.valkey import Broker
from tests.cast import NINE, make_ticket, say
from tests.drills.machinery import Sink, Workers, sinking, wait_until
from tests.living import Live
from tickets.mail.addresses import id_of
from tickets.models import Contact

State = OutboxItem.State


def say_much(*, tickets: int, replies: int) -> list[tuple[int, int]]:
    """Tickets of Uma's with replies of Ada's; returns what is to be told, as (entry, contact)."""
    ada = User.objects.get(email="ada@desk.test")
    with schema_of(Customer.objects.get(code="acme")):
        uma = Contact.objects.get(email="uma@acme.test")
        return [
            (say(ticket, by=ada, now=NINE).pk, uma.pk)
            for ticket in [make_ticket(requester=uma) for _ in range(tickets)]
            for _ in range(replies)
        ]


def put(customer: Customer, told: list[tuple[int, int]]) -> list[str]:
    """Put the mails out, each in a transaction of its own. Returns their keys."""
    keys = [f"c{customer.pk}:entry:{entry}:contact:{contact}" for entry, contact in told]
    for key, (entry, contact) in zip(keys, told, strict=True):
        outbox.put(
            customer_id=customer.pk, key=key, kind="entry", row=str(entry),
            contact_id=contact, now=NINE,
        )  # fmt: skip
    return keys


def count(*states: str) -> int:
    return OutboxItem.objects.filter(kind="entry", state__in=states).count()


def assert_each_arrived(sink: Sink, keys: list[str], *, repeats: int) -> None:
    """Every mail arrived; with the same Message-ID again at most `repeats` times altogether."""
    arrived = Counter(sink.ids)
    expected = {id_of(item) for item in OutboxItem.objects.filter(key__in=keys)}
    assert len(expected) == len(keys)
    assert expected <= set(arrived), f"{len(expected - set(arrived))} lost"
    extra = sum(arrived[one] - 1 for one in expected)
    assert extra <= repeats, f"{extra} sent again"
    print(f"\n{len(expected)} mails arrived, 0 lost; {extra} repeats with the same Message-ID")


def outlive_kills(live: Live, broker: Broker, *, mails: int, kills: int, a_mail: float) -> float:
    """Kill the only worker again and again while it mails, evenly: all arrive, at most one repeat
    a kill. `a_mail`: seconds the mail server takes for one. Returns those from the last kill on."""
    zones.use(zones.DESK)
    told = say_much(tickets=4, replies=mails // 4)
    with (
        sinking(seconds_a_mail=a_mail) as (sink, smtp),
        Workers(live, REDIS_URL=broker.use(), SERVICEDESK_SMTP_URL=smtp) as workers,
    ):
        workers.beat(live.var)
        worker = workers.worker()
        keys = put(Customer.objects.get(code="acme"), told)
        for kill in range(1, kills + 1):
            wait_until(partial(sink.has, kill * mails // (kills + 1)), seconds=60, what=workers.log)
            workers.kill(worker)
            worker = workers.worker()
        took = wait_until(lambda: count(State.SENT) == mails, seconds=60, what=workers.log)

    assert len(keys) == mails
    assert_each_arrived(sink, keys, repeats=kills)
    assert count(State.NEW, State.SENDING, State.DEAD) == 0
    return took


def empty_broker(broker: Broker) -> None:
    client = redis.Redis.from_url(broker.use())
    client.flushall()
    client.close()


class Gone:
    """In the place of a broker that was killed: whoever calls is cut off, as by no server at all.

    Another test's broker would take its port, and the workers would knock there for ever after.
    """

    def __init__(self, port: int) -> None:
        self._held = socket.create_server(("127.0.0.1", port))
        self._thread = Thread(target=self._cut_off, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give the port free for the broker to come back."""
        with suppress(OSError):
            self._held.shutdown(socket.SHUT_RDWR)
        self._held.close()
        self._thread.join(5)

    def _cut_off(self) -> None:
        while True:
            try:
                caller, _address = self._held.accept()
            except OSError:
                return
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            caller.close()


def kill_broker(broker: Broker) -> Gone:
    """Kill it; what stands in its place is to be closed before it comes back."""
    port = urlsplit(broker.use()).port
    pid = broker.pid()
    assert pid is not None
    assert port is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: broker.pid() is None, seconds=5, what=lambda: "the broker does not die")
    assert ports.becomes_free(port, within=5), f"somebody else has taken the broker's port {port}"
    return Gone(port)
