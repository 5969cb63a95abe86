"""Asks to departments on pages: at the ticket, in the list, as a bell, in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.policy import Role
from customers.models import Customer
from desk.models import AskItem, Calendar, Department
from servicedesk import zones
from tests.admin.conftest import console
from tests.admin.pages import events, send
from tests.cast import NINE, hours, make_staff, make_ticket
from tests.doors import DeskClient, Inside, PortalClient
from tickets import tasks
from tickets.models import Ask, Contact, Ticket

__all__ = ["console"]

HERE = "/at/acme/tickets/1/"


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def finn(db: None) -> User:
    return make_staff(name="Finn Fischer", email="finn@desk.test", role=Role.ENGINEER)


@pytest.fixture
def engineering(finn: User) -> Department:
    made = Department.objects.create(
        name="Engineering",
        name_zh="研发",
        calendar=Calendar.objects.earliest("pk"),
        answers_within=2 * 3600,
    )
    made.people.add(finn)
    return made


@pytest.fixture
def ticket(engineering: Department, uma: Contact, inside_acme: Inside) -> Ticket:
    with inside_acme():
        return make_ticket(requester=uma)


@pytest.fixture
def adas(desk_client: DeskClient, ada: User, ticket: Ticket) -> Client:
    return desk_client(ada)


def ask(client: Client, asked: Department, **words: Any) -> Any:
    sent = {"department": asked.pk, "body": "Is it in the log?"} | words
    return client.post(f"{HERE}asks/", sent)


def page(client: Client, address: str = HERE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def only_ask() -> AskItem:
    zones.use(zones.DESK)
    return AskItem.objects.select_related("owner").get()


def test_ada_asks_engineering_and_finn_answers(
    adas: Client, desk_client: DeskClient, engineering: Department, finn: User
) -> None:
    finns = desk_client(finn)
    before = page(adas)
    assert ask(adas, engineering)["Location"].startswith(HERE)
    here = f"{HERE}asks/{only_ask().ask_id}/answer/"
    listed, bells, at_the_ticket = page(finns, "/asks/"), page(finns, "/bells/"), page(finns)
    strangers = adas.post(here, {"body": "I guess so."})
    answered = finns.post(here, {"body": "Yes, line 7."})

    assert "Engineering (answers within 2 h)" in before
    assert 'href="/asks/"' not in before
    assert 'href="/at/acme/tickets/1/#asks"' in listed
    assert "Your department is asked" in bells
    assert here in at_the_ticket
    assert strangers.status_code == 403
    assert answered.status_code == 302
    after = page(adas)
    assert "Yes, line 7." in after
    assert "Finn Fischer answered for Engineering" in after
    assert 'href="/asks/"' in after
    assert "Your ask was answered" in page(adas, "/bells/")
    assert "Is it in the log?" not in page(finns, "/asks/")


def test_what_was_wrong_with_an_ask_stands_at_its_field_and_no_word_is_lost(
    adas: Client, engineering: Department, mei: User
) -> None:
    nobody = ask(adas, engineering, department="", body="Is it?")
    stranger = ask(adas, engineering, person=mei.pk)
    wordless = ask(adas, engineering, body=" ")
    zones.use(zones.OWNER)
    engineering.people.clear()
    empty = ask(adas, engineering)

    for response, words in (
        (nobody, "Choose whom to ask."),
        (stranger, "Mei Tan is not of Engineering"),
        (wordless, "Write what you want to know."),
        (empty, "Nobody of Engineering is in and serves this customer"),
    ):
        assert response.status_code == 422
        assert words in response.content.decode()
    assert ">Is it?</textarea>" in nobody.content.decode()
    zones.use(zones.DESK)
    assert not AskItem.objects.exists()


def test_an_ask_goes_to_a_colleague_or_is_taken_back(
    adas: Client, desk_client: DeskClient, engineering: Department, finn: User
) -> None:
    zones.use(zones.OWNER)
    eli = make_staff(name="Eli Ekman", email="eli@desk.test", role=Role.ENGINEER)
    engineering.people.add(eli)
    ask(adas, engineering, person=finn.pk)
    here = f"{HERE}asks/{only_ask().ask_id}/"

    refused = desk_client(finn).post(f"{here}owner/", {"owner": 1})
    desk_client(finn).post(f"{here}owner/", {"owner": eli.pk})
    handed = only_ask().owner
    forbidden = desk_client(finn).post(f"{here}withdrawal/")
    adas.post(f"{here}withdrawal/")
    late = desk_client(eli).post(f"{here}answer/", {"body": "Here."})

    assert refused.status_code == 422
    assert handed == eli
    assert forbidden.status_code == 403
    assert only_ask().ended_at == NINE
    assert "taken back" in page(adas)
    assert late.status_code == 422
    assert "answered or taken back by now" in late.content.decode()


def test_the_list_has_what_is_asked_of_me_of_us_and_by_me_the_soonest_first(
    adas: Client, desk_client: DeskClient, engineering: Department, finn: User, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(subject="The second")
    ask(adas, engineering)
    with time_machine.travel(NINE + hours(1), tick=False):
        adas.post("/at/acme/tickets/2/asks/", {"department": engineering.pk, "body": "And this?"})
    finns = desk_client(finn)

    mine, ours, hers = (page(c, f"/asks/?show={tab}") for c, tab in (
        (finns, "me"), (finns, "departments"), (adas, "mine"),
    ))  # fmt: skip

    for shown in (mine, ours, hers):
        assert shown.index("The printer smokes") < shown.index("The second")
    assert "No answer is asked for." in page(adas, "/asks/")
    assert "You asked nobody." in page(finns, "/asks/?show=mine")
    with time_machine.travel(NINE + hours(2.5), tick=False):
        assert page(finns, "/asks/").count("overdue by") == 1


def test_the_list_costs_as_much_for_many_asks(
    adas: Client, engineering: Department, finn: User, desk_client: DeskClient
) -> None:
    finns = desk_client(finn)
    ask(adas, engineering)
    page(finns, "/asks/")
    with CaptureQueriesContext(connection) as few:
        page(finns, "/asks/")
    for _ in range(3):
        ask(adas, engineering)
    page(finns, "/asks/")
    with CaptureQueriesContext(connection) as many:
        page(finns, "/asks/")

    assert len(many) == len(few) <= 12


def test_the_sweep_rings_for_a_late_ask_in_words(
    adas: Client, desk_client: DeskClient, engineering: Department, finn: User
) -> None:
    ask(adas, engineering)
    zones.use(zones.DESK)
    with time_machine.travel(NINE + hours(3), tick=False):
        tasks.sweep_asks()
        shown = page(desk_client(finn), "/bells/")

    assert "An ask is overdue: ACME-1, answer due" in shown


def test_asks_of_a_customer_one_does_not_serve_are_nobodys_business(
    desk_client: DeskClient, engineering: Department, inside_globex: Inside, ada: User
) -> None:
    with inside_globex():
        make_ticket()
    adas = desk_client(ada)
    adas.post("/at/globex/tickets/1/asks/", {"department": engineering.pk, "body": "Well?"})
    theirs = only_ask()
    here = f"/at/acme/tickets/1/asks/{theirs.ask_id}/withdrawal/"

    assert adas.post(here).status_code == 404
    assert only_ask().ended_at is None


def test_the_customer_sees_nothing_of_it(
    adas: Client, portal_client: PortalClient, engineering: Department, uma: Contact
) -> None:
    ask(adas, engineering, body="SECRET question")

    shown = portal_client(uma).get("/tickets/1/").content.decode()

    assert "The printer smokes" in shown
    assert "SECRET" not in shown
    assert "Engineering" not in shown


def test_carl_makes_a_department_in_words_and_the_log_tells_it(
    console: Any, carl: User, finn: User, acme: Customer
) -> None:
    carls = console(carl)
    calendar = Calendar.objects.earliest("pk")
    typed = {"name": "Finance", "name_zh": "财务", "calendar": calendar.pk, "people": [finn.pk]}

    wrong = send(carls, "/desk/department/add/", **typed, answers_within="soon")
    done = send(carls, "/desk/department/add/", **typed, answers_within="8 h")

    assert "Write business time such as" in wrong.content.decode()
    assert done.status_code == 302
    (told,) = events(model="desk.department")
    assert told.changes["answers_within"][1] == "8 h"
    finance = Department.objects.get(name="Finance")
    assert finance.answers_within == 8 * 3600
    assert "8 h" in page(carls, "/desk/department/")
    assert carls.get(f"/desk/department/{finance.pk}/delete/").status_code == 403


def test_an_ask_at_the_ticket_is_read_by_one_statement_more(
    adas: Client, engineering: Department
) -> None:
    page(adas)
    with CaptureQueriesContext(connection) as none:
        page(adas)
    ask(adas, engineering)
    page(adas)
    with CaptureQueriesContext(connection) as one:
        page(adas)

    assert len(one) == len(none)
    assert Ask._meta.db_table in "".join(query["sql"] for query in one)
