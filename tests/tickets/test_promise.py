"""Giving a time, keeping it, breaking it, naming a new one: one is open, none is forgotten."""

from datetime import datetime

import pytest

from accounts.models import User
from customers.models import Customer
from tests.cast import NINE, days, hours, make_ticket, minutes
from tickets import operations
from tickets.models import Clock, Note, Promise, Ticket
from tickets.operations.replying import NO_WAIT


def promise(ticket: Ticket, by: User, *, until: datetime, now: datetime = NINE) -> Promise:
    return operations.promise(ticket=ticket, by=by, due_at=until, reason="A part", now=now)


def clock(ticket: Ticket, kind: str, *, now: datetime) -> str:
    return Clock.objects.filter(ticket=ticket, kind=kind).latest("seq").state_at(now)


def outcomes(ticket: Ticket) -> list[str]:
    return list(ticket.promises.order_by("pk").values_list("outcome", flat=True))


def test_a_promise_is_an_entry_the_customer_sees_and_runs_day_and_night(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()

    given = promise(ticket, ada, until=NINE + days(1))

    assert given.entry.kind == "promise"
    assert "A part" in given.entry.body
    row = Clock.objects.get(ticket=ticket, kind="promise")
    assert (row.due_at, row.target, row.staff_id) == (NINE + days(1), 86_400, ada.pk)
    assert clock(ticket, "promise", now=NINE + hours(1)) == "running"
    assert clock(ticket, "promise", now=NINE + hours(20)) == "due_soon"
    assert clock(ticket, "first_response", now=NINE) == "met"


def test_a_real_answer_in_time_keeps_it(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    promise(ticket, ada, until=NINE + hours(4))

    operations.reply(ticket=ticket, by=ada, body="Done.", now=NINE + hours(3), wait=NO_WAIT)

    assert outcomes(ticket) == ["kept"]
    assert clock(ticket, "promise", now=NINE + days(9)) == "met"


def test_an_answer_that_is_not_yet_what_was_promised_leaves_it_open(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()
    promise(ticket, ada, until=NINE + hours(4))

    operations.reply(
        ticket=ticket, by=ada, body="Which one?", now=NINE, wait=NO_WAIT, keeps_promise=False
    )

    assert outcomes(ticket) == [""]
    assert clock(ticket, "promise", now=NINE + hours(5)) == "breached"


def test_a_new_time_before_the_old_one_renegotiates_it(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    first = promise(ticket, ada, until=NINE + hours(4))

    second = promise(ticket, ada, until=NINE + hours(8), now=NINE + hours(4))

    first.refresh_from_db()
    assert (first.outcome, first.replaced_by_id) == ("renegotiated", second.pk)
    states = [row.state_at(NINE + hours(5)) for row in ticket.clocks.filter(kind="promise")]
    assert sorted(states) == ["cancelled", "running"]


def test_a_new_time_after_the_old_one_leaves_it_broken(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    promise(ticket, ada, until=NINE + hours(4))

    promise(ticket, ada, until=NINE + hours(8), now=NINE + hours(4) + minutes(1))

    assert outcomes(ticket) == ["broken", ""]
    broken = ticket.clocks.get(kind="promise", stands="broken")
    assert broken.state_at(NINE + days(1)) == "breached"


def test_what_was_broken_stays_broken_and_says_when_it_was_fulfilled(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()
    given = promise(ticket, ada, until=NINE + hours(4))

    operations.break_overdue(ticket=ticket, now=NINE + hours(5))
    operations.reply(ticket=ticket, by=ada, body="At last.", now=NINE + hours(6), wait=NO_WAIT)

    given.refresh_from_db()
    assert (given.outcome, given.kept_at) == ("broken", NINE + hours(6))
    row = Clock.objects.get(ticket=ticket, kind="promise")
    assert (row.state_at(NINE + days(1)), row.met_at) == ("breached", NINE + hours(6))
    told = Note.objects.filter(ticket=ticket, field__startswith="promise").order_by("seq")
    assert [note.field for note in told] == ["promise", "promise_broken", "promise_kept"]


def test_a_promise_in_time_is_not_broken(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    promise(ticket, ada, until=NINE + hours(4))

    assert operations.break_overdue(ticket=ticket, now=NINE + hours(4)) is None
    assert outcomes(ticket) == [""]


def test_resolving_keeps_it(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    promise(ticket, ada, until=NINE + hours(4))

    operations.resolve(ticket=ticket, by=ada, now=NINE + hours(1))

    assert outcomes(ticket) == ["kept"]


@pytest.mark.parametrize(
    ("until", "reason", "refusal"),
    [
        (NINE, "A part", operations.PromiseInThePast),
        (NINE + days(731), "A part", operations.PromiseTooFar),
        (NINE + days(1), " \n", operations.NoReason),
    ],
)
def test_a_promise_that_is_none_is_refused(
    at_acme: Customer, ada: User, until: datetime, reason: str, refusal: type[Exception]
) -> None:
    ticket = make_ticket()

    with pytest.raises(refusal):
        operations.promise(ticket=ticket, by=ada, due_at=until, reason=reason, now=NINE)

    assert not ticket.promises.exists()
    assert ticket.entries.count() == 1


def test_on_hold_needs_a_promise(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()

    with pytest.raises(operations.HoldNeedsPromise):
        operations.change(ticket=ticket, by=ada, now=NINE, state="on_hold")
    with pytest.raises(operations.HoldNeedsPromise):
        operations.reply(ticket=ticket, by=ada, body="Wait.", now=NINE, then_state="on_hold")
    operations.hold(ticket=ticket, by=ada, due_at=NINE + days(3), reason="Release 4", now=NINE)

    ticket.refresh_from_db()
    assert ticket.state == "on_hold"
    assert clock(ticket, "promise", now=NINE) == "running"


def test_what_was_held_goes_on_when_its_promise_is_kept(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    operations.hold(ticket=ticket, by=ada, due_at=NINE + days(3), reason="Release 4", now=NINE)

    operations.keep(ticket=ticket, by=ada, now=NINE + days(1))

    ticket.refresh_from_db()
    assert (ticket.state, outcomes(ticket)) == ("open", ["kept"])
    with pytest.raises(operations.NoPromise):
        operations.keep(ticket=ticket, by=ada, now=NINE + days(1))


def test_a_second_holding_reply_needs_a_promise(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    operations.acknowledge(ticket=ticket, by=ada, now=NINE, wait=NO_WAIT)
    later = NINE + hours(1)

    with pytest.raises(operations.HoldingNeedsPromise):
        operations.acknowledge(ticket=ticket, by=ada, now=later, wait=NO_WAIT)
    vow = operations.Vow(NINE + hours(6), "The log of the server")
    operations.acknowledge(ticket=ticket, by=ada, now=later, wait=NO_WAIT, vow=vow)

    assert outcomes(ticket) == [""]
    assert clock(ticket, "real_answer", now=later) == "running"


def test_a_promise_that_goes_with_a_reply_is_given_when_it_goes(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()
    vow = operations.Vow(NINE + hours(6), "The part comes by train")

    pending = operations.reply(ticket=ticket, by=ada, body="Ordered.", now=NINE, vow=vow)
    before = outcomes(ticket)
    operations.send(pending=pending, now=NINE + minutes(1))

    assert before == []
    given = ticket.promises.get()
    assert given.entry.kind == "reply"
    assert given.reason == "The part comes by train"
