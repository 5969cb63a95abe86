"""After any single operation the rows of the clocks are what the whole trail says.

There is no second way to a row: no verb moves a clock on its own. So each of many verbs, in any
order, must leave every ticket as a recount from its first word would have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import cast

import pytest

from accounts.models import User
from customers.models import Customer
from desk.models import Policy
from tests.cast import NINE
from tests.doors import Inside
from tickets import operations
from tickets.clock import State, next_due
from tickets.models import Contact, Handling, Pending, Ticket
from tickets.operations import promising
from tickets.operations.clock_rows import columns_of, differences
from tickets.operations.clocking import TermsBook, recounted
from tickets.operations.replying import NO_WAIT, UNDO_WINDOW

STEPS, SEEDS = 40, (1, 2, 3)
REFUSALS = (
    operations.HoldNeedsPromise,
    operations.HoldingNeedsPromise,
    operations.IntoItself,
    operations.NoPromise,
    operations.TicketClosed,
    operations.TicketNotSettled,
    operations.TicketSettled,
)


@dataclass
class Desk:
    """Ada and Uma at a few tickets, one verb after another, by a seed."""

    rng: Random
    customer: Customer
    ada: User
    uma: Contact
    now: datetime = NINE
    tickets: list[Ticket] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deck = self.rng.sample(VERBS, len(VERBS))

    def step(self) -> None:
        """Time passes; the verb that waits longest and is not refused by name is done."""
        self.now += timedelta(seconds=self.rng.choice((0, 5, 60, 1800, 7200, 60_000)))
        among = self.rng.sample(self.tickets, len(self.tickets))
        verb = next(one for one in self.deck if any(self._try(one, ticket) for ticket in among))
        self.deck.remove(verb)
        self.deck.append(verb)

    def _try(self, verb: Callable[[Desk, Ticket], None], ticket: Ticket) -> bool:
        ticket.refresh_from_db()
        try:
            verb(self, ticket)
        except REFUSALS:
            return False
        self.done[verb.__name__] += 1
        self.said.append(f"{self.now:%d %H:%M:%S} {verb.__name__} {ticket.number}")
        return True

    def judge(self, ticket: Ticket) -> None:
        operations.judge(customer=self.customer, ticket_id=ticket.pk, now=self.now)

    def vow(self) -> operations.Vow:
        later = timedelta(minutes=self.rng.randrange(20, 3000))
        return operations.Vow(self.now + later, "The release")


# --- What can be done -----------------------------------------------------------------------------


def ask(desk: Desk, _ticket: Ticket | None = None) -> None:
    ticket = operations.open_ticket(
        requester=desk.uma, subject="Again", body="<p>?</p>", kind="question", now=desk.now
    )
    desk.tickets.append(ticket)
    desk.judge(ticket)


def write_back(desk: Desk, ticket: Ticket) -> None:
    operations.answer(ticket=ticket, contact=desk.uma, body="<p>And?</p>", now=desk.now)
    desk.judge(ticket)


def confirm(desk: Desk, ticket: Ticket) -> None:
    operations.confirm(ticket=ticket, contact=desk.uma, now=desk.now)
    desk.judge(ticket)


def withdraw(desk: Desk, ticket: Ticket) -> None:
    operations.withdraw(ticket=ticket, contact=desk.uma, now=desk.now)
    desk.judge(ticket)


def reply(desk: Desk, ticket: Ticket) -> None:
    operations.reply(
        ticket=ticket,
        by=desk.ada,
        body=f"<p>So {desk.now}.</p>",
        now=desk.now,
        wait=desk.rng.choice((NO_WAIT, UNDO_WINDOW)),
        then_state=desk.rng.choice(("waiting", "open", "on_hold")),
        vow=desk.vow() if desk.rng.random() < 0.3 else None,
        keeps_promise=desk.rng.random() < 0.7,
    )


def acknowledge(desk: Desk, ticket: Ticket) -> None:
    vow = desk.vow() if desk.rng.random() < 0.4 else None
    operations.acknowledge(ticket=ticket, by=desk.ada, now=desk.now, wait=NO_WAIT, vow=vow)


def send_waiting(desk: Desk, ticket: Ticket) -> None:
    desk.now += UNDO_WINDOW
    operations.send_waiting(ticket=ticket, now=desk.now)


def undo(desk: Desk, ticket: Ticket) -> None:
    for pending in Pending.objects.waiting().filter(ticket=ticket):
        operations.undo(pending=pending, by=desk.ada, now=desk.now)


def promise(desk: Desk, ticket: Ticket) -> None:
    vow = desk.vow()
    operations.promise(
        ticket=ticket, by=desk.ada, due_at=vow.due_at, reason=vow.reason, now=desk.now
    )


def hold(desk: Desk, ticket: Ticket) -> None:
    vow = desk.vow()
    operations.hold(ticket=ticket, by=desk.ada, due_at=vow.due_at, reason=vow.reason, now=desk.now)


def keep(desk: Desk, ticket: Ticket) -> None:
    operations.keep(ticket=ticket, by=desk.ada, now=desk.now)


def break_overdue(desk: Desk, ticket: Ticket) -> None:
    operations.break_overdue(ticket=ticket, now=desk.now)


def note(desk: Desk, ticket: Ticket) -> None:
    operations.note(ticket=ticket, by=desk.ada, body="<p>Hm.</p>", now=desk.now)


def move(desk: Desk, ticket: Ticket) -> None:
    state = desk.rng.choice(("waiting", "open", "on_hold"))
    operations.change(ticket=ticket, by=desk.ada, now=desk.now, state=state)


def press(desk: Desk, ticket: Ticket) -> None:
    priority = desk.rng.choice(("urgent", "normal", "low"))
    operations.change(ticket=ticket, by=desk.ada, now=desk.now, priority=priority)


def resolve(desk: Desk, ticket: Ticket) -> None:
    operations.resolve(ticket=ticket, by=desk.ada, now=desk.now)


def reopen(desk: Desk, ticket: Ticket) -> None:
    operations.reopen(ticket=ticket, by=desk.ada, now=desk.now)


def close(desk: Desk, ticket: Ticket) -> None:
    operations.close(ticket=ticket, by=desk.ada, now=desk.now)


def dismiss(desk: Desk, ticket: Ticket) -> None:
    operations.dismiss(ticket=ticket, by=desk.ada, reason="spam", now=desk.now)


def merge(desk: Desk, ticket: Ticket) -> None:
    into = desk.rng.choice(desk.tickets)
    operations.dismiss(ticket=ticket, by=desk.ada, reason="duplicate", now=desk.now, into=into)


VERBS: tuple[Callable[[Desk, Ticket], None], ...] = (
    ask, write_back, write_back, confirm, confirm, withdraw, reply, reply, acknowledge,
    send_waiting, undo, promise, hold, keep, break_overdue, note, move, move, press, press,
    resolve, resolve, reopen, reopen, reopen, close, dismiss, merge,
)  # fmt: skip


# --- What must hold after it ----------------------------------------------------------------------


def recount(desk: Desk, ticket: Ticket) -> list[str]:
    """Where the rows of a ticket are not what its trail says."""
    ticket.refresh_from_db()
    handling = Handling.objects.get(ticket=ticket)
    entries = list(ticket.entries.order_by("seq"))
    book = TermsBook(desk.customer)
    found = recounted(ticket=ticket, handling=handling, entries=entries, book=book, now=desk.now)
    rows = {(row.kind, row.seq): row for row in ticket.clocks.all()}
    if set(rows) != {one.key for one in found.clocks}:
        return [f"rows {sorted(rows)}, counted {[one.key for one in found.clocks]}"]
    wrong = []
    for one in found.clocks:
        row = rows[one.key]
        wrong += differences(row=row, columns=columns_of(clock=one, staff=found.staff))
        if row.state_at(desk.now) != one.state or row.met_at != one.met_at:
            wrong.append(f"{one.kind} is {one.state}")
    due = next_due(found.clocks, cast(State, ticket.state))
    if handling.next_due_at != (due.due_at if due else None):
        wrong.append("next due")
    return wrong


@pytest.fixture
def urgent(acme: Customer) -> Policy:
    """What is urgent has less time, and a resolution that is counted."""
    return Policy.objects.create(
        name="Urgent",
        position=10,
        priority="urgent",
        calendar=Policy.objects.get(name="Everybody").calendar,
        first_response=1800,
        next_response=3600,
        real_answer=2 * 3600,
        resolution=8 * 3600,
        total_resolution=9 * 3600,
    )


@pytest.mark.usefixtures("urgent")
def test_after_any_single_operation_the_rows_are_what_the_trail_says(
    acme: Customer, inside_acme: Inside, ada: User, uma: Contact
) -> None:
    done: Counter[str] = Counter()
    with inside_acme():
        for seed in SEEDS:
            desk = Desk(Random(seed), acme, ada, uma)  # noqa: S311 - a sequence, no secret
            ask(desk)
            for _ in range(STEPS):
                desk.step()
                wrong = {ticket.number: recount(desk, ticket) for ticket in desk.tickets}
                assert not any(wrong.values()), (f"seed {seed}", wrong, desk.said)
            done += desk.done

    assert set(done) == {verb.__name__ for verb in VERBS}


def test_a_verb_that_forgets_the_clocks_is_found(
    acme: Customer,
    inside_acme: Inside,
    ada: User,
    uma: Contact,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(promising, "rejudge", lambda **_what: None)
    with inside_acme():
        desk = Desk(Random(0), acme, ada, uma)  # noqa: S311 - as above
        ask(desk)

        promise(desk, desk.tickets[0])

        assert recount(desk, desk.tickets[0])
