"""Ringing a worker's bell: the one place that speaks to the broker.

A kick is a courtesy. The row is the queue: when a kick is lost, or the broker with all its kicks,
a sweep finds the row (docs/jobs.md). So it never raises. In a web process a thread of its own
rings, so that no page waits for the broker, there or gone (setting `RINGS_ASIDE`); elsewhere it
costs half a second at most when the broker is gone, and then nothing for a while.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextvars import Context, copy_context
from dataclasses import dataclass
from functools import cache
from queue import SimpleQueue
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

DRAIN_OUTBOX = "tickets.tasks.drain_outbox"
"""The bell's name of the outbox; who answers it lives further up."""

SWEEP_DUE = "tickets.tasks.sweep_due"
"""The bell's name of the sweep over all customers."""

WORK_MAILS = "tickets.tasks.work_mails"
"""The bell's name of the mails that came in."""

LAST = 9
"""The priority (0 comes first) of a bell for work that nobody waits for at a screen."""

GOES_STALE_AFTER = 30
"""Seconds a kick is worth something: by then the sweep has been round."""

SILENCE_AFTER_FAILURE = 5.0
"""Seconds in which no kick is tried after one that failed, so that pages stay quick."""

_PATIENCE = 0.3  # seconds to connect, and again to be answered


@dataclass(frozen=True)
class Bell:
    """One bell to be rung: the task's name and what it is told, as sorted pairs."""

    task: str
    arguments: tuple[tuple[str, Any], ...]

    def __call__(self) -> None:
        """Ring now, or have it rung beside us. Never raises."""
        if settings.RINGS_ASIDE:
            _ringer.take(self)
        else:
            self.ring()

    def ring(self) -> None:
        """Speak to the broker. Never raises."""
        if time.monotonic() < _silence.until:
            return
        try:
            _app().send_task(
                self.task,
                kwargs=dict(self.arguments),
                expires=GOES_STALE_AFTER,
                priority=LAST if self.task == SWEEP_DUE else 0,
                retry=False,
                ignore_result=True,
            )
        except Exception as problem:
            _silence.until = time.monotonic() + SILENCE_AFTER_FAILURE
            log.warning("no kick for %s, the sweep will find its row: %s", self.task, problem)


def kick(task: str, **arguments: Any) -> None:
    """Have the task run soon after the current transaction commits; rung once per transaction."""
    bell, connection = Bell(task, tuple(sorted(arguments.items()))), transaction.get_connection()
    savepoints = set(connection.savepoint_ids)
    # One that waits under another savepoint may be rolled back with it.
    if (savepoints, bell, True) not in connection.run_on_commit:
        transaction.on_commit(bell, robust=True)


@worker_init.connect
def let_stale_kicks_go(**_signal: object) -> None:
    """Have a worker forget the kicks it holds when its broker is lost, instead of giving them back.

    Giving them back to a broker that is gone ends the worker (kombu 5.7: AttributeError, "no
    attribute 'hostname'", seen in tests/drills); and the rows are swept anyway.
    """
    from kombu.transport.redis import Channel

    Channel.do_restore = False


class _Ringer:
    """A thread that rings one bell after the other; those it holds at its end are swept for."""

    def __init__(self) -> None:
        self._bells: SimpleQueue[tuple[Context, Bell]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._of = 0
        self._turn = threading.Lock()

    def take(self, bell: Bell) -> None:
        """Have a bell rung soon; starts the thread with the first one, in each process anew."""
        if self._thread is None or self._of != os.getpid():
            with self._turn:
                if self._thread is None or self._of != os.getpid():
                    self._of = os.getpid()
                    self._thread = threading.Thread(target=self._work, daemon=True, name="ringer")
                    self._thread.start()
        # The bell carries the id of its request, which this thread knows and the other does not.
        self._bells.put((copy_context(), bell))

    def _work(self) -> None:
        while True:
            context, bell = self._bells.get()
            context.run(bell.ring)


_ringer = _Ringer()


class _Silence:
    """Until when (monotonic seconds) this process keeps quiet."""

    until = 0.0


_silence = _Silence()


@cache
def _app() -> Celery:
    """A sender of our own with little patience; the worker's app waits for its broker for ever."""
    app = Celery("kick", set_as_current=False, fixups=[])
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_connection_timeout = _PATIENCE
    app.conf.broker_transport_options = {
        "socket_connect_timeout": _PATIENCE,
        "socket_timeout": _PATIENCE,
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    }
    return app
