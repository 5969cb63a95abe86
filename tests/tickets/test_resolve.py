"""Resolving, confirming, reopening and closing."""

import pytest

from accounts.models import User
from customers.models import Customer
from desk.models import OutboxItem, QueueItem
from tests.cast import NINE, hours, make_ticket, minutes
from tests.doors import Inside
from tickets import operations
from tickets.models import Contact, Handling, Note, Ticket


def resolved(by: User) -> Ticket:
    ticket = make_ticket()
    operations.resolve(ticket=ticket, by=by, now=NINE + hours(1), cause="Old toner")
    ticket.refresh_from_db()
    return ticket


def test_resolving_tells_the_customer_and_keeps_the_further_output_with_us(
    at_acme: Customer, ada: User
) -> None:
    ticket = resolved(ada)

    handling = Handling.objects.get(ticket=ticket)
    assert (ticket.state, ticket.settled_at) == ("resolved", NINE + hours(1))
    assert (handling.cause, handling.next_due_at) == ("Old toner", None)
    assert ticket.entries.get(kind="resolved").body == ""
    assert OutboxItem.objects.filter(kind="entry").count() == 1


def test_a_reply_that_still_waits_goes_first(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    operations.reply(ticket=ticket, by=ada, body="<p>New toner is in.</p>", now=NINE)

    operations.resolve(ticket=ticket, by=ada, now=NINE + minutes(0.05))

    kinds = ticket.entries.order_by("seq").values_list("kind", flat=True)
    ticket.refresh_from_db()
    assert list(kinds) == ["question", "reply", "resolved"]
    assert ticket.state == "resolved"


def test_what_is_settled_is_not_resolved_again(at_acme: Customer, ada: User) -> None:
    with pytest.raises(operations.TicketSettled):
        operations.resolve(ticket=resolved(ada), by=ada, now=NINE + hours(2))


def test_uma_says_it_works_and_the_ticket_is_closed(
    inside_acme: Inside, ada: User, uma: Contact, request: pytest.FixtureRequest
) -> None:
    with inside_acme():
        ticket = resolved(ada)
    request.getfixturevalue("as_acme")

    entry = operations.confirm(ticket=ticket, contact=uma, now=NINE + hours(2))

    assert (entry.kind, ticket.state) == ("confirmed", "closed")
    with pytest.raises(operations.TicketClosed):
        operations.answer(ticket=ticket, contact=uma, body="<p>Hm.</p>", now=NINE + hours(3))


def test_uma_says_it_does_not_work_and_the_ticket_is_open_again(
    inside_acme: Inside, ada: User, uma: Contact, request: pytest.FixtureRequest
) -> None:
    with inside_acme():
        ticket = resolved(ada)
    request.getfixturevalue("as_acme")

    operations.answer(ticket=ticket, contact=uma, body="<p>Smokes again.</p>", now=NINE + hours(2))

    assert (ticket.state, ticket.settled_at) == ("open", None)
    with inside_acme() as acme:
        item = QueueItem.objects.get(customer=acme)
        assert (item.state, item.last_side, item.settled_at) == ("open", "customer", None)


def test_only_a_resolved_ticket_can_be_confirmed(as_acme: Customer, uma: Contact) -> None:
    with pytest.raises(operations.TicketNotSettled):
        operations.confirm(ticket=make_ticket(), contact=uma, now=NINE)


def test_ada_takes_it_up_again_and_the_customer_hears_of_it(at_acme: Customer, ada: User) -> None:
    ticket = resolved(ada)

    entry = operations.reopen(ticket=ticket, by=ada, now=NINE + hours(3), body="<p>Too soon.</p>")

    ticket.refresh_from_db()
    assert (ticket.state, ticket.settled_at) == ("open", None)
    assert OutboxItem.objects.filter(row=str(entry.pk)).exists()
    with pytest.raises(operations.TicketNotSettled):
        operations.reopen(ticket=ticket, by=ada, now=NINE + hours(4))


def test_closing_says_who_and_when(at_acme: Customer, ada: User) -> None:
    ticket = operations.close(ticket=resolved(ada), by=ada, now=NINE + hours(30))

    event = Note.objects.filter(ticket=ticket, field="state").latest("seq")
    assert (ticket.state, event.old, event.new) == ("closed", "resolved", "closed")
    assert event.author_name == "Ada Lind"


def test_what_was_written_about_the_cause_before_stays_in_the_trail(
    at_acme: Customer, ada: User
) -> None:
    ticket = resolved(ada)
    operations.reopen(ticket=ticket, by=ada, now=NINE + hours(2))

    operations.resolve(ticket=ticket, by=ada, now=NINE + hours(3), cause="A worn drum")

    causes = Note.objects.filter(ticket=ticket, field="cause").order_by("seq")
    assert list(causes.values_list("old", "new")) == [
        ("", "Old toner"),
        ("Old toner", "A worn drum"),
    ]


def test_reopening_lets_a_waiting_reply_go_first(at_acme: Customer, ada: User) -> None:
    ticket = resolved(ada)
    operations.reply(ticket=ticket, by=ada, body="<p>One more thing.</p>", now=NINE + hours(2))

    operations.reopen(ticket=ticket, by=ada, now=NINE + hours(2))

    ticket.refresh_from_db()
    assert ticket.state == "open"
    assert ticket.entries.latest("seq").kind == "reopened"


def test_what_the_customer_moves_is_an_event_in_her_name(
    inside_acme: Inside, ada: User, uma: Contact, request: pytest.FixtureRequest
) -> None:
    with inside_acme():
        ticket = resolved(ada)
    request.getfixturevalue("as_acme")
    operations.answer(ticket=ticket, contact=uma, body="<p>Smokes again.</p>", now=NINE + hours(2))

    with inside_acme():
        event = Note.objects.filter(ticket=ticket, field="state").latest("seq")
        assert (event.author_name, event.old, event.new) == ("Uma Usman", "resolved", "open")


def test_a_message_to_a_ticket_closed_a_moment_ago_is_refused_by_the_database(
    inside_acme: Inside, ada: User, uma: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    with inside_acme():
        ticket = resolved(ada)
        operations.close(ticket=ticket, by=ada, now=NINE + hours(2))
        monkeypatch.setattr(Ticket, "refresh_from_db", lambda *_args, **_facts: None)

        with pytest.raises(operations.TicketClosed):
            operations.answer(ticket=ticket, contact=uma, body="<p>Hm.</p>", now=NINE + hours(2))
        with pytest.raises(operations.TicketNotSettled):
            operations.confirm(ticket=ticket, contact=uma, now=NINE + hours(2))
