"""Warnings and the ladder: each step once, to whom it concerns, without a storm."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from customers.inside import inside
from customers.models import Customer
from customers.roles import DESK, OWNER
from desk.models import Bell, Due, Heartbeat, Policy, QueueItem, Step
from desk.operations import beating, due
from servicedesk import zones
from tests.cast import NINE, days, hours, make_staff, make_ticket, minutes
from tickets import operations
from tickets.models import Alert, Contact, Handling, Note, Promise, Ticket
from tickets.operations.replying import NO_WAIT, Vow
from tickets.operations.stepping import take_steps

LADDER = (
    ("owner", 50, 0),
    ("owner", 80, 0),
    ("owner", 100, 0),
    ("lead", 100, 1800),
    ("manager", 100, 7200),
)


@pytest.fixture
def ladder(db: None) -> Policy:
    """Everybody's policy warns at half, at 80 %, when due; the lead and the manager hear later."""
    policy = Policy.objects.get(name="Everybody")
    for level, percent, delay in LADDER:
        Step.objects.create(policy=policy, level=level, percent=percent, delay=delay)
    return policy


@pytest.fixture
def bob(db: None) -> User:
    return make_staff(name="Bob Berg", email="bob@desk.test")


@pytest.fixture
def lea(acme: Customer) -> User:
    """Leads the team that looks after Acme."""
    lea = make_staff(name="Lea Lund", email="lea@desk.test", role="consultant")
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North", lead=lea))
    acme.refresh_from_db()
    return lea


def judged(customer: Customer, now: datetime = NINE, **facts: Any) -> Ticket:
    ticket = make_ticket(now=now, **facts)
    operations.judge(customer=customer, ticket_id=ticket.pk, now=now)
    return ticket


def stepped(ticket: Ticket, customer: Customer, *, at: datetime) -> list[tuple[str, str, str]]:
    """Whom the steps taken at that time told, of what, about which clock; bells before not."""
    before = set(Bell.objects.values_list("pk", flat=True))
    take_steps(customer=customer, ticket_id=ticket.pk, now=at)
    rung = Bell.objects.exclude(pk__in=before).exclude(kind="assigned").order_by("user", "pk")
    return [(bell.user.name.split()[0], bell.kind, bell.clock) for bell in rung]


def due_at(ticket: Ticket) -> datetime | None:
    row = Due.objects.filter(kind="step", row_id=ticket.pk).first()
    return row.due_at if row else None


@pytest.mark.usefixtures("ladder")
def test_each_step_is_asked_for_taken_once_and_followed_by_the_next(
    lea: User, at_acme: Customer
) -> None:
    at_acme.refresh_from_db()
    ticket = judged(at_acme)
    told = []
    while (at := due_at(ticket)) is not None:
        told.append((at - NINE, stepped(ticket, at_acme, at=at)))
        assert stepped(ticket, at_acme, at=at) == [], "nobody hears it twice"

    assert told == [
        (minutes(30), [("Ada", "soon", "first_response")]),
        (minutes(48), [("Ada", "soon", "first_response")]),
        (minutes(60), [("Ada", "late", "first_response")]),
        (minutes(90), [("Lea", "late", "first_response")]),
        (minutes(180), [("Mei", "late", "first_response")]),
    ]
    assert Alert.objects.count() == 5


@pytest.mark.usefixtures("ladder")
def test_the_database_keeps_a_step_from_being_taken_twice(at_acme: Customer) -> None:
    ticket = judged(at_acme)
    (alert,) = take_steps(customer=at_acme, ticket_id=ticket.pk, now=NINE + minutes(31))
    alert.pk = None
    alert._state.adding = True

    with pytest.raises(IntegrityError, match="each_step_of_the_ladder_once"), transaction.atomic():
        alert.save()


@pytest.mark.usefixtures("ladder")
def test_an_answer_ends_the_warnings(at_acme: Customer, ada: User) -> None:
    ticket = judged(at_acme)
    operations.reply(ticket=ticket, by=ada, body="<p>So.</p>", now=NINE, wait=NO_WAIT)
    assert due_at(ticket) is None

    assert stepped(ticket, at_acme, at=NINE + hours(5)) == []


@pytest.mark.usefixtures("ladder", "lea")
def test_a_vip_waits_half_as_long_for_the_lead(at_acme: Customer) -> None:
    Customer.objects.filter(pk=at_acme.pk).update(is_vip=True)
    at_acme.refresh_from_db()
    ticket = judged(at_acme)
    stepped(ticket, at_acme, at=NINE + hours(1))

    assert due_at(ticket) == NINE + minutes(75)


@pytest.mark.usefixtures("ladder")
def test_a_pause_moves_the_steps(at_acme: Customer, ada: User, uma: Contact) -> None:
    ticket = judged(at_acme)
    operations.acknowledge(ticket=ticket, by=ada, now=NINE, wait=NO_WAIT)
    assert due_at(ticket) == NINE + hours(9)
    operations.change(ticket=ticket, by=ada, now=NINE + hours(1), state="waiting")
    assert due_at(ticket) is None

    operations.change(ticket=ticket, by=ada, now=NINE + hours(3), state="open")

    assert due_at(ticket) == NINE + days(1) + hours(2)


def test_where_the_lead_is_missing_managers_hear_it(
    ladder: Policy, at_acme: Customer, ada: User
) -> None:
    ticket = judged(at_acme)
    stepped(ticket, at_acme, at=NINE + hours(1))

    assert stepped(ticket, at_acme, at=NINE + minutes(90)) == [("Mei", "late", "first_response")]


@pytest.mark.usefixtures("ladder")
def test_who_is_away_hears_it_with_a_deputy_and_the_next_level_where_there_is_none(
    at_acme: Customer, ada: User, bob: User, lea: User
) -> None:
    at_acme.refresh_from_db()
    ticket = judged(at_acme)
    User.objects.filter(pk=ada.pk).update(away_from=NINE, deputy=bob)
    with_deputy = stepped(ticket, at_acme, at=NINE + minutes(30))
    User.objects.filter(pk=bob.pk).update(away_from=NINE)

    alone = stepped(ticket, at_acme, at=NINE + minutes(48))

    assert [name for name, *_ in with_deputy] == ["Ada", "Bob"]
    assert [name for name, *_ in alone] == ["Ada", "Bob", "Lea"]


@pytest.mark.usefixtures("ladder")
def test_who_may_not_serve_the_customer_hears_nothing_of_it(
    at_acme: Customer, ada: User, lea: User
) -> None:
    at_acme.refresh_from_db()
    south = make_staff(name="Sue", email="sue@desk.test", serves_all=False)
    ticket = judged(at_acme)
    User.objects.filter(pk=ada.pk).update(away_from=NINE, deputy=south)

    heard = stepped(ticket, at_acme, at=NINE + minutes(30))

    assert [name for name, *_ in heard] == ["Ada", "Lea"]


# --- Promises ------------------------------------------------------------------------------------


def test_a_promise_breaks_when_its_time_passes_without_any_ladder(
    at_acme: Customer, ada: User, lea: User
) -> None:
    at_acme.refresh_from_db()
    ticket = judged(at_acme)
    vow = Vow(due_at=NINE + hours(2), reason="The part arrives")
    operations.acknowledge(ticket=ticket, by=ada, now=NINE, wait=NO_WAIT, vow=vow)
    at = due_at(ticket)
    assert at is not None
    assert minutes(0) < at - vow.due_at < minutes(0.001)
    assert stepped(ticket, at_acme, at=vow.due_at) == []

    heard = stepped(ticket, at_acme, at=at)

    assert heard == [("Ada", "broken", "promise"), ("Lea", "broken", "promise")]
    assert Promise.objects.get().outcome == "broken"
    assert Note.objects.filter(field="promise_broken").count() == 1
    assert due_at(ticket) is None
    assert stepped(ticket, at_acme, at=NINE + hours(3)) == []


@pytest.mark.usefixtures("ladder")
def test_who_hears_that_a_promise_broke_does_not_hear_that_it_is_overdue(
    at_acme: Customer, ada: User
) -> None:
    ticket = judged(at_acme)
    vow = Vow(due_at=NINE + hours(2), reason="The part arrives")
    operations.acknowledge(ticket=ticket, by=ada, now=NINE, wait=NO_WAIT, vow=vow)

    reminded = stepped(ticket, at_acme, at=NINE + hours(1))
    broken = stepped(ticket, at_acme, at=NINE + hours(2) + minutes(1))

    assert reminded == [("Ada", "soon", "promise")]
    # 80 % is 25 minutes past: the furthest step alone is told
    assert broken == [("Ada", "broken", "promise"), ("Mei", "broken", "promise")]


@pytest.mark.usefixtures("ladder")
def test_a_promise_moved_in_time_breaks_nothing(at_acme: Customer, ada: User) -> None:
    ticket = judged(at_acme)
    for at in (NINE, NINE + hours(1)):
        operations.promise(
            ticket=ticket, by=ada, due_at=at + hours(2), reason="The part arrives", now=at
        )

    stepped(ticket, at_acme, at=NINE + hours(2) + minutes(1))

    assert [one.outcome for one in Promise.objects.order_by("pk")] == ["renegotiated", ""]
    assert not Bell.objects.filter(kind="broken").exists()


# --- What came late ------------------------------------------------------------------------------


@pytest.mark.usefixtures("ladder")
def test_of_late_steps_of_one_clock_only_the_furthest_is_counted(
    at_acme: Customer, ada: User
) -> None:
    first, second = judged(at_acme), judged(at_acme)
    at = NINE + hours(1) + minutes(6)

    heard = [stepped(ticket, at_acme, at=at) for ticket in (first, second)]

    assert heard == [[("Ada", "missed", "first_response")], []]
    bell = Bell.objects.get(kind="missed")
    assert (bell.count, bell.number, bell.due_at) == (2, second.number, NINE + hours(1))
    assert Alert.objects.count() == 6


@pytest.mark.usefixtures("ladder")
def test_the_bell_of_what_came_late_rings_anew_when_it_was_cleared_and_each_hour(
    at_acme: Customer, ada: User
) -> None:
    tickets = [judged(at_acme) for _ in range(3)]
    stepped(tickets[0], at_acme, at=NINE + minutes(40))
    Bell.objects.filter(kind="missed").update(cleared_at=NINE + minutes(41))

    stepped(tickets[1], at_acme, at=NINE + minutes(42))
    stepped(tickets[2], at_acme, at=NINE + hours(1) + minutes(6))

    missed = Bell.objects.filter(kind="missed").order_by("pk")
    assert [(bell.count, bell.cleared_at) for bell in missed] == [(1, None), (1, None)]


@pytest.mark.usefixtures("ladder")
def test_steps_older_than_a_week_are_taken_without_a_word(at_acme: Customer) -> None:
    ticket = judged(at_acme)

    assert stepped(ticket, at_acme, at=NINE + days(8)) == []
    assert Alert.objects.count() == 5
    assert due_at(ticket) is None


@pytest.mark.usefixtures("ladder")
def test_after_an_hour_without_a_beat_each_person_has_one_bell(
    acme: Customer, globex: Customer, ada: User, lea: User, mei: User
) -> None:
    """Ten tickets; forty tickets of five customers with 300 steps: tests/drills."""
    Policy.objects.update(resolution=3000, total_resolution=600)
    acme.refresh_from_db()
    Customer.objects.update(team=acme.team)
    zones.use(DESK)
    for customer in (acme, globex):
        with inside(customer.pk) as here:
            for number in range(5):
                judged(here, now=NINE + minutes(number))
    Bell.objects.all().delete()
    came_back = NINE + minutes(132.5)  # the manager's first steps were two minutes ago
    Heartbeat.objects.create(name="back", beat_at=came_back)

    for customer in (acme, globex):
        with inside(customer.pk) as here:
            for ticket in Ticket.objects.order_by("pk"):
                take_steps(customer=here, ticket_id=ticket.pk, now=came_back)

    bells = Bell.objects.order_by("user")
    assert [(bell.user, bell.kind, bell.count) for bell in bells] == [
        (ada, "missed", 30),
        (mei, "missed", 6),
        (lea, "missed", 30),
    ]


def test_the_beat_says_since_when_it_is_back(db: None) -> None:
    zones.use(DESK)
    assert beating.beat()
    assert beating.back_since() is None
    Heartbeat.objects.update(beat_at=Now() - timedelta(minutes=50))

    assert beating.beat()

    back = beating.back_since()
    assert back is not None
    assert back == Heartbeat.objects.get(name="beat").beat_at
    Heartbeat.objects.filter(name="beat").update(beat_at=Now() - timedelta(seconds=30))
    assert beating.beat()
    assert beating.back_since() == back, "it was not away"


# --- Whose it is when nobody answers -------------------------------------------------------------


def reassigning(ladder: Policy, *, returns_after: int | None = None) -> None:
    ladder.reassigns, ladder.returns_after = returns_after is None, returns_after
    ladder.save()


def owner_of(ticket: Ticket) -> User:
    owner: User = Handling.objects.get(ticket=ticket).owner
    return owner


def test_an_overdue_ticket_goes_to_whoever_has_the_least_to_do_once(
    ladder: Policy, at_acme: Customer, ada: User, bob: User
) -> None:
    reassigning(ladder)
    ticket = judged(at_acme)
    assert owner_of(ticket) == ada

    heard = stepped(ticket, at_acme, at=NINE + hours(1))

    assert owner_of(ticket) == bob
    assert heard == [("Ada", "returned", "first_response"), ("Ada", "late", "first_response")]
    assert Bell.objects.filter(user=bob, kind="assigned").count() == 1
    event = Note.objects.filter(field="owner").latest("seq")
    assert (event.old, event.new, event.staff_id) == ("Ada Lind", "Bob Berg", None)
    assert QueueItem.objects.get().owner == bob
    assert owner_of(ticket) == bob
    Policy.objects.filter(pk=ladder.pk).update(first_response=1800)
    stepped(ticket, at_acme, at=NINE + hours(2))
    assert Alert.objects.filter(level="owner", percent=100).count() == 2
    assert owner_of(ticket) == bob, "the same clock moves a ticket once"


@pytest.mark.parametrize("why", ["policy", "nobody else", "we spoke"])
def test_an_overdue_ticket_stays_where_it_is(
    ladder: Policy, at_acme: Customer, ada: User, bob: User, why: str
) -> None:
    reassigning(ladder, returns_after=3600 if why == "policy" else None)
    ticket = judged(at_acme)
    if why == "nobody else":
        User.objects.filter(pk=bob.pk).update(away_from=NINE)
    if why == "we spoke":
        for at in (NINE, NINE + hours(1)):
            vow = Vow(due_at=NINE + days(9), reason="A part") if at > NINE else None
            operations.acknowledge(ticket=ticket, by=ada, now=at, wait=NO_WAIT, vow=vow)

    stepped(ticket, at_acme, at=NINE + (days(2) if why == "we spoke" else hours(1)))

    assert Alert.objects.filter(level="owner", percent=100).exists()
    assert owner_of(ticket) == ada


@pytest.mark.parametrize("has_deputy", [True, False])
def test_a_ticket_is_given_back_when_its_owner_is_away_too_long(
    ladder: Policy, at_acme: Customer, ada: User, mei: User, bob: User, has_deputy: bool
) -> None:
    Step.objects.all().delete()
    reassigning(ladder, returns_after=1200)
    ticket = judged(at_acme)
    away = User.objects.filter(pk=ada.pk)
    away.update(away_from=NINE + minutes(10), deputy=mei if has_deputy else None)
    assert due_at(ticket) is not None, "the database asks for it"
    assert stepped(ticket, at_acme, at=NINE + minutes(11)) == []
    assert due_at(ticket) == NINE + minutes(30)

    heard = stepped(ticket, at_acme, at=NINE + minutes(30))

    assert heard == [("Ada", "returned", "")]
    assert owner_of(ticket) == (mei if has_deputy else bob)
    assert due_at(ticket) is None


def test_a_ticket_is_not_given_back_when_its_owner_is_back_or_nobody_waits(
    ladder: Policy, at_acme: Customer, ada: User, bob: User
) -> None:
    Step.objects.all().delete()
    reassigning(ladder, returns_after=1200)
    waiting, answered = judged(at_acme), judged(at_acme)
    Handling.objects.update(owner=ada)
    operations.reply(ticket=answered, by=ada, body="<p>So.</p>", now=NINE, wait=NO_WAIT)
    User.objects.filter(pk=ada.pk).update(away_from=NINE, away_until=NINE + minutes(15))
    for ticket in (waiting, answered):
        stepped(ticket, at_acme, at=NINE + minutes(1))
        assert due_at(ticket) is None
    User.objects.filter(pk=ada.pk).update(away_until=None)

    for ticket in (waiting, answered):
        stepped(ticket, at_acme, at=NINE + minutes(30))

    assert [owner_of(waiting), owner_of(answered)] == [bob, ada]


def test_where_nobody_can_take_it_it_is_tried_again_later(
    ladder: Policy, at_acme: Customer, ada: User
) -> None:
    Step.objects.all().delete()
    reassigning(ladder, returns_after=1200)
    ticket = judged(at_acme)
    User.objects.filter(pk=ada.pk).update(away_from=NINE)

    assert stepped(ticket, at_acme, at=NINE + minutes(30)) == []

    assert owner_of(ticket) == ada
    assert due_at(ticket) == NINE + minutes(40)


def test_who_is_away_gets_no_new_tickets(at_acme: Customer, ada: User, bob: User) -> None:
    User.objects.filter(pk=ada.pk).update(away_from=NINE)
    assert owner_of(judged(at_acme)) == bob
    User.objects.filter(pk=ada.pk).update(away_until=NINE + minutes(5))
    assert owner_of(judged(at_acme, now=NINE + minutes(5))) == ada


def test_assigning_to_somebody_away_has_its_steps_looked_at(
    at_acme: Customer, ada: User, bob: User
) -> None:
    ticket = judged(at_acme)
    User.objects.filter(pk=bob.pk).update(away_from=NINE)
    bob.refresh_from_db()

    operations.assign(ticket=ticket, owner=bob, by=ada, now=NINE)

    assert due_at(ticket) is not None


# --- Found by one query --------------------------------------------------------------------------


def test_what_is_due_is_found_by_one_query_however_many_customers_there_are(acme: Customer) -> None:
    zones.use(OWNER)
    Due.objects.create(customer=acme, kind="step", row_id=1, due_at=NINE)
    asked = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert due.customers_waiting(limit=500) == [acme.pk]
        asked.append(len(queries))
        Customer.objects.bulk_create(
            Customer(
                code=f"c{number}-{one}", name="x", created_at=NINE, laid_at=NINE,
                schema_name=f"c_9{number}{one}",
            )
            for one in range(50)
        )  # fmt: skip

    assert asked == [1, 1, 1]
