"""A kick costs a page next to nothing, whatever has become of the broker."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.conf import settings

from desk import kick as kicking
from desk.kick import Bell, kick
from tests.doors import Kicks

_really_send = Celery.send_task  # before any fixture puts something in its place


@pytest.fixture(autouse=True)
def _fresh_sender() -> Iterator[None]:
    kicking._app.cache_clear()
    kicking._silence.until = 0.0
    yield
    kicking._app.cache_clear()
    kicking._silence.until = 0.0


def test_a_kick_leaves_after_the_commit_with_its_arguments(
    db: None, kicks: Kicks, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        kick("tickets.tasks.work_due_at", customer_id=7)
        kick("tickets.tasks.work_due_at", customer_id=8)
        kick("tickets.tasks.work_due_at", customer_id=7)
        assert kicks == []

    assert [told for _, told in kicks] == [{"customer_id": 7}, {"customer_id": 8}]


def test_after_a_failure_pages_are_not_held_up_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[str] = []

    def send_task(_app: Any, name: str, **_how: Any) -> None:
        tried.append(name)
        raise ConnectionError("gone")

    monkeypatch.setattr(Celery, "send_task", send_task)

    for _ in range(3):
        Bell("a.task", ())()
    assert len(tried) == 1
    assert "the sweep will find its row" in caplog.text

    kicking._silence.until = time.monotonic() - 1
    Bell("a.task", ())()
    assert len(tried) == 2


@pytest.mark.parametrize("fate", ["refuses", "is silent", "has no address"])
def test_a_broker_that_is_gone_costs_less_than_half_a_second(
    fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Celery, "send_task", _really_send)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        if fate == "is silent":
            deaf.listen(5)
        port = deaf.getsockname()[1]
        host = "nowhere.invalid" if fate == "has no address" else "127.0.0.1"
        monkeypatch.setattr(settings, "CELERY_BROKER_URL", f"redis://{host}:{port}/0")
        Bell("warm.up", ())()  # the first one imports the transport
        kicking._silence.until = 0.0

        started = time.monotonic()
        Bell("a.task", ())()

    assert time.monotonic() - started < 2  # a tenth of it, where nobody else computes
    assert kicking._silence.until > 0


def test_a_web_process_rings_beside_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    is_answered, rung = threading.Event(), threading.Event()

    def send_task(_app: Any, _name: str, **_how: Any) -> None:
        if is_answered.wait(5):
            rung.set()

    monkeypatch.setattr(Celery, "send_task", send_task)
    monkeypatch.setattr(kicking, "_ringer", kicking._Ringer())
    monkeypatch.setattr(settings, "RINGS_ASIDE", True)

    Bell("a.task", ())()

    is_answered.set()
    assert rung.wait(5), "the page waited for the broker"
