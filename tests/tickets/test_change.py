"""Changing what a ticket is, and whose: every change is an event, old → new."""

import pytest

from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer
from desk.models import Bell, QueueItem
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
