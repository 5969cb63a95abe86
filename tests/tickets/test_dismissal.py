"""Ending a ticket without an answer, and merging it into another: nothing else stops a clock."""

import pytest

from accounts.models import User
from customers.models import Customer
from desk.models import OutboxItem
from tests.cast import NINE, days, hours, make_ticket
from tickets import operations
from tickets.models import Clock, Contact, Ticket
from tickets.operations.replying import NO_WAIT


def states(ticket: Ticket) -> dict[str, str]:
    return {row.kind: row.state_at(NINE + hours(1)) for row in Clock.objects.filter(ticket=ticket)}


@pytest.mark.parametrize("reason", ["withdrawn", "duplicate", "spam"])
def test_a_dismissal_cancels_what_runs_and_says_why(
    at_acme: Customer, ada: User, reason: str
) -> None:
    ticket = make_ticket()
    operations.promise(ticket=ticket, by=ada, due_at=NINE + days(1), reason="x", now=NINE)

    entry = operations.dismiss(ticket=ticket, by=ada, reason=reason, now=NINE + hours(0.5))

    ticket.refresh_from_db()
    assert (ticket.state, entry.kind) == ("closed", "dismissed")
    assert states(ticket) == {"first_response": "met", "promise": "cancelled"}
    assert ticket.clocks.get(kind="promise").reason == reason
    assert ticket.promises.get().outcome == "void"
    mailed = OutboxItem.objects.filter(key__contains=f":entry:{entry.pk}:")
    assert mailed.exists() is (reason != "spam")


def test_closing_without_an_answer_stops_nothing(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()

    operations.resolve(ticket=ticket, by=ada, now=NINE)
    operations.close(ticket=ticket, by=ada, now=NINE)

    row = Clock.objects.get(ticket=ticket, kind="first_response")
    assert (row.stands, row.state_at(NINE + days(30))) == ("running", "breached")


def test_a_dismissal_taken_back_never_was(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    operations.change(ticket=ticket, by=ada, now=NINE, subject="No spam at all")
    before = Clock.objects.get(ticket=ticket, kind="first_response").due_at
    operations.dismiss(ticket=ticket, by=ada, reason="spam", now=NINE)

    operations.reopen(ticket=ticket, by=ada, now=NINE + hours(2))

    row = Clock.objects.get(ticket=ticket, kind="first_response")
    assert (row.stands, row.due_at) == ("running", before)


def test_who_is_merged_has_waited_since_they_asked(
    at_acme: Customer, ada: User, uma: Contact
) -> None:
    into = make_ticket(requester=uma, subject="The printer")
    operations.reply(ticket=into, by=ada, body="Which one?", now=NINE, wait=NO_WAIT)
    ticket = make_ticket(requester=uma, subject="The printer again", now=NINE + hours(1))

    entry = operations.dismiss(
        ticket=ticket, by=ada, reason="duplicate", into=into, now=NINE + hours(2)
    )

    into.refresh_from_db()
    assert f"ACME-{into.number}" in entry.body
    assert into.state == "open"
    row = Clock.objects.get(ticket=into, kind="next_response")
    assert (row.started_at, row.stands) == (NINE + hours(1), "running")
    carried = into.notes.filter(kind="note").get()
    assert (carried.author_name, carried.body) == (uma.name, "<p>It smells of toast.</p>")


def test_a_debt_goes_along_with_a_merge(at_acme: Customer, ada: User, uma: Contact) -> None:
    into = make_ticket(requester=uma)
    operations.reply(ticket=into, by=ada, body="Which one?", now=NINE, wait=NO_WAIT)
    ticket = make_ticket(requester=uma)
    operations.acknowledge(ticket=ticket, by=ada, now=NINE + hours(1), wait=NO_WAIT)

    operations.dismiss(ticket=ticket, by=ada, reason="duplicate", into=into, now=NINE + hours(2))

    row = Clock.objects.get(ticket=into, kind="next_response")
    assert row.started_at == NINE + hours(1)


def test_a_merge_that_would_hide_the_answer_is_refused(
    at_acme: Customer, ada: User, uma: Contact, ed: Contact
) -> None:
    ticket, into = make_ticket(requester=uma), make_ticket(requester=ed)

    with pytest.raises(operations.OtherRequester):
        operations.dismiss(ticket=ticket, by=ada, reason="duplicate", into=into, now=NINE)
    with pytest.raises(operations.IntoItself):
        operations.dismiss(ticket=ticket, by=ada, reason="duplicate", into=ticket, now=NINE)

    ticket.refresh_from_db()
    assert ticket.state == "new"
    assert not into.notes.exists()
