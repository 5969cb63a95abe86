"""Asking a department: who gets it, by when, who hears of it; no customer's clock notices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer
from desk.models import AskItem, Bell, Calendar, Department
from desk.operations.asks import tell_late
from servicedesk import zones
from tests.cast import NINE, days, hours, make_staff, make_ticket, minutes
from tests.doors import Inside
from tickets import operations
from tickets.event_words import sentence
from tickets.models import Ask, Clock, Entry, Note, Ticket
from tickets.operations import AskEnded, EmptyBody, NobodyThere, TicketClosed


@pytest.fixture
def finn(db: None) -> User:
    return make_staff(name="Finn Fischer", email="finn@desk.test", role=Role.ENGINEER)


@pytest.fixture
def eli(db: None) -> User:
    return make_staff(name="Eli Ekman", email="eli@desk.test", role=Role.ENGINEER)


@pytest.fixture
def engineering(finn: User, eli: User) -> Department:
    """Open in Shanghai from 9 to 12 and from 13 to 18: at our NINE it is five there."""
    calendar = Calendar.objects.create(
        name="Shanghai",
        zone="Asia/Shanghai",
        weekly=[[["09:00", "12:00"], ["13:00", "18:00"]]] * 5 + [[], []],
    )
    made = Department.objects.create(
        name="Engineering", name_zh="研发", calendar=calendar, answers_within=2 * 3600
    )
    made.people.set([finn, eli])
    return made


@pytest.fixture
def ticket(acme: Customer, engineering: Department, inside_acme: Inside) -> Ticket:
    with inside_acme():
        made = make_ticket()
        operations.judge(customer=acme, ticket_id=made.pk, now=NINE)
        return made


def asked(ticket: Ticket, department: Department, by: User, **more: Any) -> Ask:
    said = {"question": "<p>Is it in the log?</p>", "now": NINE, **more}
    return operations.ask_department(ticket=ticket, department=department, by=by, **said)


def clocks() -> list[tuple[Any, ...]]:
    return list(Clock.objects.order_by("kind", "seq").values_list())


def events(field: str) -> list[str]:
    return [sentence(note) for note in Note.objects.filter(field=field).order_by("pk")]


def test_an_ask_is_a_note_with_a_time_in_the_hours_of_the_department(
    ticket: Ticket, engineering: Department, ada: User, eli: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ask = asked(ticket, engineering, ada, owner=eli)
        item = AskItem.objects.get()

        # One hour on Monday until six in Shanghai, the other on Tuesday from nine.
        assert ask.due_at == item.due_at == datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
        assert (ask.question.kind, ask.question.author_name) == ("note", "Ada Lind")
        assert events("asked") == ["Ada Lind asked Engineering (Eli Ekman)"]
        assert (item.ask_id, item.owner, item.asked_by) == (ask.pk, eli, ada)
        bell = Bell.objects.get(kind="asked")
        assert (bell.user, bell.by_name, bell.due_at) == (eli, "Ada Lind", ask.due_at)


def test_no_clock_of_the_customer_pauses_or_changes_by_an_ask(
    acme: Customer,
    ticket: Ticket,
    engineering: Department,
    ada: User,
    finn: User,
    inside_acme: Inside,
) -> None:
    with inside_acme():
        before = clocks()
        first, second = asked(ticket, engineering, ada), asked(ticket, engineering, ada)
        operations.answer_ask(ask=first, by=finn, body="<p>It is.</p>", now=NINE + minutes(9))
        operations.withdraw_ask(ask=second, by=ada, now=NINE + minutes(9))
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE + minutes(10))

        assert before
        assert clocks() == before
        assert [clock.stands for clock in Clock.objects.all()] == ["running"] * len(before)
        assert Entry.objects.count() == 1, "the customer's trail has their question alone"


def test_an_answer_is_a_note_and_rings_for_whoever_asked(
    ticket: Ticket, engineering: Department, ada: User, finn: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ask = asked(ticket, engineering, ada, owner=finn)
        written = operations.answer_ask(ask=ask, by=finn, body="<p>Yes.</p>", now=NINE + hours(1))
        ask.refresh_from_db()

        assert (ask.answer, ask.answered_at) == (written, NINE + hours(1))
        assert AskItem.objects.get().ended_at == NINE + hours(1)
        assert events("answered") == ["Finn Fischer answered for Engineering"]
        assert Bell.objects.get(kind="told").user == ada
        with pytest.raises(AskEnded):
            operations.answer_ask(ask=ask, by=finn, body="<p>Again.</p>", now=NINE + hours(2))
        with pytest.raises(AskEnded):
            operations.withdraw_ask(ask=ask, by=ada, now=NINE + hours(2))


def test_an_ask_is_given_to_a_colleague_and_keeps_its_time(
    ticket: Ticket, engineering: Department, ada: User, finn: User, eli: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ask = asked(ticket, engineering, ada, owner=finn)
        handed = operations.hand_ask(ask=ask, owner=eli, by=finn, now=NINE + hours(1))

        assert (handed.owner, handed.due_at) == (eli, ask.due_at)
        assert AskItem.objects.get().owner == eli
        assert events("ask_handed") == ["Finn Fischer gave the ask of Finn Fischer to Eli Ekman"]
        operations.hand_ask(ask=ask, owner=finn, by=eli, now=NINE + hours(2))
        rung = Bell.objects.filter(kind="asked").order_by("pk")
        assert [bell.user for bell in rung] == [finn, eli, finn], "given back, it rings again"


def test_who_has_the_fewest_open_asks_is_asked(
    ticket: Ticket, engineering: Department, ada: User, finn: User, eli: User, inside_acme: Inside
) -> None:
    with inside_acme():
        first = asked(ticket, engineering, ada).owner
        second = asked(ticket, engineering, ada).owner
        operations.withdraw_ask(ask=Ask.objects.get(owner=eli), by=ada, now=NINE)

        assert [first, second] == [finn, eli]
        assert asked(ticket, engineering, ada).owner == eli


def test_who_is_away_or_does_not_serve_the_customer_is_not_asked(
    ticket: Ticket,
    acme: Customer,
    engineering: Department,
    ada: User,
    finn: User,
    eli: User,
    inside_acme: Inside,
) -> None:
    zones.use(zones.OWNER)
    User.objects.filter(pk=finn.pk).update(away_from=NINE - days(1), away_until=NINE + days(1))
    with inside_acme():
        assert asked(ticket, engineering, ada).owner == eli
    zones.use(zones.OWNER)
    User.objects.filter(pk=eli.pk).update(serves_all=False)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North"))
    with inside_acme(), pytest.raises(NobodyThere):
        asked(ticket, engineering, ada)


def test_nothing_is_asked_without_words_or_at_a_settled_ticket(
    ticket: Ticket, engineering: Department, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        with pytest.raises(EmptyBody):
            asked(ticket, engineering, ada, question="<p> </p>")
        operations.dismiss(ticket=ticket, reason="spam", by=ada, now=NINE)
        with pytest.raises(TicketClosed):
            asked(ticket, engineering, ada)

        assert not Ask.objects.exists()
        assert not AskItem.objects.exists()


def test_who_did_not_answer_in_time_hears_it_once(
    ticket: Ticket, engineering: Department, ada: User, finn: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ask = asked(ticket, engineering, ada, owner=finn)
    zones.use(zones.DESK)

    assert tell_late(now=ask.due_at) == 0
    assert tell_late(now=ask.due_at + minutes(1)) == 1
    assert tell_late(now=ask.due_at + minutes(2)) == 0
    late = Bell.objects.get(kind="late")
    assert (late.user, late.clock, late.number) == (finn, "", ticket.number)


def test_nobody_is_late_with_what_a_settled_ticket_needs_no_more(
    ticket: Ticket, engineering: Department, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ask = asked(ticket, engineering, ada)
        operations.dismiss(ticket=ticket, reason="spam", by=ada, now=NINE)
    zones.use(zones.DESK)

    tell_late(now=ask.due_at + hours(1))

    assert not Bell.objects.filter(kind="late").exists()
