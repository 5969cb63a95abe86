"""Clocks and promises on an agent's pages: given, kept, broken, explained; and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk.models import Calendar, Policy
from tests.cast import NINE, days, hours, make_ticket, minutes, say
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.models import Clock, Contact, Entry, Pending, Promise, Ticket

HERE = "/at/acme/tickets/1/"


@pytest.fixture
def ticket(inside_acme: Inside, uma: Contact) -> Ticket:
    with inside_acme():
        return make_ticket(requester=uma)


@pytest.fixture
def client(desk_client: DeskClient, ada: User, ticket: Ticket) -> Client:
    return desk_client(ada)


def shown(client: Client, query: str = "") -> str:
    response = client.get(f"{HERE}{query}")
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, what: str, **words: Any) -> Any:
    return client.post(f"{HERE}{what}", words)


def local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def soon() -> dict[str, str]:
    return {"due_at": local(timezone.now() + days(2)), "reason": "The patch of the maker"}


# --- Giving ---------------------------------------------------------------------------------------


def test_a_promise_alone_is_told_and_shown_until_it_is_kept(
    client: Client, inside_acme: Inside
) -> None:
    given = post(client, "promise/", **soon())
    page = shown(client)
    kept = post(client, "promise/kept/")

    assert (given.status_code, kept.status_code) == (302, 302)
    assert "Promised for" in page
    assert "New time" in page
    with inside_acme():
        assert Promise.objects.get().outcome == "kept"
        assert Entry.objects.filter(kind="promise").get().body == "<p>The patch of the maker</p>"
    after = shown(client)
    assert "kept the promise of" in after
    assert "Promise a time" in after


def test_a_reply_promises_and_the_next_one_keeps_it_unless_told_otherwise(
    client: Client, inside_acme: Inside
) -> None:
    post(client, "replies/", body="We fix it.", then_state="on_hold", **soon())
    with inside_acme():
        pending = Pending.objects.get()
        assert (pending.promise_reason, pending.then_state) == (soon()["reason"], "on_hold")
        operations.send(pending=pending, now=timezone.now())
    assert "This answer keeps the promise of" in shown(client)

    post(client, "replies/", body="Not yet.", keeps_shown="1")

    with inside_acme():
        assert not Pending.objects.waiting().get().keeps_promise


def test_a_holding_reply_in_ones_own_words_owes_the_answer(
    client: Client, inside_acme: Inside
) -> None:
    post(client, "replies/", body="Emeka looks at it.", is_holding="on", **soon())

    with inside_acme():
        pending = Pending.objects.get()
        operations.send(pending=pending, now=timezone.now())
        assert pending.kind == "holding"
        assert Ticket.objects.get().state == "open"
        assert set(Clock.objects.filter(ended_at=None).values_list("kind", flat=True)) >= {
            "real_answer",
            "promise",
        }


def test_the_second_holding_reply_asks_for_a_time_where_it_is_written(
    client: Client, ticket: Ticket, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        operations.acknowledge(ticket=ticket, by=ada, now=NINE, wait=timedelta(0))
    assert "do=holding" in shown(client)
    assert "You will hear from us again here." in shown(client, "?do=holding")

    refused = post(client, "holding-replies/", body="Still looking.")
    page = refused.content.decode()
    sent = post(client, "holding-replies/", body="Still looking.", **soon())

    assert (refused.status_code, sent.status_code) == (422, 302)
    assert "Say by when this time" in page
    assert "Still looking.</textarea>" in page


def test_on_hold_needs_a_promise_at_every_door(client: Client, inside_acme: Inside) -> None:
    by_state = post(client, "properties/", state="on_hold")
    by_reply = post(client, "replies/", body="We wait for 26.12.", then_state="on_hold")
    page = by_reply.content.decode()
    by_form = post(client, "hold/", **soon())

    assert (by_state.status_code, by_reply.status_code, by_form.status_code) == (422, 422, 302)
    assert "On hold needs a promise" in by_state.content.decode()
    assert "On hold needs a promise" in page
    assert "We wait for 26.12.</textarea>" in page
    with inside_acme():
        assert Ticket.objects.get().state == "on_hold"
        assert Promise.objects.get().reason == "The patch of the maker"


@pytest.mark.parametrize(
    ("due_at", "reason", "said"),
    [
        ("2020-01-01T09:00", "Why", "That time has passed. Choose a later one."),
        ("2099-01-01T09:00", "Why", "Choose a time within 2 years."),
        ("9999-12-31T23:59", "Why", "Choose a time within 2 years."),
        ("0001-01-01T00:00", "Why", "That time has passed. Choose a later one."),
        ("tomorrow", "Why", "Choose date and time, such as"),
        ("", "Why", "Choose the time by which we will be back."),
        ("2020-01-01T09:00", "", "Write what the customer waits for."),
    ],
)
def test_a_promise_that_cannot_be_names_field_and_remedy_and_keeps_the_words(
    client: Client, inside_acme: Inside, due_at: str, reason: str, said: str
) -> None:
    alone = post(client, "promise/", due_at=due_at, reason=reason)
    reply = post(client, "replies/", body="My long answer.", due_at=due_at, reason=reason)

    for answer in (alone, reply):
        assert answer.status_code == 422
        page = answer.content.decode()
        assert said in page
        assert f'value="{reason}"' in page or not reason
    assert "My long answer.</textarea>" in reply.content.decode()
    with inside_acme():
        assert not Promise.objects.exists()
        assert not Pending.objects.exists()


def test_a_broken_promise_stands_on_top_with_an_apology_to_go_on_from(
    client: Client, ticket: Ticket, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        due_at = NINE + hours(1)
        operations.promise(ticket=ticket, by=ada, now=NINE, due_at=due_at, reason="The fix")
        operations.break_overdue(ticket=ticket, now=NINE + hours(2))

    page, drafted = shown(client), shown(client, "?do=apology")
    again = post(client, "promise/", **soon())

    assert "is broken." in page
    assert "Promise of" not in page
    assert "(The fix)" in drafted
    assert 'type="datetime-local" name="due_at" value="20' in drafted
    assert again.status_code == 302
    assert "is broken." not in shown(client)


def test_nobody_keeps_a_promise_that_is_not_open(client: Client) -> None:
    answer = post(client, "promise/kept/")

    assert answer.status_code == 422
    assert "No promise is open any more" in answer.content.decode()


# --- Closing without an answer --------------------------------------------------------------------


def test_spam_is_closed_and_reopening_undoes_it(client: Client, inside_acme: Inside) -> None:
    assert "do=dismiss" in shown(client)
    post(client, "dismissal/", reason="spam")
    with inside_acme():
        assert Ticket.objects.get().state == "closed"
        assert set(Clock.objects.values_list("stands", flat=True)) == {"cancelled"}
    assert "closed it without an answer: Spam" in shown(client)

    post(client, "reopening/", body="It was none.")

    with inside_acme():
        assert Clock.objects.get(kind="first_response").stands == "running"


def test_a_duplicate_shows_where_it_goes_on_before_it_does(
    client: Client, inside_acme: Inside, uma: Contact
) -> None:
    with inside_acme():
        make_ticket(requester=uma, subject="The printer burns")

    preview = shown(client, "?do=dismiss&into=2")
    merged = post(client, "dismissal/", reason="duplicate", into="2")

    assert "The printer burns" in preview
    assert merged.status_code == 302
    assert "it goes on in ACME-2" in shown(client)
    with inside_acme():
        assert [one.state for one in Ticket.objects.order_by("number")] == ["closed", "new"]


def test_a_merge_that_cannot_be_says_why(
    client: Client, inside_acme: Inside, olga: Contact, uma: Contact, ada: User
) -> None:
    with inside_acme():
        make_ticket(requester=olga)
        closed = make_ticket(requester=uma)
        operations.resolve(ticket=closed, by=ada, now=NINE, quiet=True)
        operations.close(ticket=closed, by=ada, now=NINE, quiet=True)
    words = {
        "": "Write the number of the ticket it is a duplicate of.",
        "1": "That is this very ticket.",
        "2": "Another person asked that ticket",
        "3": "That ticket is closed.",
        "99": "There is no ticket with this number at this customer.",
        "9" * 30: "",
        "x": "Write the number alone, such as 128.",
    }

    for into, said in words.items():
        answer = post(client, "dismissal/", reason="duplicate", into=into)
        assert answer.status_code == 422
        assert said in answer.content.decode().replace("&#x27;", "'")
    for into in ("1", "2", "3", "99"):
        page = shown(client, f"?do=dismiss&into={into}").replace("&#x27;", "'")
        assert words[into] in page
        assert "Merge and close" not in page


# --- Why ------------------------------------------------------------------------------------------


def test_why_tells_start_pause_new_target_and_each_day(
    client: Client, ticket: Ticket, ada: User, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    yesterday = (timezone.now() - days(1)).date().isoformat()
    Calendar.objects.update(days={yesterday: [["10:00", "12:00"]]})
    Policy.objects.update(resolution=8 * 3600)
    with inside_acme():
        ask: dict[str, Any] = {
            "ticket": ticket,
            "by": ada,
            "wait": timedelta(0),
            "body": "<p>Which model?</p>",
        }
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE, quiet=True)
        operations.reply(now=NINE + hours(1), quiet=True, **ask)
        say(ticket, by=uma, now=NINE + hours(3))
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE + hours(3), quiet=True)
    Policy.objects.update(resolution=4 * 3600, version=2)
    with inside_acme():
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE + hours(4), quiet=True)

    page = shown(client, "?why=resolution.0")
    trail = shown(client)

    for words in (
        "Paused", "Goes on", "New target", "Policy Everybody, version",
        "8 h became 4 h", "it was due", "late by now", "days before", "09:00–", "closed",
        "10:00–12:00", "special day: open by way of exception",
    ):  # fmt: skip
        assert words in page, words
    assert 'id="why"' in trail
    assert "Resolution now due" in trail


def test_an_agent_sees_the_terms_and_a_consultant_opens_them(
    client: Client, ticket: Ticket, desk_client: DeskClient, carl: User, acme: Customer,
    inside_acme: Inside,
) -> None:  # fmt: skip
    with inside_acme():
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE, quiet=True)

    assert "Open its terms" not in shown(client, "?why=first_response.0")
    assert "Open its terms" in shown(desk_client(carl), "?why=first_response.0")
    for wrong in ("first_response.9", "x", "first_response"):
        assert "Counted in all" not in shown(client, f"?why={wrong}")


def test_what_ended_without_an_answer_was_never_answered(
    client: Client, ticket: Ticket, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        operations.resolve(ticket=ticket, by=ada, now=NINE + minutes(10))

    page = shown(client)

    assert "Never answered:" in page
    assert 'data-state="late"' in page
