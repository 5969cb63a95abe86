"""Service today: each figure on few tickets, its rows, and who may see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from customers.models import Customer
from desk.charts import columns
from desk.figures import InTime, KeepRate, StepTime
from desk.models import ClockItem
from desk.service import service
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.cast import NINE, hours, make_staff, make_ticket
from tests.doors import Inside
from tickets import operations

NOON = NINE + hours(3)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def meis(console: ConsoleClient, mei: User) -> Client:
    return console(mei)


@pytest.fixture
def morning(acme: Customer, ada: User, mei: User, inside_acme: Inside) -> None:
    """Four tickets of nine o'clock, with an hour for the first response; and two promises.

    One answered after half an hour, one after two, one acknowledged at once, one by nobody.
    """
    with inside_acme():
        quick, slow, held, nobodys = (
            make_ticket(subject=name) for name in ("Quick", "Slow", "Held", "Nobody's")
        )
        said: dict[str, Any] = {"by": ada, "body": "<p>So.</p>", "wait": hours(0)}
        operations.reply(ticket=quick, now=NINE + hours(0.5), **said)
        operations.reply(ticket=slow, now=NINE + hours(2), **said)
        operations.acknowledge(ticket=held, by=ada, now=NINE, wait=hours(0))
        for ticket, by in ((quick, ada), (held, mei)):
            given: dict[str, Any] = {"due_at": NINE + hours(2), "reason": "The patch"}
            operations.promise(ticket=ticket, by=by, now=NINE + hours(0.6), **given)
        operations.keep(ticket=quick, by=ada, now=NINE + hours(1))
        for ticket in (quick, slow, held, nobodys):
            operations.assign(ticket=ticket, owner=ada, by=ada, now=NINE + hours(2))
            operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE + hours(2.5))
        operations.assign(ticket=nobodys, owner=None, by=ada, now=NINE + hours(2))


def told(user: User) -> Any:
    zones.use(zones.DESK)
    return service(user=user, now=NOON)


def text(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_each_figure_is_what_one_counts_by_hand(morning: None, ada: User, mei: User) -> None:
    found = told(mei)

    assert found.first == InTime(met=2, late=2), "Quick and Held; Slow too late, one by nobody"
    assert (found.debts, found.first_open) == (1, 0)
    assert found.promises == KeepRate(kept=1, broken=1)
    assert {one.name: one.tickets for one in found.overdue} == {"": 1, "Ada Lind": 1}
    assert {one.name: one.rate for one in found.by_agent} == {
        "Ada Lind": KeepRate(kept=1),
        "Mei Tan": KeepRate(broken=1),
    }
    assert [one.name for one in found.by_customer] == ["Acme"]
    assert [one.name for one in found.by_team] == [""]
    steps = dict(found.steps)
    assert steps["first_response"] == StepTime(1800, 3), "0, 30 and 120 minutes"
    assert steps["resolution"] is None
    assert [day.told for day in found.days][-1] == found.first
    assert sum(day.told.n for day in found.days) == 4


def test_the_page_says_figure_period_n_and_meaning_and_opens_the_rows(
    meis: Client, morning: None
) -> None:
    page = text(meis.get("/service/"))

    assert "today, 2 of 4" in page
    assert "last 7 days, 1 of 2" in page
    assert "Of the first responses that were given today" in page
    assert page.count("50 %") >= 2
    assert "have no clock, so they are left out" in page
    assert page.count('<svg class="columns"') == page.count("Show as table") == 2
    for address, rows in (
        ("/service/first-response/", 4),
        ("/service/promises/", 2),
        ("/service/overdue/", 2),
        ("/service/overdue/?of=0", 1),
        ("/service/steps/?of=first_response", 3),
    ):
        shown = text(meis.get(address))
        assert f"n = {rows}" in shown, address
        assert shown.count('<th scope="row">') == rows
        assert "/at/acme/tickets/" in shown
    assert 'href="http' in page
    assert "/?view=debts" in page


def test_nothing_to_count_is_said(meis: Client, acme: Customer) -> None:
    page = text(meis.get("/service/"))

    assert "No first reply was due in these days." in page
    assert "Nothing is overdue." in page
    assert "Nothing is counted here now." in text(meis.get("/service/promises/"))
    assert meis.get("/service/made-up/").status_code == 404
    assert text(meis.get("/service/overdue/?of=99999999999999999999&page=x"))


def test_only_managers_see_it(
    console: ConsoleClient, carl: User, mei: User, oskar: User, acme: Customer
) -> None:
    for person, status in ((mei, 200), (carl, 403), (oskar, 403)):
        client = console(person)
        for address in ("/service/", "/service/overdue/"):
            assert client.get(address).status_code == status
        assert ('href="/service/"' in client.get("/").content.decode()) == (status == 200)


def test_customers_one_does_not_serve_are_not_counted(
    console: ConsoleClient, morning: None, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North"))
    mona = make_staff(name="Mona", email="mona@desk.test", role="manager", serves_all=False)

    found = told(mona)

    assert found.first == InTime()
    assert found.promises == KeepRate()
    assert (found.debts, found.overdue) == (0, [])
    client = console(mona)
    for figure in ("first-response", "promises", "overdue", "steps"):
        assert "/at/acme/" not in text(client.get(f"/service/{figure}/"))


def test_the_page_costs_as_many_statements_for_many_clocks(
    meis: Client, morning: None, mei: User
) -> None:
    meis.get("/service/")
    with CaptureQueriesContext(connection) as few:
        meis.get("/service/")
    zones.use(zones.OWNER)
    for clock in list(ClockItem.objects.all()):
        for copy in range(20):
            clock.pk, clock.seq = None, 1000 + copy
            clock.save(force_insert=True)
    with CaptureQueriesContext(connection) as many:
        meis.get("/service/")
        rows = len(many)
        meis.get("/service/first-response/")

    assert rows == len(few) <= 20
    assert len(many) - rows <= 14


def test_columns_fill_the_picture() -> None:
    low, high, none = columns(
        [("1", "1", [("good", 1)]), ("2", "4", [("good", 3), ("late", 1)]), ("3", "", [])]
    )

    assert [part.height for part in high.parts] == [102, 34]
    assert [part.height for part in low.parts] == [34]
    assert high.parts[0].y + high.parts[0].height == low.parts[0].y + low.parts[0].height == 156
    assert (none.parts, columns([])) == ([], [])
