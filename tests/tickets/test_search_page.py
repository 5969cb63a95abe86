"""Finding tickets of every customer one may serve, in English and Chinese."""

from typing import Any

from accounts.models import Team, User
from customers.inside import schema_of
from customers.models import Customer
from customers.operations import suspend
from customers.roles import DESK, OWNER
from desk.operations.search import search
from servicedesk import zones
from tests.cast import NINE, make_staff, make_ticket, minutes
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.models import Ticket


def found(customer: Customer, **facts: Any) -> Ticket:
    zones.use(DESK)
    with schema_of(customer):
        ticket = make_ticket(**facts)
        operations.judge(customer=customer, ticket_id=ticket.pk, now=NINE, quiet=True)
    return ticket


def test_words_are_found_over_all_customers_and_marked(
    desk_client: DeskClient, ada: User, acme: Customer, globex: Customer
) -> None:
    found(acme, subject="The printer smokes", body="<p>It <b>smells</b> of toast & more.</p>")
    found(globex, subject="The lift is stuck", body="<p>It smells, too.</p>")

    page = desk_client(ada).get("/search/?q=smells").content.decode()

    assert "It <mark>smells</mark> of toast &amp; more." in page
    assert "The lift is stuck" in page
    assert page.count("<h1") == page.count("<main") == 1


def test_a_suspended_customers_tickets_are_not_found_and_take_nobodys_place(
    ada: User, acme: Customer, globex: Customer
) -> None:
    found(acme, subject="Acme", body="<p>It smells.</p>")
    found(globex, subject="Globex", body="<p>It smells, too.</p>", now=NINE + minutes(5))
    zones.use(OWNER)
    suspend(customer=globex, reason="has not paid", now=NINE)
    zones.use(DESK)

    assert [one.subject for one in search(user=ada, text="smells", limit=1)] == ["Acme"]


def test_chinese_is_found(desk_client: DeskClient, ada: User, globex: Customer) -> None:
    found(globex, subject="月结报表导出后金额列为空", body="<p>今天要交给总部，能先给一份吗？</p>")

    page = desk_client(ada).get("/search/?q=总部").content.decode()

    assert "今天要交给<mark>总部</mark>" in page


def test_a_snippet_of_a_note_says_that_it_is_one(
    desk_client: DeskClient, ada: User, acme: Customer, inside_acme: Inside
) -> None:
    ticket = found(acme)
    with inside_acme():
        operations.note(ticket=ticket, by=ada, body="<p>Ask the caretaker.</p>", now=NINE)
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE, quiet=True)

    page = desk_client(ada).get("/search/?q=caretaker").content.decode()

    assert "Note</span>" in page
    assert "<mark>caretaker</mark>" in page


def test_a_code_goes_straight_to_its_ticket(
    desk_client: DeskClient, ada: User, acme: Customer
) -> None:
    found(acme)

    answer = desk_client(ada).get("/search/?q=acme-1")

    assert answer["Location"] == "/at/acme/tickets/1/"


def test_nothing_of_another_teams_customer_is_found(
    desk_client: DeskClient, acme: Customer, globex: Customer
) -> None:
    found(globex, subject="The lift is stuck")
    zones.use(OWNER)
    Customer.objects.filter(pk=globex.pk).update(team=Team.objects.create(name="North"))
    client = desk_client(make_staff(name="Nia", email="nia@desk.test", serves_all=False))

    assert "The lift is stuck" not in client.get("/search/?q=lift").content.decode()
    assert "No match for “globex-1”." in client.get("/search/?q=globex-1").content.decode()


def test_markup_typed_stays_text(desk_client: DeskClient, ada: User, acme: Customer) -> None:
    found(acme, body="<p>a &lt;b&gt; c</p>")

    page = desk_client(ada).get("/search/?q=%3Cscript%3Ealert(1)%3C/script%3E").content.decode()

    assert "<script>" not in page


def test_no_match_says_what_to_try(desk_client: DeskClient, ada: User) -> None:
    page = desk_client(ada).get("/search/?q=unicorn").content.decode()

    assert "No match for “unicorn”." in page
    assert "try fewer" in page
