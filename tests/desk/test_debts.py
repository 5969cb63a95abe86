"""Holding debts: what was acknowledged and not answered, oldest first, over all customers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from accounts.models import User
from customers.models import Customer
from desk.listing import counts
from servicedesk import zones
from tests.cast import NINE, hours, make_ticket
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.models import Ticket


def acknowledged(inside: Inside, ada: User, *, subject: str, after: float) -> Ticket:
    """A ticket whose holding reply went so many hours after nine."""
    with inside():
        ticket = make_ticket(subject=subject)
        operations.acknowledge(ticket=ticket, by=ada, now=NINE + hours(after), wait=timedelta(0))
        return ticket


def debts(client: Client) -> str:
    return client.get("/?view=debts").content.decode()


def counted(user: User) -> int:
    zones.use(zones.DESK)
    return counts(user=user, now=NINE + hours(9))[0]["debts"]


def test_debts_of_all_customers_stand_oldest_first_and_say_how_long(
    desk_client: DeskClient, ada: User, inside_acme: Inside, inside_globex: Inside
) -> None:
    acknowledged(inside_acme, ada, subject="Younger", after=2)
    acknowledged(inside_globex, ada, subject="Older", after=1)
    with inside_acme():
        make_ticket(subject="Nobody spoke yet")

    page = debts(desk_client(ada))

    assert page.index("Older") < page.index("Younger")
    assert "owed an answer for" in page
    assert "Nobody spoke yet" not in page
    assert counted(ada) == 2


def test_an_answer_pays_a_debt_and_resolving_does_not(
    desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    answered = acknowledged(inside_acme, ada, subject="Answered", after=1)
    resolved = acknowledged(inside_acme, ada, subject="Only resolved", after=1)
    spam = acknowledged(inside_acme, ada, subject="Spam", after=1)
    with inside_acme():
        said: dict[str, Any] = {"by": ada, "now": NINE + hours(2)}
        operations.reply(ticket=answered, body="<p>So.</p>", wait=timedelta(0), **said)
        operations.resolve(ticket=resolved, **said)
        operations.dismiss(ticket=spam, reason="spam", **said)

    page = debts(desk_client(ada))

    assert "Only resolved" in page
    assert "Never answered" not in page or "Answer" in page
    assert "Answered" not in page.replace("Never answered", "")
    assert "Spam" not in page
    assert counted(ada) == 1


def test_nothing_owed_says_so(desk_client: DeskClient, ada: User, acme: Customer) -> None:
    assert "No answer is owed." in debts(desk_client(ada))
