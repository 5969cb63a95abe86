"""How satisfied customers are: against the period before, by whatever, with what people said."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from customers.models import Customer
from desk.models import CallbackPlan, RescueItem, Topic
from desk.satisfaction import Asked, Period, asked_for
from desk.satisfaction_rows import Range, breakdown, responses, series, topics
from product.comparing import by_release, by_rescues
from product.models import Event, Evidence, Problem, Release, ReleaseCustomer
from product.operations.improving import NothingToImprove, improve
from product.satisfaction_page import page
from product.satisfaction_stream import stream
from tests.cast import NINE, days, hours
from tests.doors import DeskClient
from tests.product.rated import asked as was_asked
from tests.product.rated import rated, rated_often

PAGE = "/satisfaction/"
FEBRUARY = NINE - days(10)
MARCH = NINE - hours(1)


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


def months(user: User, **asked: str) -> tuple[Asked, Range]:
    """What an address asks for, and its periods."""
    found = asked_for(asked, user=user)
    return found, Range(found.periods(NINE.date()))


def test_a_month_stands_against_the_one_before(mei: User, acme: Customer) -> None:
    rated_often(acme, [5, 5, 4, 1], MARCH)
    rated_often(acme, [5, 2], FEBRUARY)
    rated(acme, 9, MARCH, "nps", key="nps")
    asked, whole = months(mei)

    found = series(user=mei, asked=asked, range_=whole)

    *_, before, now = found["csat"]
    assert (now.counts, now.figure, now.mean) == ({5: 2, 4: 1, 1: 1}, 75, 3.75)
    assert before.counts == {5: 1, 2: 1}
    assert found["nps"][-1].figure == 100
    assert [one.n for one in found["csat"][:-2]] == [0] * 4


def test_a_response_rate_counts_who_was_asked_in_the_period_and_not_voided(
    mei: User, acme: Customer
) -> None:
    rated_often(acme, [5, 5], MARCH)
    was_asked(acme, MARCH)
    was_asked(acme, MARCH, voided_at=MARCH)
    was_asked(acme, MARCH, answered_at=MARCH, is_machine=True)
    asked, whole = months(mei)
    assert responses(user=mei, asked=asked, range_=whole)[-1] == (4, 2)


@pytest.mark.parametrize(
    ("span", "since", "first", "until", "before"),
    [
        ("month", "2026-03-31", "2026-03-01", "2026-04-01", "2026-02-01"),
        ("quarter", "", "2026-01-01", "2026-04-01", "2025-10-01"),
        ("days", "2026-03-01", "2026-03-01", "2026-03-03", "2026-02-27"),
        ("days", "", "2026-02-01", "2026-03-03", "2026-01-02"),
    ],
)
def test_periods_follow_each_other_without_a_gap(
    mei: User, span: str, since: str, first: str, until: str, before: str
) -> None:
    _asked, whole = months(mei, span=span, since=since)
    last = whole.periods[-1]
    assert (last.since.isoformat(), last.until.isoformat()) == (first, until)
    assert whole.periods[-2].since.isoformat() == before
    assert all(a.until == b.since for a, b in zip(whole.periods, whole.periods[1:], strict=False))


@pytest.mark.parametrize("said", ["2026-13-41", "x", "9999-12-31", "0001-01-01", "=1"])
def test_what_no_calendar_has_is_as_if_it_were_not_there(mei: User, said: str) -> None:
    asked, whole = months(mei, span="days", since=said, until=said, agent=said, topic=said)
    assert (asked.since, asked.until, asked.agent, asked.topic) == ("", "", "", "")
    assert whole.periods[-1] == Period(NINE.date() - days(29), NINE.date() + days(1))


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("customer", "Acme"), ("agent", "Ada Lind"), ("team", "North"), ("channel", "Mail"),
        ("ticket_kind", "Fault"), ("customer_plan", "Standard"), ("plan", "After a ticket"),
        ("topic", "Faults"),
    ],
)  # fmt: skip
def test_a_breakdown_names_what_it_is_by(
    mei: User, ada: User, acme: Customer, by: str, name: str
) -> None:
    whose: dict[str, Any] = {
        "agent": ada, "team": Team.objects.create(name="North"), "channel": "mail",
        "ticket_kind": "fault", "customer_plan": acme.plan, "words": "It has an ERROR again",
        "plan": CallbackPlan.objects.get(kind="resolved"),
    }  # fmt: skip
    rated_often(acme, [5, 2], MARCH, **whose)
    asked = asked_for({"by": by}, user=mei)
    rows = page(user=mei, asked=asked, query={}, now=NINE)["groups"]["page"].object_list
    assert [(row["name"], row["shown"].n, row["shown"].mean) for row in rows] == [(name, 2, "3.5")]


def test_an_agent_sees_their_own_scores_and_nobody_elses(
    mei: User, ada: User, carl: User, acme: Customer, desk_client: DeskClient
) -> None:
    rated(acme, 5, MARCH, agent=ada, words="Thank you, Ada.")
    rated(acme, 1, MARCH, agent=carl, words="Never again.")
    asked, whole = months(ada, by="agent")
    found = breakdown(user=ada, asked=asked, range_=whole.lately())
    assert [(one.key, one.now.n) for one in found] == [(ada.pk, 1)]
    assert asked_for({"agent": str(carl.pk)}, user=ada).agent == ""
    assert asked_for({"agent": str(carl.pk)}, user=mei).agent == str(carl.pk)
    shown = desk_client(ada).get(PAGE).content.decode()
    assert "Never again." in shown
    assert carl.name not in shown
    assert carl.name in desk_client(mei).get(PAGE).content.decode()
    assert carl.name not in csv_of(desk_client, ada)


def csv_of(desk_client: DeskClient, user: User, query: str = "") -> str:
    """The export, whole."""
    response: Any = desk_client(user).get(f"{PAGE}scores.csv{query}")
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_only_customers_count_that_one_serves_and_that_are_not_suspended(
    ada: User, acme: Customer, globex: Customer, desk_client: DeskClient
) -> None:
    rated(acme, 5, MARCH, words="Acme is pleased")
    rated(globex, 1, MARCH, words="Globex is angry")
    globex.team = Team.objects.create(name="South")
    globex.save(update_fields=["team"])
    ada.serves_all = False
    ada.save(update_fields=["serves_all"])
    asked, whole = months(ada)
    assert series(user=ada, asked=asked, range_=whole)["csat"][-1].counts == {5: 1}
    assert "Globex" not in desk_client(ada).get(PAGE).content.decode()
    assert "Globex" not in csv_of(desk_client, ada)
    Customer.objects.filter(pk=acme.pk).update(suspended_at=NINE)
    assert series(user=ada, asked=asked, range_=whole)["csat"][-1].n == 0
    assert topics(user=ada, asked=asked, range_=whole.lately()) == {}


def test_topics_are_found_by_words_in_any_case_and_language(mei: User, acme: Customer) -> None:
    rated(acme, 1, MARCH, words="Constant ERRORs, and 100% slow")
    rated(acme, 2, MARCH, words="系统太慢了")
    rated(acme, 5, MARCH, subject="A crash of the printer")
    rated(acme, 1, MARCH, words="I do not like the related colour")
    rated(acme, 1, FEBRUARY, words="too slow")
    names = {one.pk: one.name for one in Topic.objects.all()}
    asked, whole = months(mei)

    found = topics(user=mei, asked=asked, range_=whole.lately())

    told = {names.get(key, ""): now for key, (now, _before) in found.items()}
    assert (told[""].answers, told[""].low) == (4, 3)
    assert (told["Faults"].answers, told["Faults"].low, told["Faults"].scores.mean) == (2, 1, 3)
    assert told["Speed of our answers"].low == 2
    before = {names.get(key, ""): then for key, (_now, then) in found.items()}
    assert before["Speed of our answers"].low == 1
    context = page(user=mei, asked=asked, query={}, now=NINE)
    assert [one.words for one in context["nameless"].rows] == ["I do not like the related colour"]


def test_comments_are_read_by_whatever_one_looks_for(
    mei: User, ada: User, acme: Customer, globex: Customer, desk_client: DeskClient
) -> None:
    rated(acme, 5, MARCH, words="A quick answer", agent=ada, number=7, subject="Printer")
    rated(globex, 1, MARCH, words="Late, <b>as</b> ever")
    rated(globex, 3, FEBRUARY, words="Last month")
    RescueItem.objects.create(
        customer=globex, rescue_id=4, subject="", contact_name="Eve", joined=1, state="open",
        opened_at=MARCH,
    )  # fmt: skip
    everything = desk_client(mei).get(PAGE).content.decode()
    assert "Late, &lt;b&gt;as" in everything
    assert "A quick answer" in everything
    assert "Last month" not in everything
    assert "/at/acme/tickets/7/" in everything
    assert "/rescues/globex/4/" in everything

    def said(query: str) -> list[str]:
        asked, whole = months(mei, **dict(parse_qsl(query)))
        period = whole.periods[-1]
        _page, found = stream(user=mei, asked=asked, period=period, page=None, topics=[])
        return [one.item.words[:4] for one in found]

    speed = Topic.objects.get(name="Speed of our answers")
    for query in ("low=1", "customer=globex", f"topic={speed.pk}", "q=ever", "agent=none"):
        assert said(query) == ["Late"], query
    for query in ("low=0", "customer=acme", f"agent={ada.pk}", "q=QUICK", "topic=none"):
        assert said(query) == ["A qu"], query
    assert said("question=nps") == []


def test_the_export_holds_what_the_filters_leave_and_no_formula(
    mei: User, acme: Customer, globex: Customer, desk_client: DeskClient
) -> None:
    rated(acme, 2, MARCH, words="=HYPERLINK(1)", number=3, key="product")
    rated(globex, 5, MARCH)
    rows = list(csv.DictReader(io.StringIO(csv_of(desk_client, mei, "?customer=acme"))))
    assert [
        (row["customer"], row["ticket"], row["score"], row["low"], row["about"]) for row in rows
    ] == [
        ("acme", "ACME-3", "2", "true", "product"),
    ]
    assert rows[0]["words"] == "'=HYPERLINK(1)"
    assert len(csv_of(desk_client, mei).splitlines()) == 3


def test_scores_before_and_after_a_release_of_the_customers_it_reached(
    mei: User, acme: Customer, globex: Customer
) -> None:
    live = NINE - days(20)
    release = Release.objects.create(
        key="r", name="Spring", state="live", live_at=live, created_at=live, is_staged=True
    )
    ReleaseCustomer.objects.create(release=release, customer=acme)
    rated_often(acme, [1] * 30, live - days(5))
    rated_often(acme, [5] * 30, live + days(5))
    rated_often(acme, [3], live - days(40))
    rated_often(globex, [1] * 5, live + days(5))
    found = by_release(user=mei, asked=Asked(), release=release, weeks=4, now=NINE)
    assert (found.before.counts, found.after.counts) == ({1: 30, 5: 0}, {1: 0, 5: 30})
    context = page(user=mei, asked=Asked(), query={"release": "r", "weeks": "4"}, now=NINE)
    released = context["compared"]["released"]
    assert (released["before"].figure, released["after"].figure) == ("0 %", "100 %")
    assert released["after"].change == "better"


def test_scores_before_and_after_a_rescue_of_its_customer(
    mei: User, acme: Customer, globex: Customer
) -> None:
    opened, again = NINE - days(9), NINE - days(5)
    RescueItem.objects.create(
        customer=acme, rescue_id=1, subject="", contact_name="Uma", joined=1, state="asked",
        opened_at=opened, asked_at=again,
    )  # fmt: skip
    rated(acme, 1, opened)
    rated(acme, 2, opened - days(3))
    rated(acme, 3, opened + days(1))
    rated(acme, 5, again + hours(1))
    rated(globex, 4, again + hours(1))
    [one] = by_rescues(user=mei, asked=Asked(), since=opened, until=NINE, weeks=4)
    assert (one.compared.before.counts, one.compared.after.counts) == ({1: 1, 2: 1}, {5: 1})


def test_low_scores_and_complaints_become_a_request_once_in_a_quarter(
    pia: User, acme: Customer, globex: Customer, desk_client: DeskClient
) -> None:
    speed = Topic.objects.get(name="Speed of our answers")
    rated(acme, 1, MARCH, words="So slow", number=3)
    rated(globex, 2, FEBRUARY, words="等了三天")
    rated(acme, 5, MARCH, words="Not slow at all")
    rated(acme, 1, NINE - days(90), words="slow, a quarter ago")
    client = desk_client(pia)

    first = client.post(f"{PAGE}requests/", {"of": speed.pk, "span": "quarter"})
    rated(acme, 1, MARCH, words="Slow again")
    second = client.post(f"{PAGE}requests/", {"of": speed.pk})

    problem = Problem.objects.get()
    assert first["Location"] == second["Location"] == f"/problems/{problem.key}/#evidence"
    assert (problem.kind, problem.track) == ("request", "improve")
    assert problem.title == "Speed of our answers: low answers of Q1 2026"
    assert Evidence.objects.filter(problem=problem).count() == 3
    told = Event.objects.filter(problem=problem).order_by("pk").values_list("field", "new")
    assert list(told) == [("created", problem.title), ("evidence", "2"), ("evidence", "1")]
    shown = client.get(f"/problems/{problem.key}/").content.decode()
    assert "So slow" in shown
    assert "/at/acme/tickets/3/" in shown
    assert "等了三天" in shown


def test_words_of_evidence_are_for_who_serves_the_customer(
    pia: User, ada: User, acme: Customer, globex: Customer, desk_client: DeskClient
) -> None:
    rated(acme, 1, MARCH, key="product", words="Acme's own words")
    rated(globex, 1, MARCH, key="product", words="Globex's own words")
    rated(globex, 1, MARCH, words="about the service")
    made = improve(topic=None, quarter=NINE.date(), by=pia, now=NINE)
    assert (made.is_new, made.added) == (True, 2)
    globex.team = Team.objects.create(name="South")
    globex.save(update_fields=["team"])
    ada.serves_all = False
    ada.save(update_fields=["serves_all"])
    shown = desk_client(ada).get(f"/problems/{made.problem.key}/").content.decode()
    assert "Acme&#x27;s own words" in shown
    assert "Globex" not in shown
    assert "1 more answer" in shown


def test_where_nobody_complained_nothing_is_made(pia: User, desk_client: DeskClient) -> None:
    with pytest.raises(NothingToImprove):
        improve(topic=None, quarter=NINE.date(), by=pia, now=NINE)
    answer = desk_client(pia).post(f"{PAGE}requests/", {"of": "product"}, follow=True)
    assert "Nobody complained about it in that quarter." in answer.content.decode()
    assert not Problem.objects.exists()


def test_the_page_asks_as_often_for_many_customers_as_for_two(
    mei: User, acme: Customer, globex: Customer, desk_client: DeskClient
) -> None:
    client = desk_client(mei)

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as sent:
            assert client.get(PAGE).status_code == 200
        return len(sent)

    for customer in (acme, globex):
        rated_often(customer, [1, 5], MARCH, words="slow")
        rated_often(customer, [1, 5], FEBRUARY, words="slow")
    statements()
    few = statements()
    more = Customer.objects.bulk_create(
        Customer(
            code=f"many-{place}", name=f"Many {place}", schema_name=f"c_{900_000 + place}",
            plan=acme.plan, created_at=NINE, laid_at=NINE,
        )
        for place in range(100)
    )  # fmt: skip
    for customer in more:
        rated_often(customer, [1, 2, 5], MARCH, words="slow")
    assert statements() == few
    assert few <= 30


def test_a_change_is_told_on_the_page_only_where_it_is_one(
    mei: User, acme: Customer, desk_client: DeskClient
) -> None:
    rated_often(acme, [1] * 3, MARCH)
    rated_often(acme, [5] * 40, FEBRUARY)
    asked = asked_for({}, user=mei)
    card = page(user=mei, asked=asked, query={}, now=NINE)["cards"][0]["shown"]
    assert (card.figure, card.n, card.change, card.by) == ("0 %", 3, "too few to tell", "")
    rated_often(acme, [1] * 30, MARCH)
    card = page(user=mei, asked=asked, query={}, now=NINE)["cards"][0]["shown"]
    assert (card.change, card.by, card.before) == ("worse", "−100.0", "100 %")  # noqa: RUF001


def test_an_empty_time_says_what_comes_next(mei: User, desk_client: DeskClient) -> None:
    shown = desk_client(mei).get(PAGE).content.decode()
    assert "Nobody was asked, and nobody answered, in this period." in shown
    narrowed = desk_client(mei).get(f"{PAGE}?team=none").content.decode()
    assert "Take a filter away" in narrowed
