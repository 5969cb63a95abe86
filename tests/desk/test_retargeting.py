"""Open tickets are judged by new terms in the background, behind everything somebody waits for."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q

from accounts.models import User
from customers.models import Customer
from customers.operations import suspend
from desk.models import Due, Policy, QueueItem, Retargeting
from desk.operations import due, retargeting
from desk.operations.retargeting import Progress
from servicedesk import zones
from tests.cast import NINE, hours, make_ticket
from tests.desk.test_due import ask
from tests.doors import Inside
from tickets import tasks
from tickets.models import Clock, Handling, Note, Ticket
from tickets.operations import judge


@pytest.fixture
def three(inside_acme: Inside, inside_globex: Inside) -> list[Ticket]:
    """An open ticket and a resolved one at Acme, an open one at Globex; all judged."""
    made = []
    for room, name in ((inside_acme, "open"), (inside_acme, "done"), (inside_globex, "other")):
        with room() as customer:
            ticket = make_ticket(subject=name, now=NINE)
            judge(customer=customer, ticket_id=ticket.pk, now=NINE, quiet=True)
            if name == "done":
                Ticket.objects.filter(pk=ticket.pk).update(state="resolved", settled_at=NINE)
            made.append(ticket)
    zones.use(zones.DESK)
    Due.objects.all().delete()
    return made


def asked() -> list[tuple[str, int, int]]:
    rows = Due.objects.filter(kind="retarget").order_by("customer_id", "row_id")
    return [(row.customer.code, row.row_id, row.asked) for row in rows.select_related("customer")]


def test_each_open_ticket_is_asked_for_once_however_often_terms_change(
    three: list[Ticket], ada: User, acme: Customer
) -> None:
    both = [("acme", three[0].pk, 1), ("globex", three[2].pk, 1)]

    first = retargeting.retarget(reason="policy: Everybody", by=ada, now=NINE)
    assert (first.total, first.asked_by, first.finished_at) == (2, ada, None)
    assert asked() == both

    second = retargeting.retarget(reason="customer: Acme", by=ada, now=NINE, customers=[acme.pk])
    assert second.total == 1
    assert asked() == [("acme", three[0].pk, 2), both[1]]


def test_what_concerns_no_open_ticket_is_finished_at_once(three: list[Ticket], ada: User) -> None:
    rows = retargeting.retarget(reason="x", by=None, now=NINE, which=Q(kind="complaint"))
    assert (rows.total, rows.finished_at, rows.asked_by) == (0, NINE, None)
    assert asked() == []


def test_a_suspended_customers_tickets_wait_and_hold_nothing_up(
    three: list[Ticket], globex: Customer
) -> None:
    zones.use(zones.OWNER)
    suspend(customer=globex, reason="unpaid", now=NINE)
    zones.use(zones.DESK)

    rows = retargeting.retarget(reason="x", by=None, now=NINE)

    assert rows.total == 1
    assert [code for code, _row, _asked in asked()] == ["acme", "globex"]
    Due.objects.filter(customer__code="acme").delete()
    assert retargeting.finish(now=NINE) == 1


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, ["acme", "globex"]),
        ({"customer": "acme"}, ["acme"]),
        ({"customer": "acme", "with_branches": True}, ["acme", "globex"]),
        ({"for_vip": True}, ["globex"]),
        ({"kind": "fault"}, []),
        ({"priority": "normal"}, ["acme", "globex"]),
        ({"channel": "mail"}, ["acme", "globex"]),
        ({"customer": "acme", "with_branches": True, "for_vip": True}, ["globex"]),
    ],
)
def test_only_tickets_that_the_conditions_fit_are_concerned(
    three: list[Ticket], acme: Customer, globex: Customer, facts: dict[str, Any], found: list[str]
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=globex.pk).update(parent=acme, is_vip=True)
    QueueItem.objects.update(kind="question", priority="normal")
    zones.use(zones.DESK)
    named = {"customer": acme} if "customer" in facts else {}
    policy = Policy(**(facts | named))
    rows = QueueItem.objects.live().filter(retargeting.concerned(policy))
    assert sorted(rows.values_list("customer__code", flat=True)) == found


def test_one_or_the_other_is_all_when_one_of_them_has_no_condition() -> None:
    assert retargeting.either(Q(), Q(kind="fault")) == Q()
    assert retargeting.either(Q(kind="fault"), Q()) == Q()
    assert retargeting.either(Q(kind="fault"), Q(kind="x")) == Q(kind="fault") | Q(kind="x")


def test_what_somebody_waits_for_is_done_before_what_nobody_does(
    acme: Customer, globex: Customer, db: None
) -> None:
    zones.use(zones.DESK)
    for number in (1, 2):
        ask(acme, number, ago=60)
    Due.objects.update(kind="retarget")
    ask(acme, 9, ago=1)
    ask(globex, 3, ago=90)
    Due.objects.filter(customer=globex).update(kind="retarget")

    assert due.customers_waiting(limit=10) == [acme.pk, globex.pk]
    assert [row.row_id for row in due.claim(customer_id=acme.pk, limit=2)] == [9, 1]


def test_the_worker_judges_by_the_new_terms_and_says_when_it_has_done_the_last(
    three: list[Ticket], acme: Customer, inside_acme: Inside, inside_globex: Inside,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with inside_acme():
        before = Handling.objects.get(ticket=three[0])
    Policy.objects.update(first_response=7200)
    rows = retargeting.retarget(reason="policy: Everybody", by=None, now=NINE)
    monkeypatch.setattr(due, "claim", _claimed)
    monkeypatch.setattr("tickets.tasks.timezone.now", lambda: NINE + hours(1))

    with inside_acme():
        tasks._work(acme)
        after = Handling.objects.get(ticket=three[0])
        settled = Handling.objects.get(ticket=three[1])
        clock = Clock.objects.get(ticket=three[0], kind="first_response")
        told = Note.objects.filter(ticket=three[0], field="terms")
        assert (clock.target, clock.due_at) == (7200, NINE + hours(2))
        assert [(note.old, note.new) for note in told] == [
            (str(before.terms_id), str(after.terms_id))
        ]
    assert settled.terms_id == before.terms_id, "what is settled keeps its terms"
    assert retargeting.progress(retargeting=rows) == Progress(done=1, total=2, failing=0)

    with inside_globex() as globex:
        tasks._work(globex)
    zones.use(zones.DESK)
    rows = Retargeting.objects.get(pk=rows.pk)
    assert rows.finished_at == NINE + hours(1)


def _claimed(*, customer_id: int, limit: int, kind: str = "") -> list[Due]:
    """Claiming asks for a connection outside of a transaction, which a quick test has not."""
    return list(Due.objects.filter(customer=customer_id, kind="retarget")[:limit])
