"""The calendar of promises: over all customers, by day, by person, in the reader's zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from customers.models import Customer
from desk.models import ClockItem, QueueItem
from servicedesk import zones
from tests.cast import NINE, days, hours, make_staff, make_ticket
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.models import Promise


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def adas(desk_client: DeskClient, ada: User, acme: Customer, globex: Customer) -> Client:
    return desk_client(ada)


def promised(inside: Inside, by: User, *, due: float, subject: str, **ticket: Any) -> None:
    """A ticket of theirs, promised for so many hours after nine."""
    with inside():
        made = make_ticket(subject=subject, **ticket)
        operations.assign(ticket=made, owner=by, by=by, now=NINE)
        operations.promise(
            ticket=made, by=by, due_at=NINE + hours(due), reason="The patch", now=NINE
        )


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/promises/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_week_without_promises_says_what_is_next(adas: Client) -> None:
    shown = page(adas)

    assert "No promise due this week." in shown
    assert "No promise was kept or broken in the last 30 days." in shown
    assert 'href="/promises/"' in adas.get("/").content.decode()


def test_promises_of_all_customers_stand_at_their_day_in_their_order(
    adas: Client, ada: User, mei: User, inside_acme: Inside, inside_globex: Inside
) -> None:
    promised(inside_acme, ada, due=30, subject="Tuesday at three")
    promised(inside_globex, mei, due=26, subject="Tuesday at eleven")
    promised(inside_globex, mei, due=24 * 7, subject="Next Monday")

    week, day = page(adas), page(adas, "?view=day&on=2026-03-03")
    later, hers = page(adas, "?on=2026-03-09"), page(adas, f"?person={mei.pk}")

    for shown in (week, day):
        assert shown.index("Tuesday at eleven") < shown.index("Tuesday at three")
        assert "Next Monday" not in shown
    assert "Next Monday" in later
    assert "No promise due this day." in page(adas, "?view=day&on=2026-03-04")
    assert "Tuesday at eleven" in hers
    assert "Tuesday at three" not in hers
    assert "Mei Tan 1" in week


def test_broken_promises_stand_on_top_whenever_they_were_due(
    adas: Client, ada: User, inside_acme: Inside
) -> None:
    promised(inside_acme, ada, due=2, subject="Forgotten")
    promised(inside_acme, ada, due=24 * 9 + 1, subject="Later")
    with time_machine.travel(NINE + days(9), tick=False):
        shown = page(adas)

    assert shown.index("1 broken promise, not made good") < shown.index("Forgotten")
    assert shown.index("Forgotten") < shown.index('class="week"') < shown.index("Later")
    assert "Kept in time: 0 of 1 promises (0 %)" in shown


def test_a_promise_is_moved_with_a_message_and_counts_as_neither(
    adas: Client, ada: User, inside_acme: Inside
) -> None:
    promised(inside_acme, ada, due=5, subject="The printer")

    form = page(adas, "?move=acme-1")
    sent = {"due_at": "2026-03-04T15:00", "reason": "The maker needs a day"}
    answer = adas.post("/at/acme/tickets/1/promise/", sent)

    assert "A new time for ACME-1" in form
    assert 'action="/at/acme/tickets/1/promise/"' in form
    assert answer.status_code == 302
    with inside_acme():
        assert list(Promise.objects.order_by("pk").values_list("outcome", flat=True)) == [
            "renegotiated",
            "",
        ]
    after = page(adas)
    assert after.count("The printer") == 1
    assert "15:00" in after
    assert "1 was given a new time before the old one passed" in after


def test_kept_promises_are_counted_and_told(adas: Client, ada: User, inside_acme: Inside) -> None:
    for subject in ("In time", "Late"):
        promised(inside_acme, ada, due=3, subject=subject)
    with time_machine.travel(NINE + hours(1), tick=False):
        adas.post("/at/acme/tickets/1/promise/kept/")
    with time_machine.travel(NINE + hours(4), tick=False):
        adas.post("/at/acme/tickets/2/promise/kept/")
        shown = page(adas)

    assert "Kept in time: 1 of 2 promises (50 %)" in shown
    assert "made good late" in shown
    assert "broken promise" not in shown
    assert "move=" not in shown


def test_days_are_those_of_the_reader(
    adas: Client, desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    promised(inside_acme, ada, due=8, subject="One in the morning, in Shanghai")
    zones.use(zones.OWNER)
    lin = make_staff(name="Lin", email="lin@desk.test", time_zone="Asia/Shanghai")

    here, there = page(adas, "?view=day"), page(desk_client(lin), "?view=day&on=2026-03-03")

    assert "17:00" in here
    assert "01:00" in there
    assert "Asia/Shanghai" in there


def test_promises_to_customers_one_does_not_serve_are_not_there(
    desk_client: DeskClient, ada: User, acme: Customer, inside_acme: Inside
) -> None:
    promised(inside_acme, ada, due=3, subject="The printer smokes")
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North"))
    nia = make_staff(name="Nia", email="nia@desk.test", serves_all=False)

    shown = page(desk_client(nia), "?move=acme-1")

    assert "No promise due this week." in shown
    assert "ACME-1" not in shown


@pytest.mark.parametrize("query", ["?on=never", "?on=9999-99-99", "?on=0001-01-01", "?person=%00x"])
def test_an_address_that_makes_no_sense_shows_this_week_or_nothing(
    adas: Client, query: str
) -> None:
    assert "Promises" in page(adas, query)


def test_many_promises_cost_as_many_queries(
    adas: Client, ada: User, acme: Customer, inside_acme: Inside
) -> None:
    promised(inside_acme, ada, due=3, subject="The first")
    page(adas)
    with CaptureQueriesContext(connection) as few:
        page(adas)
    zones.use(zones.OWNER)
    item, clock = QueueItem.objects.get(), ClockItem.objects.get(kind="promise")
    first = item.ticket_id
    for number in range(2, 60):
        item.pk, item.number, item.ticket_id = None, number, first + number
        clock.pk, clock.ticket_id = None, first + number
        clock.due_at = datetime(2026, 3, 3 + number % 4, 12, tzinfo=UTC)
        item.save(force_insert=True)
        clock.save(force_insert=True)
    with CaptureQueriesContext(connection) as many:
        shown = page(adas)

    assert len(many) == len(few) <= 12
    assert "3 more" in shown or "2 more" in shown
