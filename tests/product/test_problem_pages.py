"""Problems over all customers: the list, one problem, changing, merging, the agreed reply."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer, Plan
from customers.roles import DESK, OWNER
from desk.words import State
from product.models import AgreedReach, AgreedReply, Problem, ReportItem
from product.operations.agreed import send_agreed
from product.operations.problems import change_problem, make_problem, merge_problems
from product.weights import weights
from servicedesk import zones
from tests.cast import NINE, days, hours, make_contact, make_staff
from tests.doors import DeskClient, Inside
from tests.product.conftest import Reporting
from tickets.models import Contact, Report, Ticket
from tickets.operations.agreeing import send_agreed_at
from tickets.operations.reporting import report, unreport

HERE = "/problems/EXPORT-1/"


def page(client: Client, address: str = HERE) -> str:
    response = client.get(address)
    assert response.status_code == 200, response
    return response.content.decode()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        page(client, address)
    return len([query for query in counted if not query["sql"].startswith(("SET", "RESET"))])


def facts(problem: Problem, **changed: Any) -> dict[str, Any]:
    """The form as its page had it when it was opened, with what was typed since."""
    names = (
        "title", "kind", "owner", "due_on", "cause", "reference", "link", "workaround",
        "target", "agreed_en", "agreed_zh", "material", "material_url",
    )  # fmt: skip
    held = {name: getattr(problem, name) or "" for name in names}
    held["owner"] = problem.owner_id or ""
    return {f"initial-{name}": value for name, value in held.items()} | held | changed


@pytest.fixture
def engineer(db: None) -> User:
    return make_staff(name="Finn Fischer", email="finn@desk.test", role=Role.ENGINEER)


@pytest.fixture
def norths(acme: Customer, globex: Customer) -> User:
    """Somebody who serves Acme and not Globex."""
    zones.use(OWNER)
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    Customer.objects.filter(pk=globex.pk).update(team=south)
    return make_staff(
        name="Nia North", email="nia@desk.test", role=Role.PRODUCT_MANAGER, teams=[north],
        serves_all=False,
    )  # fmt: skip


def test_the_list_counts_tickets_customers_people_and_plan_value_once_each(
    desk_client: DeskClient, ada: User, acme: Customer, globex: Customer, problem: Problem,
    reported: Reporting, inside_acme: Inside,
) -> None:  # fmt: skip
    zones.use(OWNER)
    plan = Plan.objects.create(code="gold", name="Gold", value=1500)
    Customer.objects.filter(pk__in=[acme.pk, globex.pk]).update(plan=plan)
    for _ticket in range(2):
        reported(problem)
    reported(problem, at="globex")

    shown = page(desk_client(ada), "/problems/")

    assert tuple(weights([problem.pk])[problem.pk]) == (3, 2, 2, 3000)
    assert "Exports lose their last line" in shown
    assert "3,000" in shown
    assert f'{HERE}#reports" aria-label="3 tickets of EXPORT-1"' in shown


def test_the_list_asks_as_often_for_many_problems_as_for_one(
    desk_client: DeskClient, ada: User, pia: User, problem: Problem, reported: Reporting
) -> None:
    reported(problem)
    client = desk_client(ada)
    page(client, "/problems/")
    few = queries(client, "/problems/")
    zones.use(DESK)
    for number in range(60):
        made = make_problem(title=f"Another {number}", by=pia, now=NINE)
        if number < 3:
            reported(made, at="globex")

    assert queries(client, "/problems/") == few
    assert queries(client, "/problems/?sort=due&q=another") == few
    assert "1–50 of 61" in page(client, "/problems/")


@pytest.mark.parametrize("sort", ["tickets", "customers", "people", "value"])
def test_only_what_stands_on_the_page_is_weighed_and_the_heaviest_come_first(
    desk_client: DeskClient, ada: User, pia: User, problem: Problem, reported: Reporting, sort: str
) -> None:
    zones.use(DESK)
    for number in range(60):
        make_problem(title=f"Another {number}", by=pia, now=NINE)
    reported(problem)
    client = desk_client(ada)

    with CaptureQueriesContext(connection) as counted:
        shown = page(client, f"/problems/?sort={sort}")

    (weighing,) = [one["sql"] for one in counted if "at_customers" in one["sql"]]
    assert len(weighing.partition("ARRAY[")[2].partition("]")[0].split(",")) == 50
    assert shown.index("EXPORT-1") < shown.index("Another 59") < shown.index("Another 58")


def test_a_filter_stands_in_the_address(
    desk_client: DeskClient, ada: User, pia: User, problem: Problem
) -> None:
    zones.use(DESK)
    late = make_problem(
        title="Invoices twice", by=pia, now=NINE, kind="technical", owner=ada,
        due_on=date(2026, 1, 1),
    )  # fmt: skip
    done = make_problem(title="Fonts", by=pia, now=NINE, state="live")
    client = desk_client(ada)

    for asked, expected in {
        "": {late, problem},
        "owner=mine": {late},
        "owner=none": {problem},
        f"owner={ada.pk}": {late},
        "kind=technical": {late},
        "kind=none": {problem},
        "late=1": {late},
        "q=LAST+export": {problem},
        "q=p-1": {late},
        "state=live": {done},
        "state=all": {late, problem, done},
        "state=merged": set(),
        "owner=99999999999999999999&sort=nonsense&state=%00": {late, problem},
    }.items():
        shown = page(client, f"/problems/?{asked}")
        assert {one for one in (late, problem, done) if one.title in shown} == expected, asked


def test_an_empty_list_says_what_is_next(desk_client: DeskClient, ada: User) -> None:
    client = desk_client(ada)

    assert "When a second customer asks the same" in page(client, "/problems/")
    assert "Take a filter away" in page(client, "/problems/?q=nothing")


def test_a_new_problem_has_its_makers_words_and_the_next_key(
    desk_client: DeskClient, ada: User, problem: Problem
) -> None:
    client = desk_client(ada)

    taken = client.post("/new-problem/", {"title": "Typed with care", "key": "EXPORT-1"})
    bad = client.post("/new-problem/", {"title": "Typed with care", "key": "no good"})
    made = client.post("/new-problem/", {"title": "Typed with care"})

    assert (taken.status_code, bad.status_code) == (422, 422)
    assert "Another problem has this key" in taken.content.decode()
    assert "Typed with care" in bad.content.decode()
    assert made.headers["Location"] == "/problems/P-1/"


def test_a_problem_names_only_customers_one_serves_and_counts_all(
    desk_client: DeskClient, norths: User, ada: User, problem: Problem, reported: Reporting
) -> None:
    reported(problem, subject="The export is short")
    reported(problem, at="globex", subject="SECRET of Globex")
    everybodys, shown = page(desk_client(ada)), page(desk_client(norths))

    assert "Eve Evans" in everybodys
    assert "The export is short" in shown
    assert "Uma Usman" in shown
    assert "linked ACME-1" in shown
    for secret in ("SECRET", "Globex", "GLOBEX", "Eve"):
        assert secret not in shown
    assert "And 1 ticket at customers that you do not serve or that are suspended (1)." in shown
    assert "Ada Lind linked a ticket of a customer you do not serve" in shown


def test_a_problem_asks_as_often_for_many_tickets_as_for_one(
    desk_client: DeskClient, ada: User, problem: Problem, reported: Reporting
) -> None:
    reported(problem)
    client = desk_client(ada)
    page(client)
    few = queries(client, HERE)
    for _ticket in range(5):
        reported(problem, at="globex")

    assert queries(client, HERE) == few


def test_no_word_of_a_customer_is_copied_into_a_problem(
    problem: Problem, reported: Reporting
) -> None:
    reported(problem, subject="CANARY subject", body="<p>CANARY body</p>")

    zones.use(OWNER)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(t::text, ' ') FROM product_problem t UNION ALL"
            " SELECT string_agg(t::text, ' ') FROM product_event t UNION ALL"
            " SELECT string_agg(t::text, ' ') FROM product_reportitem t UNION ALL"
            " SELECT string_agg(t::text, ' ') FROM product_asker t"
        )
        held = [text for (text,) in cursor.fetchall()]
    assert "Uma Usman" in held[3]
    assert "CANARY" not in "".join(held)


def test_pia_writes_what_a_problem_is_and_the_trail_tells_it(
    desk_client: DeskClient, pia: User, engineer: User, problem: Problem
) -> None:
    client = desk_client(pia)
    typed = facts(
        problem, kind="technical", owner=engineer.pk, due_on="2026-03-09", may_harm="on",
        workaround="Delete the cache.\r\nThen export.", link="tracker.example/7",
    )  # fmt: skip

    done = client.post(f"{HERE}facts/", typed)

    assert done.headers["Location"] == HERE
    problem.refresh_from_db()
    assert (problem.kind, problem.owner, problem.may_harm) == ("technical", engineer, True)
    assert problem.workaround == "Delete the cache.\nThen export."
    assert problem.link == "https://tracker.example/7"
    shown = page(client)
    assert "May harm data" in shown
    assert "Pia Roth made Finn Fischer the owner" in shown
    assert "Pia Roth changed the class from – to Technical" in shown


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    desk_client: DeskClient, pia: User, problem: Problem
) -> None:
    typed = facts(
        problem, title="", cause="The buffer", link="not a link", may_harm="on",
        agreed_en="a" * 20_001,
    )  # fmt: skip

    refused = desk_client(pia).post(f"{HERE}facts/", typed)

    shown = refused.content.decode()
    assert refused.status_code == 422
    assert "The buffer" in shown
    assert "not a link" in shown
    assert "Write the workaround that may harm data." in shown
    assert "at most 20000 characters" in shown
    assert Problem.objects.get(pk=problem.pk).title == "Exports lose their last line"


def test_what_another_wrote_meanwhile_stays(
    desk_client: DeskClient, pia: User, mei: User, problem: Problem
) -> None:
    opened = facts(problem, title="Exports are short")
    change_problem(problem=problem, by=mei, now=NINE, cause="The buffer")

    desk_client(pia).post(f"{HERE}facts/", opened)

    problem.refresh_from_db()
    assert (problem.title, problem.cause) == ("Exports are short", "The buffer")


def test_merging_shows_what_joins_and_a_merged_problem_leads_on(
    desk_client: DeskClient, pia: User, problem: Problem, reported: Reporting
) -> None:
    twin = make_problem(title="The last row is missing", key="TWIN", by=pia, now=NINE)
    reported(twin)
    reported(twin, at="globex")
    client = desk_client(pia)

    assert "EXPORT-1" in page(client, "/problems/TWIN/merging/?q=lose")
    assert "2 tickets join (customers: 2)" in page(client, "/problems/TWIN/merging/?into=EXPORT-1")
    nowhere = client.post("/problems/TWIN/merging/", {"into": "TWIN"})
    done = client.post("/problems/TWIN/merging/", {"into": "EXPORT-1"})
    again = client.post("/problems/TWIN/merging/", {"into": "EXPORT-1"})

    assert (nowhere.status_code, again.status_code) == (422, 422)
    assert done.headers["Location"] == HERE
    assert ReportItem.objects.filter(problem=problem).count() == 2
    assert "merged TWIN into this problem" in page(client)
    assert "its tickets count at" in page(client, "/problems/TWIN/")


def agreed(problem: Problem, by: User, words: str = "It comes in May.") -> None:
    change_problem(problem=problem, by=by, now=NINE, agreed_en=words, agreed_zh="五月上线。")


def send(client: Client, address: str = f"{HERE}agreed-reply/") -> Any:
    seen = page(client, address).split('name="seen" value="')[1].split('"')[0]
    return client.post(address, {"seen": seen.replace("&quot;", '"')})


def deliver(customer: Customer) -> None:
    """What the workers do at one customer."""
    zones.use(DESK)
    with schema_of(customer):
        for reply in AgreedReply.objects.order_by("pk"):
            send_agreed_at(customer=customer, agreed_id=reply.pk, now=NINE + hours(1))


def test_the_agreed_reply_is_sent_to_whom_the_preview_named(
    desk_client: DeskClient, pia: User, acme: Customer, globex: Customer, problem: Problem,
    reported: Reporting, inside_acme: Inside, inside_globex: Inside,
) -> None:  # fmt: skip
    with inside_globex():
        lin = make_contact(name="Lin Wei", email="lin@globex.test", language="zh-hans")
    reported(problem)
    closed = reported(problem)
    reported(problem, at="globex", requester=lin)
    with inside_acme():
        Ticket.objects.filter(pk=closed.pk).update(state=State.CLOSED, settled_at=NINE)
    client = desk_client(pia)
    assert "There is no agreed reply yet" in page(client, f"{HERE}agreed-reply/")
    agreed(problem, pia)

    before = page(client, f"{HERE}agreed-reply/")
    assert send(client).headers["Location"] == HERE
    started = page(client, f"{HERE}agreed-reply/progress/")
    for customer in (acme, globex):
        deliver(customer)
    done = page(client, f"{HERE}agreed-reply/progress/")
    after = page(client, f"{HERE}agreed-reply/")

    for words in (
        "2 tickets get it (customers: 2)", "1 ticket is closed and left alone.", "Uma Usman",
        "Lin Wei", "It comes in May.", "五月上线。", "简体中文",
    ):  # fmt: skip
        assert words in before
    assert "2 tickets answered; 2 of 2 customers done." in done
    assert ["every 2s" in part for part in (started, done)] == [True, False]
    assert "2 tickets have these words already and are left out." in after
    assert "0 tickets get it (customers: 0)" in after
    with inside_globex():
        reply = Ticket.objects.get(requester=lin).entries.latest("seq")
        assert (reply.kind, reply.body) == ("reply", "<p>五月上线。</p>")


def test_words_that_were_changed_since_are_not_sent(
    desk_client: DeskClient, pia: User, mei: User, problem: Problem, reported: Reporting
) -> None:
    reported(problem)
    agreed(problem, pia)
    client = desk_client(pia)
    seen = page(client, f"{HERE}agreed-reply/").split('name="seen" value="')[1].split('"')[0]
    agreed(problem, mei, "It comes in June.")

    for sent in (seen, "forged", ""):
        refused = client.post(f"{HERE}agreed-reply/", {"seen": sent})
        assert refused.status_code == 422
        assert "Somebody changed the words" in refused.content.decode()
    assert not AgreedReply.objects.exists()


def test_who_joins_by_a_merger_has_not_been_told(
    desk_client: DeskClient, pia: User, acme: Customer, problem: Problem, reported: Reporting,
    inside_acme: Inside, ada: User,
) -> None:  # fmt: skip
    twin = make_problem(title="The last row is missing", key="TWIN", by=pia, now=NINE)
    both = reported(problem)
    with inside_acme():
        report(ticket=both, problem=twin, by=ada, now=NINE)
    reported(twin)
    agreed(problem, pia)
    send_agreed(problem=problem, by=pia, now=NINE)
    deliver(acme)
    merge_problems(problem=twin, into=problem, by=pia, now=NINE + days(1))

    shown = page(desk_client(pia), f"{HERE}agreed-reply/")
    send_agreed(problem=problem, by=pia, now=NINE + days(1))
    deliver(acme)
    deliver(acme)

    assert "1 ticket gets it (customers: 1)" in shown
    assert "1 ticket has these words already" in shown
    with inside_acme():
        assert both.entries.filter(kind="reply").count() == 1
        assert not Report.objects.filter(told__isnull=True).exists()
    assert AgreedReach.objects.get().done_at is not None


def test_a_ticket_that_is_put_back_does_not_hear_the_same_words_again(
    desk_client: DeskClient, pia: User, acme: Customer, problem: Problem, reported: Reporting,
    inside_acme: Inside, ada: User,
) -> None:  # fmt: skip
    ticket = reported(problem)
    agreed(problem, pia)
    send_agreed(problem=problem, by=pia, now=NINE)
    deliver(acme)
    with inside_acme():
        unreport(ticket=ticket, problem=problem, by=ada, now=NINE + hours(2))
        report(ticket=ticket, problem=problem, by=ada, now=NINE + hours(2))

    shown = page(desk_client(pia), f"{HERE}agreed-reply/")
    send_agreed(problem=problem, by=pia, now=NINE + hours(3))
    deliver(acme)

    assert "0 tickets get it" in shown
    with inside_acme():
        assert ticket.entries.filter(kind="reply").count() == 1


def test_who_may_only_link_is_shown_no_way_to_change_and_refused_one(
    desk_client: DeskClient, ada: User, problem: Problem, uma: Contact
) -> None:
    client = desk_client(ada)

    assert "facts/" not in page(client)
    for part in ("facts/", "merging/", "agreed-reply/"):
        assert client.get(f"{HERE}{part}").status_code == 403
        assert client.post(f"{HERE}{part}").status_code == 403
    assert client.get("/problems/NOWHERE/").status_code == 404
