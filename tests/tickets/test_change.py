"""Changing what a ticket is, and whose: every change is an event, old → new."""

from datetime import timedelta

import pytest

from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer
from desk.models import Bell, Due, QueueItem
from desk.operations.search import search
from tests.cast import NINE, make_staff, make_ticket
from tickets import operations
from tickets.models import Handling, Note, Ticket


def events(ticket: Ticket) -> list[tuple[str, str, str]]:
    rows = Note.objects.filter(ticket=ticket, kind="event").order_by("seq")
    return list(rows.values_list("field", "old", "new"))


def test_each_changed_field_is_an_event_and_an_unchanged_one_is_none(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()

    operations.change(ticket=ticket, by=ada, now=NINE, kind="fault", priority="high")
    operations.change(ticket=ticket, by=ada, now=NINE, kind="fault", priority="high")

    assert events(ticket) == [("kind", "question", "fault"), ("priority", "normal", "high")]
    item = QueueItem.objects.get(customer=at_acme)
    assert (item.kind, item.priority) == ("fault", "high")


def test_a_settled_ticket_does_not_change_its_state_this_way(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    operations.resolve(ticket=ticket, by=ada, now=NINE)

    with pytest.raises(operations.TicketSettled):
        operations.change(ticket=ticket, by=ada, now=NINE, state="open")


def test_ada_gives_it_to_mei_and_mei_hears_of_it(at_acme: Customer, ada: User, mei: User) -> None:
    ticket = make_ticket()

    operations.assign(ticket=ticket, owner=mei, by=ada, now=NINE)
    operations.assign(ticket=ticket, owner=mei, by=ada, now=NINE)

    bell = Bell.objects.get(user=mei)
    assert (bell.kind, bell.by_name, bell.number) == ("assigned", "Ada Lind", ticket.number)
    assert events(ticket) == [("owner", "", "Mei Tan")]
    assert QueueItem.objects.get(customer=at_acme).owner == mei


def test_nobody_hears_of_taking_a_ticket_oneself(at_acme: Customer, ada: User) -> None:
    operations.assign(ticket=make_ticket(), owner=ada, by=ada, now=NINE)

    assert not Bell.objects.exists()


def test_it_is_not_given_to_someone_who_does_not_serve_the_customer(
    at_acme: Customer, ada: User
) -> None:
    Customer.objects.filter(pk=at_acme.pk).update(team=Team.objects.create(name="North"))
    other = make_staff(name="Sven South", email="sven@desk.test", role=Role.AGENT, serves_all=False)

    with pytest.raises(operations.CannotServe):
        operations.assign(ticket=make_ticket(), owner=other, by=ada, now=NINE)


def test_what_they_said_and_what_they_are_after_are_written_with_a_trace(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()

    operations.write_understanding(
        ticket=ticket, by=ada, now=NINE, surface_request="New printer", need="Print by Friday"
    )

    handling = Handling.objects.get(ticket=ticket)
    assert (handling.surface_request, handling.need) == ("New printer", "Print by Friday")
    assert [field for field, _, _ in events(ticket)] == ["surface_request", "need"]


def test_putting_it_on_hold_lets_a_waiting_reply_go_first(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    tomorrow = NINE + timedelta(days=1)
    operations.promise(ticket=ticket, by=ada, due_at=tomorrow, reason="Delivery", now=NINE)
    operations.reply(ticket=ticket, by=ada, body="<p>Ordered.</p>", now=NINE, keeps_promise=False)

    operations.change(ticket=ticket, by=ada, now=NINE, state="on_hold")

    ticket.refresh_from_db()
    assert ticket.state == "on_hold"
    assert ticket.entries.filter(kind="reply").exists()


def test_a_new_subject_and_a_note_are_found_by_search(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)
    Due.objects.all().delete()

    operations.change(ticket=ticket, by=ada, now=NINE, subject="Zebra crossing")
    operations.note(ticket=ticket, by=ada, body="<p>Quagga.</p>", now=NINE)

    assert Due.objects.get(customer=at_acme, kind="judge").row_id == ticket.pk
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)
    assert len(search(user=ada, text="zebra quagga")) == 1


def test_a_long_old_value_stands_whole_in_the_trail(at_acme: Customer, ada: User) -> None:
    ticket, long = make_ticket(), "word " * 99
    for need in (long, "Short"):
        operations.write_understanding(
            ticket=ticket, by=ada, now=NINE, surface_request="", need=need
        )

    event = Note.objects.filter(ticket=ticket, field="need").latest("seq")
    assert long.strip() in event.body
