"""The queue: one list over all customers a person may serve."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Team, User
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer
from customers.operations import suspend
from customers.roles import DESK, OWNER
from desk import places
from desk.listing import PAGE_SIZE
from servicedesk import zones
from tests.cast import NINE, make_staff, make_ticket, minutes, say
from tests.doors import DeskClient
from tickets.models import Contact, Ticket
from tickets.operations import assign, judge, resolve

Ask = Callable[..., Ticket]


def asked(customer: Customer, **facts: Any) -> Ticket:
    zones.use(DESK)
    with schema_of(customer):
        return make_ticket(**facts)


def judged(customer: Customer, **facts: Any) -> Ticket:
    ticket = asked(customer, **facts)
    with schema_of(customer):
        judge(customer=customer, ticket_id=ticket.pk, now=facts.get("now", NINE), quiet=True)
    return ticket


def page(client: Client, address: str = "/", **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        page(client, address)
    return len([query for query in counted if not query["sql"].startswith(("SET", "RESET"))])


def test_ada_sees_the_tickets_of_all_customers_she_serves(
    desk_client: DeskClient, ada: User, acme: Customer, globex: Customer
) -> None:
    asked(acme, subject="The printer smokes")
    asked(globex, subject="The lift is stuck")

    shown = page(desk_client(ada))

    assert "The printer smokes" in shown
    assert "The lift is stuck" in shown
    assert "ACME-1" in shown
    assert shown.count("<h1") == shown.count("<main") == 1


def test_new_ones_stand_first_then_what_is_due_next(
    desk_client: DeskClient, ada: User, acme: Customer, globex: Customer
) -> None:
    judged(acme, subject="Due later", now=NINE + minutes(30))
    judged(globex, subject="Due first", now=NINE)
    asked(acme, subject="Not judged yet", now=NINE + minutes(40))

    shown = page(desk_client(ada))

    places_of = [shown.index(word) for word in ("Not judged yet", "Due first", "Due later")]
    assert places_of == sorted(places_of)


def test_another_teams_customer_is_not_there(
    desk_client: DeskClient, acme: Customer, globex: Customer
) -> None:
    asked(globex, subject="The lift is stuck")
    zones.use(OWNER)
    north = Team.objects.create(name="North")
    Customer.objects.filter(pk=globex.pk).update(team=north)
    nia = make_staff(name="Nia", email="nia@desk.test", serves_all=False)
    client = desk_client(nia)

    assert "The lift is stuck" not in page(client)
    assert "The lift is stuck" not in page(client, "/?view=all&customer=globex")
    assert client.get("/at/globex/tickets/1/").status_code == 404
    assert client.get("/at/globex/").status_code == 404


def test_a_suspended_customers_tickets_are_neither_there_nor_counted(
    desk_client: DeskClient, ada: User, globex: Customer
) -> None:
    asked(globex, subject="The lift is stuck")
    client = desk_client(ada)
    before = page(client, "/?view=all")
    zones.use(OWNER)
    suspend(customer=globex, reason="has not paid", now=NINE)

    after = page(client, "/?view=all")

    assert "The lift is stuck" in before
    assert 'id="count-all">1<' in before
    assert "The lift is stuck" not in after
    assert 'id="count-all">1<' not in after


def test_each_view_holds_what_its_name_says_and_its_count(
    desk_client: DeskClient, ada: User, mei: User, acme: Customer, uma: Contact
) -> None:
    mine, solved, waiting = (judged(acme, subject=word) for word in ("Mine", "Solved", "Waits"))
    zones.use(DESK)
    with schema_of(acme):
        assign(ticket=mine, owner=ada, by=mei, now=NINE)
        resolve(ticket=solved, by=ada, now=NINE, quiet=True)
        Ticket.objects.filter(pk=waiting.pk).update(state="waiting")
    client = desk_client(ada)

    for view, subject, others in (
        ("waiting", "Waits", ("Solved",)),
        ("all", "Waits", ("Solved",)),
        ("needs", ">Mine<", ("Waits", "Solved")),
        ("on_hold", "Nothing is on hold", ("Waits", "Solved")),
    ):
        shown = page(client, f"/?view={view}")
        assert subject in shown, view
        assert not [word for word in others if word in shown], view
    assert 'id="count-waiting">1<' in page(client)


def test_what_was_resolved_long_ago_is_gone_from_the_view(
    desk_client: DeskClient, ada: User, acme: Customer
) -> None:
    old = judged(acme, subject="Solved in spring")
    zones.use(DESK)
    with schema_of(acme):
        resolve(ticket=old, by=ada, now=NINE, quiet=True)

    shown = page(desk_client(ada), "/?view=resolved")

    assert "Solved in spring" not in shown
    assert "Nothing was resolved in the last 14 days." in shown


def test_it_shows_one_customer_when_asked(
    desk_client: DeskClient, ada: User, acme: Customer, globex: Customer
) -> None:
    asked(acme, subject="The printer smokes")
    asked(globex, subject="The lift is stuck")

    shown = page(desk_client(ada), "/?view=all&customer=globex")

    assert "The lift is stuck" in shown
    assert "The printer smokes" not in shown
    assert "Show all customers" in shown


def test_the_number_of_queries_does_not_grow_with_the_rows(
    desk_client: DeskClient, ada: User, acme: Customer
) -> None:
    client = desk_client(ada)
    for _ in range(5):
        judged(acme)
    few = queries(client, "/?view=all")
    for _ in range(45):
        asked(acme)

    assert queries(client, "/?view=all") == few <= 7


def test_fifty_rows_are_a_page(desk_client: DeskClient, ada: User, acme: Customer) -> None:
    for number in range(PAGE_SIZE + 1):
        asked(acme, subject=f"Ticket {number:03}", now=NINE + minutes(number))
    client = desk_client(ada)

    assert page(client).count('<li class="row') == PAGE_SIZE
    second = page(client, "/?page=2")
    assert second.count('<li class="row') == 1
    assert f"Ticket {PAGE_SIZE:03}" in second
    assert "view=needs&amp;page=2" in second


def test_the_rows_answer_204_until_something_is_new(
    desk_client: DeskClient, ada: User, acme: Customer, uma: Contact
) -> None:
    ticket = asked(acme, subject="The printer smokes")
    client = desk_client(ada)
    first = client.get("/queue/rows/?view=needs&page=1")
    seen = first.context["list"].seen

    again = client.get(f"/queue/rows/?view=needs&page=1&seen={seen}")
    zones.use(DESK)
    with schema_of(acme):
        say(ticket, by=uma, now=NINE + minutes(3))
    later = client.get(f"/queue/rows/?view=needs&page=1&seen={seen}")

    assert again.status_code == 204
    assert later.status_code == 200
    assert 'id="count-needs" hx-swap-oob="true">1<' in later.content.decode()
    assert "<html" not in later.content.decode()


@pytest.mark.parametrize("typed", ["%00", "%E2%80%AE", "%F0%9F%92%A9" * 99, "'\"<b>", "9" * 40])
def test_whatever_is_typed_into_an_address_is_answered(
    desk_client: DeskClient, ada: User, typed: str
) -> None:
    client = desk_client(ada)

    for address in ("/?customer=", "/?view=", "/?page=", "/customers/?q=", "/tickets/new/?q="):
        assert client.get(f"{address}{typed}").status_code == 200
    assert client.get(f"/search/?q={typed}").status_code == 200
    assert client.get(f"/queue/rows/?seen={typed}").status_code == 200
    assert client.get(f"/at/acme/tickets/{'9' * 30}/").status_code == 404


def test_an_empty_queue_says_so(desk_client: DeskClient, ada: User) -> None:
    assert "Nothing needs us now." in page(desk_client(ada))


def test_a_stranger_signs_in_first_and_a_fragment_takes_its_page_along(
    desk_client: DeskClient,
) -> None:
    stranger = desk_client()

    whole = stranger.get("/?view=mine")
    part = stranger.get(
        "/queue/rows/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://desk.localhost/?view=mine"},
    )

    assert (whole.status_code, whole["Location"]) == (302, "/sign-in/?next=/%3Fview%3Dmine")
    assert part.status_code == 204
    assert part["HX-Redirect"] == "/sign-in/?next=/%3Fview%3Dmine"


def test_an_operator_starts_at_the_customers(desk_client: DeskClient, db: None) -> None:
    otto = make_staff(name="Otto", email="otto@desk.test", role=Role.OPERATOR)
    client = desk_client(otto)

    assert client.get("/")["Location"] == "/customers/"
    shown = page(client, "/customers/")
    assert "Needs us now" not in shown
    assert client.get("/queue/rows/").status_code == 403


@pytest.mark.parametrize(
    ("written", "name", "words"),
    [
        (places.SEARCH, "tickets:search", {}),
        (places.NEW_TICKET, "tickets:choose_customer", {}),
        (places.PROBLEMS, "product:problems", {}),
        (places.RELEASES, "product:releases", {}),
        (places.TRIAGE, "product:meetings", {}),
        (places.SATISFACTION, "product:satisfaction", {}),
        (places.CALLBACKS, "followups:calls", {}),
        (places.callback("acme", 7), "followups:callback", {"at": "acme", "callback_id": 7}),
        (places.RESCUES, "followups:rescues", {}),
        (places.rescue("acme", 7), "followups:rescue", {"at": "acme", "rescue_id": 7}),
        (places.MAIL, "desk:incoming", {}),
        (places.BLOCKED_SENDERS, "mails:blocked_senders", {}),
        (places.mail(7), "mails:mail", {"incoming_id": 7}),
        (places.customer("acme"), "followups:customer", {"at": "acme"}),
        (places.visits("acme"), "followups:visits", {"at": "acme"}),
        (places.visit("acme", 7), "followups:visit", {"at": "acme", "visit_id": 7}),
        (places.MY_CUSTOMERS, "desk:my_customers", {}),
        (places.HANDING_OVER, "followups:handing_over", {}),
        (
            places.report("acme", 202611),
            "followups:desk_report",
            {"at": "acme", "month": "2026-11"},
        ),
        (places.new_ticket("acme"), "tickets:new", {"at": "acme"}),
        (places.ticket("acme", 7), "tickets:ticket", {"at": "acme", "number": 7}),
    ],
)
def test_the_addresses_desk_pages_write_are_those_of_the_urlconf(
    written: str, name: str, words: dict[str, Any]
) -> None:
    assert written == reverse(name, urlconf="servicedesk.urls_desk", kwargs=words)
