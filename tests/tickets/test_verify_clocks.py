"""`manage.py verify` counts every clock again: each kind of difference is told, and mended."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import AskItem, Calendar, ClockItem, Department, Due, Policy, Step
from servicedesk import zones
from tests.cast import NINE, hours, make_ticket, minutes, say
from tests.doors import Inside
from tickets import operations
from tickets.models import Alert, Ask, Clock, Handling, Note, Promise, Ticket
from tickets.operations.verifying import repair, verify
from tickets.operations.verifying_clocks import not_yet_counted


@pytest.fixture
def promised(inside_acme: Inside, ada: User) -> Ticket:
    """A ticket with a promise, judged: the first response is met, a step of the ladder left."""
    for policy in Policy.objects.all():
        Step.objects.get_or_create(policy=policy, clock="", level="owner", percent=50, delay=0)
    with inside_acme() as acme:
        ticket = make_ticket()
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE)
        operations.promise(
            ticket=ticket, by=ada, due_at=NINE + hours(5), reason="A part comes", now=NINE
        )
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE)
        Due.objects.filter(kind=Due.Kind.JUDGE).delete()
    zones.use(zones.OWNER)
    return ticket


def run(*options: str) -> str:
    out = StringIO()
    call_command("verify", *options, stdout=out, stderr=out)
    return out.getvalue()


Lie = Callable[[], Any]
LIES: dict[str, Lie] = {
    "clock first_response 0 differs in target, due_at": lambda: Clock.objects.filter(
        kind="first_response"
    ).update(target=1, due_at=NINE),
    "clock promise 4 differs in staff_id": lambda: Clock.objects.filter(kind="promise").update(
        staff=None
    ),
    "clock first_response 0 is missing": lambda: Clock.objects.filter(seq=0).delete(),
    "clock next_response 9 was never started": lambda: _one_more(),
    "what is due next differs in next_due_at, due_since": lambda: Handling.objects.update(
        next_due_at=NINE, due_since=NINE - hours(1)
    ),
    "nobody is asked for the next step of the ladder": lambda: Due.objects.filter(
        kind=Due.Kind.STEP
    ).delete(),
    "1 clocks are missing over all customers": lambda: ClockItem.objects.filter(
        kind="promise"
    ).delete(),
    "1 clocks are shown otherwise over all customers": lambda: ClockItem.objects.filter(
        kind="promise"
    ).update(reason="else"),
    "1 clocks are shown without a row over all customers": lambda: _one_more_item(),
}


def _one_more() -> None:
    row = Clock.objects.get(kind="promise")
    row.pk, row.kind, row.seq = None, "next_response", 9
    row.save(force_insert=True)


def _one_more_item() -> None:
    row = ClockItem.objects.get(kind="promise")
    row.pk, row.seq = None, 77
    row.save(force_insert=True)


@pytest.mark.parametrize("told", LIES)
def test_a_clock_that_lies_is_told_and_mended(promised: Ticket, acme: Customer, told: str) -> None:
    with schema_of(acme):
        LIES[told]()

        found = verify(customer=acme, now=NINE)
        assert told in [one.what for one in found]
        assert all(one.is_projection and one.number == promised.number for one in found)

        repair(customer=acme, now=NINE)
        assert verify(customer=acme, now=NINE) == []
        assert Clock.objects.filter(kind="promise").count() == 1


def test_the_desk_forgets_a_clock_that_never_was_with_its_warnings(
    promised: Ticket, inside_acme: Inside
) -> None:
    with inside_acme() as acme:
        _one_more()
        Alert.objects.create(
            clock=Clock.objects.get(seq=9),
            level="owner", percent=50, delay=0, target=1, reached_at=NINE, raised_at=NINE,
        )  # fmt: skip

        operations.judge(customer=acme, ticket_id=promised.pk, now=NINE)

        assert not Clock.objects.filter(seq=9).exists()
        assert not ClockItem.objects.filter(seq=9).exists()


def test_a_promise_that_is_not_what_the_trail_tells_stays_told(
    promised: Ticket, acme: Customer
) -> None:
    given = Promise.objects.filter(ticket=promised)
    with schema_of(acme):
        assert verify(customer=acme, now=NINE + hours(6)) == []  # its time passed just now
        pk = given.get().pk

        given.update(due_at=NINE + hours(4))
        moved = [one.what for one in verify(customer=acme, now=NINE)]
        given.update(due_at=NINE + hours(5), outcome="kept", ended_at=NINE, kept_at=NINE)
        kept = [one.what for one in verify(customer=acme, now=NINE)]
        given.delete()
        found = verify(customer=acme, now=NINE)

    assert moved == [f"promise {pk} is for another time than was told"]
    assert kept == [
        f"promise {pk} is kept, its clock running",
        f"promise {pk} was kept at another time than was told",
    ]
    assert [(one.what, one.is_projection) for one in found] == [
        ("0 promises are kept, 1 were given", False)
    ]


def test_every_way_a_promise_can_end_fits_its_clock(at_acme: Customer, ada: User) -> None:
    def ticket_with_promise() -> Ticket:
        ticket = make_ticket()
        due_at = NINE + hours(1)
        operations.promise(ticket=ticket, by=ada, due_at=due_at, reason="A part", now=NINE)
        return ticket

    kept, late, renewed, void, resolved = (ticket_with_promise() for _ in range(5))
    operations.keep(ticket=kept, by=ada, now=NINE + minutes(30))
    operations.break_overdue(ticket=late, now=NINE + hours(2))
    operations.keep(ticket=late, by=ada, now=NINE + hours(3))
    operations.promise(
        ticket=renewed, by=ada, due_at=NINE + hours(9), reason="Later", now=NINE + minutes(5)
    )
    operations.dismiss(ticket=void, by=ada, reason="spam", now=NINE + minutes(5))
    operations.resolve(ticket=resolved, by=ada, now=NINE + minutes(50))
    for ticket in (kept, late, renewed, void, resolved):
        operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE + hours(3))
    Due.objects.filter(kind=Due.Kind.JUDGE).delete()

    outcomes = [row.outcome for row in Promise.objects.order_by("ticket", "pk")]

    assert outcomes == ["kept", "broken", "renegotiated", "", "void", "kept"]
    assert verify(customer=at_acme, now=NINE + hours(4)) == []


def test_terms_that_are_gone_are_told_once_and_cannot_be_mended(
    promised: Ticket, acme: Customer
) -> None:
    with schema_of(acme):
        Handling.objects.update(terms=999_999, first_terms=999_999)
        repair(customer=acme, now=NINE)
        found = {one.what for one in verify(customer=acme, now=NINE) if not one.is_projection}

    assert found == {
        "the terms it was judged by are not there", "terms 999999 are not there",
    }  # fmt: skip


def test_what_is_about_to_be_judged_is_not_compared(promised: Ticket, acme: Customer) -> None:
    with schema_of(acme):
        say(promised, by=promised.requester, now=NINE + minutes(1))
        assert Due.objects.filter(kind=Due.Kind.JUDGE, row_id=promised.pk).exists()
        assert verify(customer=acme, now=NINE + minutes(2)) == []

        Due.objects.filter(kind=Due.Kind.JUDGE).delete()
        found = verify(customer=acme, now=NINE + minutes(2))

    assert "clock next_response 6 is missing" in [one.what for one in found]


def test_tickets_judged_before_there_were_clocks_are_counted_by_repair_and_no_error(
    promised: Ticket, acme: Customer
) -> None:
    with schema_of(acme):
        Clock.objects.all().delete()
        Promise.objects.all().delete()
        Handling.objects.update(
            terms=None, first_terms=None, next_due_at=None, next_due_kind="", due_since=None
        )
    assert "acme: 1 tickets have no clocks yet" in run()
    with schema_of(acme):
        assert not_yet_counted(customer=acme) == 1
        Due.objects.filter(kind=Due.Kind.STEP).delete()
        repair(customer=acme, now=NINE)

        assert not_yet_counted(customer=acme) == 0
        assert Clock.objects.count() == 2


def test_an_ask_that_the_desk_shows_otherwise_is_told_and_mended(
    promised: Ticket, acme: Customer, ada: User
) -> None:
    calendar = Calendar.objects.earliest("pk")
    engineering = Department.objects.create(
        name="Engineering", calendar=calendar, answers_within=3600
    )
    with schema_of(acme):
        question = Note.objects.create(
            ticket=promised, kind="note", author_name="Ada", staff=ada, body="?", written_at=NINE
        )
        asked = {"asked_by": ada, "asked_at": NINE, "due_at": NINE + hours(1)}
        Ask.objects.create(
            ticket=promised, question=question, department=engineering,
            department_name="Engineering", **asked,
        )  # fmt: skip
        told = [one.what for one in verify(customer=acme, now=NINE)]
        repair(customer=acme, now=NINE)
        AskItem.objects.update(due_at=NINE)
        moved = [one.what for one in verify(customer=acme, now=NINE)]
        repair(customer=acme, now=NINE)

        assert verify(customer=acme, now=NINE) == []
    assert told == ["1 asks are missing over all customers"]
    assert moved == ["1 asks are shown otherwise over all customers"]
    assert AskItem.objects.get().department == engineering
