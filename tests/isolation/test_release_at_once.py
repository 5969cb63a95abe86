"""A release told by several at once, with real commits: nobody hears twice, nobody is forgotten."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from customers.inside import inside, schema_of
from customers.models import Customer
from customers.roles import customer_zone
from desk.models import Due, OutboxItem, QueueItem
from desk.words import State
from followups.models import Notice
from followups.operations import telling
from followups.operations.answering import answer
from followups.operations.reminding import remind
from followups.operations.telling import tell
from product.models import Event, NoticeItem, Problem, Reach, Release
from product.operations.publishing import go_live, pause
from servicedesk import zones
from tests.cast import NINE, days, make_contact, make_ticket
from tests.drills.machinery import wait_until
from tests.followups.loop import make_secret_problem, release_of
from tests.living import Live
from tickets import operations, tasks
from tickets.models import Contact
from tickets.operations.reporting import report

pytestmark = pytest.mark.real_logins

PEOPLE = 12


@pytest.fixture(autouse=True)
def _five_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five people are told in a transaction, instead of 25; forked processes do likewise."""
    monkeypatch.setattr(telling, "AT_ONCE", 5)


class Stage:
    """Twelve people at Acme who asked, every third ticket on hold, and a release for them."""

    def __init__(self) -> None:
        zones.use(zones.DESK)
        self.acme = Customer.objects.get(code="acme")
        self.ada = User.objects.get(email="ada@desk.test")
        self.pia = User.objects.get(email="pia@desk.test")
        self.problem: Problem = make_secret_problem(by=self.pia, now=NINE)
        self.release: Release = release_of(self.problem, by=self.pia, now=NINE)
        with schema_of(self.acme):
            for number in range(PEOPLE):
                one = make_contact(name=f"P{number}", email=f"p{number}@acme.test")
                self.asks(one, is_held=number % 3 == 0)
        Due.objects.all().delete()
        OutboxItem.objects.all().delete()

    def asks(self, contact: Contact, *, is_held: bool = False) -> None:
        ticket = make_ticket(requester=contact)
        report(ticket=ticket, problem=self.problem, by=self.ada, now=NINE)
        if is_held:
            operations.hold(
                ticket=ticket, by=self.ada, due_at=NINE + days(900), reason="Waits",
                now=NINE + days(300),
            )  # fmt: skip

    def publishes(self, email: str) -> None:
        go_live(release=self.release, by=User.objects.get(email=email), now=timezone.now())


def at_once(*deeds: Callable[[], object]) -> None:
    """All of them in threads of their own, as the desk; raises what any of them raises."""

    def do(deed: Callable[[], object]) -> None:
        zones.use(zones.DESK)
        try:
            deed()
        finally:
            zones.driver().forget()
            connections["default"].close()

    with ThreadPoolExecutor(len(deeds)) as threads:
        for done in [threads.submit(do, deed) for deed in deeds]:
            done.result(60)


def assert_each_told_once(people: int) -> None:
    zones.use(zones.DESK)
    told = list(NoticeItem.objects.values_list("contact_id", flat=True))
    assert len(told) == len(set(told)) == people
    assert OutboxItem.objects.filter(kind="notice").count() == people
    assert QueueItem.objects.filter(state=State.ON_HOLD).count() == 0
    assert not _left().exists()


def _left() -> QuerySet[Due]:
    """What is to be done now."""
    zones.use(zones.DESK)
    return Due.objects.exclude(kind__in=["remind", "step", "callback"])


def test_two_publish_while_a_report_comes_in_and_four_tell(live: Live) -> None:
    stage = Stage()

    def asks_late() -> None:
        with inside(stage.acme.pk):
            stage.asks(Contact.objects.get(email="uma@acme.test"))

    with live.as_web():
        at_once(
            lambda: stage.publishes("pia@desk.test"),
            lambda: stage.publishes("mei@desk.test"),
            asks_late,
        )
        for _ in range(200):
            at_once(*[tasks.sweep_due] * 4)
            if not _left().exists():
                break

    assert_each_told_once(PEOPLE + 1)
    assert Event.objects.filter(release=stage.release, field="live").count() == 1
    assert Reach.objects.filter(release=stage.release, done_at__isnull=False).count() == 1


def _tell_in_a_process() -> None:
    connections["default"].connection = None  # the parent's
    zones.driver().forget()
    zones.use(zones.DESK)
    while True:
        tasks.sweep_due()
        time.sleep(0.01)


def test_workers_killed_while_they_tell_leave_nobody_out_and_nobody_twice(live: Live) -> None:
    """The drill in small: `make drills ARGS="-k reaches_everybody"`."""
    stage = Stage()
    stage.publishes("pia@desk.test")
    connections["default"].close()
    forks = multiprocessing.get_context("fork")

    for after in (0.05, 0.15, 0.3):
        worker = forks.Process(target=_tell_in_a_process)
        worker.start()
        time.sleep(after)
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join(10)
        Due.objects.filter(lease_until__isnull=False).update(lease_until=Now())
    connections["default"].close()
    worker = forks.Process(target=_tell_in_a_process)
    worker.start()
    try:
        wait_until(lambda: not _left().exists(), seconds=60, what=lambda: str(list(_left())))
    finally:  # it would go on working in the tests that come after
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join(10)

    assert_each_told_once(PEOPLE)


def test_what_is_told_while_it_is_paused_leaves_no_mail_behind(live: Live) -> None:
    stage = Stage()
    stage.publishes("pia@desk.test")

    def tells() -> None:
        with inside(stage.acme.pk) as acme:
            tell(customer=acme, release_id=stage.release.pk, now=timezone.now())

    with live.as_web():
        at_once(
            tells, tells, lambda: pause(release=stage.release, by=stage.pia, now=timezone.now())
        )
        at_once(tells)

    zones.use(zones.DESK)
    mails = OutboxItem.objects.filter(kind="notice")
    assert not mails.filter(is_held=False).exists()
    assert mails.count() == NoticeItem.objects.count()


def test_an_answer_from_the_portal_while_the_reminder_runs(live: Live) -> None:
    stage = Stage()
    stage.publishes("pia@desk.test")
    with schema_of(stage.acme):
        for _ in range(3):
            tell(customer=stage.acme, release_id=stage.release.pk, now=NINE + days(300))
        ids = list(Notice.objects.order_by("pk").values_list("pk", flat=True)[:8])
    later = NINE + days(308)

    def reminds() -> None:
        with inside(stage.acme.pk) as acme:
            for pk in ids:
                remind(customer=acme, notice_id=pk, now=later)

    def answers() -> None:
        zones.use(customer_zone(stage.acme.pk))
        with schema_of(stage.acme):
            for pk in ids:
                answer(notice=Notice.objects.get(pk=pk), works=True, words="", now=later)

    with live.as_web():
        at_once(reminds, answers, reminds)

    zones.use(zones.DESK)
    with schema_of(stage.acme):
        assert Notice.objects.filter(pk__in=ids, answer="works").count() == len(ids)
    reminded = NoticeItem.objects.filter(notice_id__in=ids, reminded_at__isnull=False).count()
    assert OutboxItem.objects.filter(kind="reminder").count() == reminded
    assert Due.objects.filter(kind="answer").count() == len(ids)
