"""What the workers do when a bell rings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db.models.functions import Now

from accounts.models import User
from customers.inside import NoSuchCustomer, inside
from customers.models import Customer
from customers.operations import suspend
from desk.models import Due, OutboxItem, QueueItem
from servicedesk import zones
from servicedesk.celery import app
from servicedesk.schedule import SCHEDULE
from tests.cast import NINE, days, make_ticket, minutes
from tests.doors import Inside, Kicks
from tickets import operations, tasks
from tickets.models import Contact, ContactSession, Entry, Handling, Limit, SignInCode


@pytest.fixture(autouse=True)
def _as_the_desk(db: None) -> None:
    zones.use(zones.DESK)


def test_a_written_ticket_is_judged_by_the_sweep(inside_acme: Inside) -> None:
    with inside_acme():
        ticket = make_ticket()

    tasks.sweep_due()

    assert not Due.objects.exists()
    assert QueueItem.objects.get().is_judged
    with inside_acme():
        assert Handling.objects.get(ticket=ticket).next_due_at is not None


def test_the_kicked_task_does_the_same_for_its_customer_only(
    acme: Customer, inside_acme: Inside, inside_globex: Inside
) -> None:
    for place in (inside_acme, inside_globex):
        with place():
            make_ticket()

    tasks.work_due_at(customer_id=acme.pk)

    assert [row.customer_id for row in QueueItem.objects.filter(is_judged=True)] == [acme.pk]
    assert [row.customer_id for row in Due.objects.all()] != []
    assert not Due.objects.filter(customer=acme).exists()


def test_a_waiting_reply_goes_when_its_time_comes_and_not_before(
    ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket()
        operations.reply(ticket=ticket, by=ada, body="<p>Done.</p>", now=NINE)
        Due.objects.filter(kind="send").update(due_at=Now() + timedelta(seconds=9))
    tasks.sweep_due()
    with inside_acme():
        assert not Entry.objects.filter(kind="reply").exists()
    Due.objects.filter(kind="send").update(due_at=Now())

    tasks.sweep_due()

    with inside_acme():
        assert Entry.objects.filter(kind="reply").count() == 1
    assert not Due.objects.filter(kind="send").exists()


def test_a_thing_that_fails_is_tried_later_and_holds_nobody_up(
    acme: Customer, inside_acme: Inside, inside_globex: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with inside_acme():
        broken, fine = make_ticket(), make_ticket()
    with inside_globex():
        make_ticket()
    judge = operations.judge

    def sometimes(*, customer: Customer, ticket_id: int, now: Any) -> None:
        if (customer.code, ticket_id) == ("acme", broken.pk):
            raise RuntimeError("cannot judge this")
        judge(customer=customer, ticket_id=ticket_id, now=now)

    monkeypatch.setattr(operations, "judge", sometimes)

    tasks.sweep_due()

    left = Due.objects.get()
    assert (left.row_id, left.tries, left.lease_until) == (broken.pk, 1, None)
    assert left.last_error == "RuntimeError: cannot judge this"
    judged = QueueItem.objects.filter(is_judged=True)
    assert {row.ticket_id for row in judged.filter(customer=acme)} == {fine.pk}
    assert judged.exclude(customer=acme).count() == 1


def test_a_task_at_no_customer_or_a_suspended_one_raises(acme: Customer) -> None:
    with pytest.raises(NoSuchCustomer):
        tasks.work_due_at(customer_id=987_654)
    zones.use(zones.OWNER)
    suspend(customer=acme, reason="unpaid", now=NINE)
    zones.use(zones.DESK)
    with pytest.raises(NoSuchCustomer):
        tasks.work_due_at(customer_id=acme.pk)


def test_the_outbox_is_drained_and_rings_again_for_what_came_meanwhile(
    inside_acme: Inside, kicks: Kicks, django_capture_on_commit_callbacks: Any
) -> None:
    with inside_acme():
        make_ticket()
    tasks.sweep_due()
    assert OutboxItem.objects.get().state == OutboxItem.State.NEW

    with django_capture_on_commit_callbacks(execute=True):
        tasks.drain_outbox()
        assert [one.subject for one in mail.outbox] == ["[ACME-1] The printer smokes"]
    assert kicks == [("tickets.tasks.drain_outbox", {})]

    kicks.clear()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.drain_outbox()
    assert (len(mail.outbox), kicks) == (1, [])


def test_long_settled_tickets_leave_the_queue(inside_acme: Inside) -> None:
    with inside_acme():
        for settled_at in (NINE, NINE + days(40), None):
            state = "resolved" if settled_at else "open"
            make_ticket(state=state, settled_at=settled_at)
    QueueItem.objects.filter(number=1).update(settled_at=Now() - timedelta(days=31))
    QueueItem.objects.filter(number=2).update(settled_at=Now() - timedelta(days=29))

    tasks.sweep_settled()

    assert set(QueueItem.objects.values_list("number", flat=True)) == {2, 3}


def test_expired_sessions_codes_and_counters_are_forgotten_everywhere(
    acme: Customer, inside_acme: Inside, uma: Contact
) -> None:
    now = NINE + days(400)
    later = {"old": NINE, "young": now + days(40_000)}
    for key, at in later.items():
        Session.objects.create(session_key=key, session_data="", expire_date=at)
    zones.use(zones.OWNER)
    with inside(acme.pk):
        for key, at in later.items():
            ContactSession.objects.create(session_key=key, session_data="", expire_date=at)
            SignInCode.objects.create(contact=uma, created_at=NINE, expires_at=at)
            Limit.objects.create(key=key, window_started_at=at, count=1)
    zones.use(zones.DESK)

    tasks.sweep_sessions()

    assert Session.objects.get().session_key == "young"
    zones.use(zones.OWNER)
    with inside(acme.pk):
        assert ContactSession.objects.get().session_key == "young"
        assert SignInCode.objects.get().expires_at == later["young"]
        assert Limit.objects.get().key == "young"


def test_every_bell_of_the_schedule_is_answered() -> None:
    app.loader.import_default_modules()
    rung = {str(entry["task"]) for entry in SCHEDULE.values()}
    rung.add("tickets.tasks.work_due_at")

    assert rung <= set(app.tasks)


def test_the_schedule_sweeps_often_enough() -> None:
    assert SCHEDULE["due-sweep"]["schedule"] == 1.0
    assert minutes(0).total_seconds() < float(str(SCHEDULE["outbox-sweep"]["schedule"])) <= 5.0
