"""Problems beside a ticket: linking, making, unlinking, what is similar, what a search found."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Team, User
from customers.models import Customer
from customers.roles import OWNER
from product.models import Problem, ReportItem
from servicedesk import zones
from tests.cast import NINE, make_staff, make_ticket
from tests.doors import DeskClient, Inside, PortalClient
from tests.product.conftest import Reporting, problem, reported
from tickets import event_words, operations
from tickets.models import Contact, Entry, Note, Ticket

__all__ = ["problem", "reported"]

HERE = "/at/acme/tickets/1/"


@pytest.fixture
def ticket(uma: Contact, acme: Customer, inside_acme: Inside) -> Ticket:
    with inside_acme():
        made = make_ticket(requester=uma, subject="CANARY export of invoices is short")
        operations.judge(customer=acme, ticket_id=made.pk, now=NINE, quiet=True)
    return made


def page(client: Client, address: str = HERE) -> str:
    response = client.get(address)
    assert response.status_code == 200, response
    return response.content.decode()


def test_ada_finds_a_problem_links_it_unlinks_it_and_takes_that_back(
    desk_client: DeskClient, ada: User, ticket: Ticket, problem: Problem
) -> None:
    Problem.objects.filter(pk=problem.pk).update(
        workaround="Export twice", may_harm=True, owner=ada
    )
    client = desk_client(ada)

    assert 'name="key" value="EXPORT-1"' in page(client, f"{HERE}?view=mine&problem=last+line")
    assert "No problem matches." in page(client, f"{HERE}?problem=nothing")
    linked = client.post(f"{HERE}problems/?view=mine", {"key": "EXPORT-1"})
    shown = page(client)
    unlinked = client.post(f"{HERE}problems/EXPORT-1/removal/")

    assert linked.headers["Location"] == f"{HERE}?view=mine"
    assert "Workaround, may harm data" in shown
    assert "Export twice" in shown
    assert "Ada Lind linked it to the problem EXPORT-1" in shown
    assert not ReportItem.objects.exists()
    assert "Unlinked from EXPORT-1." in page(client, unlinked.headers["Location"])
    client.post(f"{HERE}problems/", {"key": "EXPORT-1"})
    assert ReportItem.objects.get().problem == problem


def test_a_new_problem_takes_its_makers_words_only(
    desk_client: DeskClient, ada: User, ticket: Ticket
) -> None:
    client = desk_client(ada)
    panel = page(client).split('id="problems"')[1].split('id="asks"')[0].split("</section>")[0]

    empty = client.post(f"{HERE}problems/", {"title": "  "})
    client.post(f"{HERE}problems/", {"title": "Exports lose lines"})

    assert "CANARY" not in panel
    assert empty.status_code == 422
    made = Problem.objects.get()
    assert (made.key, made.title, made.cause) == ("P-1", "Exports lose lines", "")
    assert ReportItem.objects.get().problem == made


def test_a_wrong_key_is_refused_and_a_merged_one_leads_on(
    desk_client: DeskClient, ada: User, ticket: Ticket, problem: Problem
) -> None:
    gone = Problem.objects.create(
        key="OLD", title="x", state="merged", merged_into=problem, created_at=NINE, state_at=NINE
    )
    client = desk_client(ada)

    refused = client.post(f"{HERE}problems/", {"key": "NOPE"})
    assert refused.status_code == 422
    assert "No problem has the key NOPE." in refused.content.decode()
    assert client.post(f"{HERE}problems/OLD/removal/").status_code == 422
    client.post(f"{HERE}problems/", {"key": gone.key})

    assert ReportItem.objects.get().problem == problem


def test_who_unlinks_on_the_problems_page_comes_back_there(
    desk_client: DeskClient, ada: User, ticket: Ticket, problem: Problem
) -> None:
    client = desk_client(ada)
    client.post(f"{HERE}problems/", {"key": "EXPORT-1"})

    away = client.post(f"{HERE}problems/EXPORT-1/removal/?from=problem").headers["Location"]
    offered = page(client, away.split("#")[0])
    back = client.post(f"{HERE}problems/?from=problem", {"key": "EXPORT-1"}).headers["Location"]

    assert away == "/problems/EXPORT-1/?unlinked=acme-1#reports"
    assert "ACME-1 is no longer part of this problem." in offered
    assert f'action="{HERE}problems/?from=problem"' in offered
    assert back == "/problems/EXPORT-1/#reports"
    for forged in ("//evil.test/-1", "..-1", "acme-x", "%00-1"):
        assert "no longer part" not in page(client, f"/problems/EXPORT-1/?unlinked={forged}")
        there = client.post(f"{HERE}problems/?from={forged}", {"key": "EXPORT-1"})
        assert there.headers["Location"].startswith("/at/")


def test_similar_tickets_are_one_press_from_the_same_problem(
    desk_client: DeskClient, ada: User, ticket: Ticket, problem: Problem, reported: Reporting
) -> None:
    reported(problem, at="globex", subject="Our export of invoices is short")
    client = desk_client(ada)

    part = page(client, f"{HERE}similar/?view=mine")
    whole = page(client, f"{HERE}?similar=1")

    for shown in (part, whole):
        assert "GLOBEX-1" in shown
        assert 'name="key" value="EXPORT-1"' in shown
    assert "<html" not in part
    client.post(f"{HERE}problems/", {"key": "EXPORT-1"})
    assert 'value="EXPORT-1"' not in page(client, f"{HERE}similar/")


def test_nothing_similar_is_shown_of_a_customer_one_does_not_serve(
    desk_client: DeskClient, acme: Customer, globex: Customer, ticket: Ticket, problem: Problem,
    reported: Reporting,
) -> None:  # fmt: skip
    reported(problem, at="globex", subject="Our export of invoices is short")
    zones.use(OWNER)
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    Customer.objects.filter(pk=globex.pk).update(team=south)
    nia = make_staff(name="Nia", email="nia@desk.test", teams=[north], serves_all=False)
    client = desk_client(nia)

    assert "Globex" not in page(client, f"{HERE}similar/")
    shown = page(client, "/search/problem/?ticket=acme-1&ticket=globex-1")
    assert "1 ticket (customers: 1)" in shown
    assert "1 that was picked is no ticket of a customer you serve." in shown
    client.post("/search/problem/", {"ticket": ["acme-1", "globex-1"], "title": "Mine"})
    assert ReportItem.objects.get(problem__title="Mine").customer == acme


def test_tickets_picked_from_a_search_become_one_problem(
    desk_client: DeskClient, ada: User, globex: Customer, ticket: Ticket, problem: Problem,
    inside_globex: Inside,
) -> None:  # fmt: skip
    with inside_globex():
        other = make_ticket(subject="Invoices again")
        operations.judge(customer=globex, ticket_id=other.pk, now=NINE, quiet=True)
    client = desk_client(ada)
    assert 'name="ticket" value="acme-1"' in page(client, "/search/?q=invoices")
    both = {"ticket": ["acme-1", "globex-1"]}

    shown = page(client, "/search/problem/?ticket=acme-1&ticket=globex-1&q=export")
    for refused in ({}, both, both | {"key": "NOPE"}, {"ticket": ["x", "-1"], "key": "EXPORT-1"}):
        assert client.post("/search/problem/", refused).status_code == 422
    many = {"ticket": [f"acme-{number}" for number in range(1, 60)], "key": "EXPORT-1"}
    assert client.post("/search/problem/", many).status_code == 422
    done = client.post("/search/problem/", both | {"key": "EXPORT-1"})

    assert "2 tickets (customers: 2)" in shown
    assert 'name="key" value="EXPORT-1"' in shown
    assert done.headers["Location"] == "/problems/EXPORT-1/"
    assert ReportItem.objects.filter(problem=problem).count() == 2


def test_the_customer_sees_nothing_of_it(
    desk_client: DeskClient, portal_client: PortalClient, ada: User, uma: Contact, ticket: Ticket,
    problem: Problem,
) -> None:  # fmt: skip
    desk_client(ada).post(f"{HERE}problems/", {"key": "EXPORT-1"})

    shown = portal_client(uma).get("/tickets/1/").content.decode()

    assert "CANARY export" in shown
    assert "EXPORT-1" not in shown
    assert "last line" not in shown


@pytest.mark.parametrize(
    ("field", "old", "new", "words"),
    [
        ("problem", "", "P-1", "Ada Lind linked it to the problem P-1"),
        ("problem", "P-1", "", "Ada Lind unlinked it from the problem P-1"),
        ("unanswered", "", "Autumn", "Nobody said whether Autumn works: closed without an answer"),
    ],
)
def test_events_of_the_loop_are_told_in_words(field: str, old: str, new: str, words: str) -> None:
    note = Note(author_name="Ada Lind", field=field, old=old, new=new)

    assert event_words.sentence(note) == words


def test_answers_without_words_are_told_in_words() -> None:
    works, fails = (
        Entry(kind=kind, author_name="Uma Usman", author_kind="contact")
        for kind in (Entry.Kind.WORKS, Entry.Kind.NOT_WORKING)
    )

    assert event_words.is_silent(works)
    assert event_words.deed(works) == "Uma Usman says that what went live works"
    assert event_words.deed(fails) == "Uma Usman says that what went live does not work"
    live = Entry(kind=Entry.Kind.LIVE, author_kind="system", body="x")
    assert "told that it is live" in event_words.said(live)
