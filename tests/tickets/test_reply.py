"""Replies wait, go, or are taken back; a holding reply is one of them."""

from datetime import datetime

import pytest

from accounts.models import User
from customers.models import Customer
from desk.models import Due, OutboxItem
from tests.cast import NINE, make_ticket, minutes, say
from tests.doors import Inside
from tickets import operations
from tickets.models import Contact, Entry, Handling, Note, Pending, Ticket
from tickets.operations.replying import NO_WAIT, UNDO_WINDOW


def reply(ticket: Ticket, by: User, now: datetime = NINE, **facts: object) -> Pending:
    told = {"body": "<p>Change the toner.</p>"} | facts
    return operations.reply(ticket=ticket, by=by, now=now, **told)  # type: ignore[arg-type]


def test_a_reply_waits_ten_seconds_before_the_customer_sees_it(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()

    pending = reply(ticket, ada)

    assert pending.send_at == NINE + UNDO_WINDOW
    assert not ticket.entries.filter(kind="reply").exists()
    due = Due.objects.get(customer=at_acme, kind="send")
    assert (due.row_id, due.due_at) == (pending.pk, pending.send_at)


def test_when_its_time_comes_it_is_part_of_the_trail_and_mailed_once(
    at_acme: Customer, ada: User, uma: Contact
) -> None:
    ticket = make_ticket()
    pending = reply(ticket, ada)

    operations.send_due(pending_id=pending.pk, now=NINE + UNDO_WINDOW)
    operations.send_due(pending_id=pending.pk, now=NINE + UNDO_WINDOW)

    entry = ticket.entries.get(kind="reply")
    ticket.refresh_from_db()
    mail = OutboxItem.objects.get(kind="entry")
    assert (entry.author_name, entry.written_at) == ("Ada Lind", NINE + UNDO_WINDOW)
    assert ticket.state == "waiting"
    assert (mail.row, mail.contact_id) == (str(entry.pk), uma.pk)
    assert not Due.objects.filter(kind="send").exists()


def test_ada_takes_it_back_in_time(at_acme: Customer, ada: User) -> None:
    pending = reply(make_ticket(), ada)

    undone = operations.undo(pending=pending, by=ada, now=NINE + minutes(0.1))
    operations.send_due(pending_id=pending.pk, now=NINE + minutes(1))

    assert undone.body == "<p>Change the toner.</p>"
    assert not Entry.objects.filter(kind="reply").exists()
    with pytest.raises(operations.AlreadyUndone):
        operations.undo(pending=pending, by=ada, now=NINE + minutes(2))


def test_too_late_to_take_back_what_was_sent(at_acme: Customer, ada: User) -> None:
    pending = reply(make_ticket(), ada, wait=NO_WAIT)

    with pytest.raises(operations.AlreadySent):
        operations.undo(pending=pending, by=ada, now=NINE + minutes(1))


def test_one_click_holds_and_a_real_answer_is_owed_from_then_on(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()

    operations.acknowledge(ticket=ticket, by=ada, now=NINE + minutes(5), wait=NO_WAIT)

    ticket.refresh_from_db()
    handling = Handling.objects.get(ticket=ticket)
    assert ticket.state == "open"
    assert handling.first_responded_at == NINE + minutes(5)
    assert handling.next_due_kind == "real_answer"
    assert handling.due_since == NINE + minutes(5)


def test_the_holding_words_are_in_the_customers_language(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    Contact.objects.filter(pk=ticket.requester_id).update(language="zh-hans")
    ticket.refresh_from_db()

    pending = operations.acknowledge(ticket=ticket, by=ada, now=NINE)

    assert "我们" in pending.body


def test_whoever_answers_sees_first_what_came_in_meanwhile(
    at_acme: Customer, ada: User, uma: Contact
) -> None:
    ticket = make_ticket()
    say(ticket, by=uma, body="<p>It works again.</p>", now=NINE + minutes(1))

    with pytest.raises(operations.TrailMoved) as moved:
        reply(ticket, ada, seen_seq=1)

    assert [entry.body for entry in moved.value.entries] == ["<p>It works again.</p>"]
    assert not Pending.objects.exists()


def test_a_second_reply_lets_the_first_one_go_before_it(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    reply(ticket, ada, body="<p>First.</p>")

    reply(ticket, ada, body="<p>Second.</p>", now=NINE + minutes(0.1), wait=NO_WAIT)

    sent = ticket.entries.filter(kind="reply").order_by("seq")
    assert [entry.body for entry in sent] == ["<p>First.</p>", "<p>Second.</p>"]


def test_a_closed_ticket_takes_no_reply(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(state="closed", settled_at=NINE)

    with pytest.raises(operations.TicketClosed):
        reply(ticket, ada)


def test_the_customers_own_login_sees_nothing_of_a_reply_that_waits(
    inside_acme: Inside, ada: User, request: pytest.FixtureRequest
) -> None:
    with inside_acme():
        ticket = make_ticket()
        reply(ticket, ada)
        operations.note(ticket=ticket, by=ada, body="<p>Dan decides.</p>", now=NINE)
    request.getfixturevalue("as_acme")

    bodies = list(Entry.objects.values_list("body", flat=True))

    assert bodies == ["<p>It smells of toast.</p>"]


def test_a_note_is_no_reply(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()

    written = operations.note(ticket=ticket, by=ada, body="<p>Dan decides.</p>", now=NINE)

    assert Note.objects.get(kind="note") == written
    assert not OutboxItem.objects.filter(kind="entry").exists()
    assert Handling.objects.get(ticket=ticket).first_responded_at is None


def test_a_wrong_reply_is_followed_by_a_correction_and_stays(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    reply(ticket, ada, wait=NO_WAIT)
    wrong = ticket.entries.get(kind="reply")

    right = operations.correct(entry=wrong, by=ada, body="<p>The drum.</p>", now=NINE + minutes(9))

    assert right.corrects == wrong
    assert ticket.entries.filter(pk=wrong.pk, body="<p>Change the toner.</p>").exists()
    assert OutboxItem.objects.filter(kind="entry", row=str(right.pk)).exists()
    with pytest.raises(operations.NotOurs):
        operations.correct(entry=ticket.entries.get(seq=1), by=ada, body="<p>x</p>", now=NINE)


def test_a_form_sent_twice_answers_once(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()

    first = reply(ticket, ada, seen_seq=1)
    second = reply(ticket, ada, now=NINE + minutes(0.1), seen_seq=1)

    assert second == first
    assert not ticket.entries.filter(kind="reply").exists(), "it can still be undone"


def test_a_colleagues_reply_that_is_about_to_go_is_looked_at_first(
    at_acme: Customer, ada: User, mei: User
) -> None:
    ticket = make_ticket()
    reply(ticket, mei, body="<p>Mei is on it.</p>")

    with pytest.raises(operations.TrailMoved) as moved:
        reply(ticket, ada, seen_seq=1)

    assert list(moved.value.entries) == []
    assert not ticket.entries.filter(kind="reply").exists(), "Mei may still undo hers"


def test_what_the_customer_says_while_a_reply_waits_is_still_to_be_answered(
    at_acme: Customer, ada: User, uma: Contact
) -> None:
    ticket = make_ticket()
    pending = reply(ticket, ada)
    said_at = NINE + minutes(0.1)
    say(ticket, by=uma, body="<p>It is on fire!</p>", now=said_at)

    operations.send(pending=pending, now=NINE + UNDO_WINDOW)

    ticket.refresh_from_db()
    handling = Handling.objects.get(ticket=ticket)
    assert ticket.state == "open"
    assert (handling.next_due_kind, handling.due_since) == ("next_response", said_at)


def test_a_correction_sent_twice_corrects_once(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    reply(ticket, ada, wait=NO_WAIT)
    wrong = ticket.entries.get(kind="reply")

    first, second = (
        operations.correct(entry=wrong, by=ada, body="<p>The drum.</p>", now=NINE) for _ in range(2)
    )

    assert first == second


def test_a_picture_is_drawn_anew_before_anything_is_locked(
    at_acme: Customer, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = operations.Upload("list.csv", b"a,b")
    monkeypatch.setattr("tickets.files.reencode", None)

    pending = reply(make_ticket(), ada, uploads=[upload])

    assert pending.files.get().content_type == "text/csv"
