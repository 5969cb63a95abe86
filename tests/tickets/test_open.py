"""Opening a ticket: by the customer in its portal, or by us for someone on the phone."""

import pytest
from django.db import DatabaseError, transaction

from accounts.models import User
from customers.models import Customer
from desk.models import Due, QueueItem
from tests.cast import NINE
from tests.doors import Inside, Kicks
from tickets import operations
from tickets.models import Contact, Counter, Handling, Note, Ticket


def ask(requester: Contact, **facts: object) -> Ticket:
    told = {"subject": "No invoices", "body": "<p>发票 is empty.</p>", "kind": "fault", "now": NINE}
    return operations.open_ticket(requester=requester, **(told | facts))  # type: ignore[arg-type]


def test_uma_opens_a_ticket_with_her_question_as_its_first_entry(
    as_acme: Customer, uma: Contact
) -> None:
    ticket = ask(uma)

    entry = ticket.entries.get()
    assert (ticket.number, ticket.state, ticket.subject) == (1, "new", "No invoices")
    assert (entry.seq, entry.kind, entry.author_name) == (1, "question", "Uma Usman")
    assert entry.body == "<p>发票 is empty.</p>"


def test_it_stands_in_the_queue_at_once_and_asks_the_judge(
    as_acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    ticket = ask(uma)

    with inside_acme() as acme:
        item = QueueItem.objects.get(customer=acme)
        assert (item.ticket_id, item.is_judged, item.requester_name) == (
            ticket.pk,
            False,
            "Uma Usman",
        )
        assert Due.objects.filter(customer=acme, kind="judge", row_id=ticket.pk).count() == 1
        assert Handling.objects.get(ticket=ticket).owner_id is None


def test_numbers_have_no_gaps_even_when_an_opening_fails(as_acme: Customer, uma: Contact) -> None:
    ask(uma)
    with pytest.raises(operations.EmptyBody):
        ask(uma, body="<p> </p>")
    with pytest.raises(DatabaseError), transaction.atomic():
        ask(uma, kind="riddle")

    assert ask(uma).number == 2


def test_two_customers_number_on_their_own(
    inside_acme: Inside, inside_globex: Inside, uma: Contact, eve: Contact
) -> None:
    with inside_acme():
        ask(uma)
        assert ask(uma).number == 2
    with inside_globex():
        assert ask(eve).number == 1
        assert Counter.objects.get().last_number == 1


def test_a_script_in_the_question_does_not_survive(as_acme: Customer, uma: Contact) -> None:
    ticket = ask(uma, body="<p>Look<script>alert(1)</script></p>")

    assert "script" not in ticket.entries.get().body


def test_a_question_taken_by_phone_says_who_took_it(
    at_acme: Customer, uma: Contact, ada: User
) -> None:
    ticket = ask(uma, channel="phone", taken_by=ada)

    event = Note.objects.get(ticket=ticket)
    assert (event.field, event.new, event.author_name) == ("taken", "phone", "Ada Lind")
    assert ticket.entries.get().author_name == "Uma Usman"


def test_the_bell_rings_after_commit_for_this_customer_only(
    as_acme: Customer, uma: Contact, kicks: Kicks, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        ask(uma)

    assert [task for task, _ in kicks] == ["tickets.tasks.work_due_at"]
    assert kicks[0][1] == {"customer_id": as_acme.pk}
