"""Programs of staff make problems and say which tickets belong to them."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Team, User
from customers.models import Customer
from product.models import Event, Problem, ReportItem
from product.operations.problems import make_problem, merge_problems
from tests.api.conftest import Ask
from tests.cast import NINE, make_staff, make_ticket
from tests.doors import Inside
from tickets.models import Contact, Report
from tickets.operations.reporting import unreport

PROBLEMS = "/api/v1/problems/"
EXPORT = {"key": "EXPORT-1", "title": "Exports lose their last line", "class": "technical"}
ONE = {"customer": "acme", "number": 1}


@pytest.fixture
def problem(pia: User) -> Problem:
    return make_problem(key="EXPORT-1", title="Exports lose their last line", by=pia, now=NINE)


def test_a_problem_is_made_under_a_key_of_ones_own(desk_api: Ask, ada: User) -> None:
    program = desk_api(ada)

    made = program.send(PROBLEMS, EXPORT)

    assert made.status_code == 201
    assert made["Location"] == f"{PROBLEMS}EXPORT-1/"
    assert made.json().items() >= {**EXPORT, "state": "open", "owner": None}.items()
    assert made.json()["counts"] == {"tickets": 0, "customers": 0, "people": 0}
    assert program.get(made["Location"]).json() == made.json()
    assert Event.objects.get(problem__key="EXPORT-1").by == ada


def test_without_a_class_it_waits_for_triage(desk_api: Ask, ada: User) -> None:
    sent = {"key": "A", "title": "It smokes"}
    assert desk_api(ada).send(PROBLEMS, sent).json()["class"] == ""


def test_a_key_that_is_taken_is_a_409_that_says_so(
    desk_api: Ask, ada: User, problem: Problem
) -> None:
    refused = desk_api(ada).send(PROBLEMS, EXPORT)

    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:servicedesk:problem:key-taken"
    assert "taken" in refused.json()["detail"]


def test_the_same_request_again_is_the_same_problem(desk_api: Ask, ada: User) -> None:
    program = desk_api(ada)

    first, again = (program.send(PROBLEMS, EXPORT, key="build 7") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert Problem.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "no spaces"}, "key"),
        ({"key": "-x"}, "key"),
        ({"key": "x" * 41}, "key"),
        ({"key": "x\n"}, "key"),
        ({"key": ""}, "key"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"class": "odd"}, "class"),
    ],
)
def test_what_is_wrong_is_named(
    desk_api: Ask, ada: User, wrong: dict[str, str], field: str
) -> None:
    refused = desk_api(ada).send(PROBLEMS, EXPORT | wrong)

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert not Problem.objects.exists()


def test_problems_are_listed_newest_first_and_filtered(desk_api: Ask, ada: User, pia: User) -> None:
    made = [
        make_problem(key=key, title=key, kind=kind, by=pia, now=NINE)
        for key, kind in (("a", "usage"), ("b", "request"), ("c", "usage"), ("d", ""))
    ]
    merge_problems(problem=made[3], into=made[2], by=pia, now=NINE)
    program = desk_api(ada)

    def keys(**asked: Any) -> list[str]:
        return [row["key"] for row in program.get(PROBLEMS, asked).json()["results"]]

    assert keys() == ["c", "b", "a"]
    assert keys(**{"class": "usage"}) == ["c", "a"]
    assert keys(state="merged") == ["d"]
    assert program.get(f"{PROBLEMS}d/").json()["merged_into"] == "c"
    first = program.get(PROBLEMS, {"limit": 2}).json()
    assert keys(limit=2, cursor=first["next"]) == ["a"]
    assert program.get(PROBLEMS, {"kind": "usage"}).status_code == 400


def test_tickets_of_several_customers_are_counted(
    desk_api: Ask, ada: User, problem: Problem, eve: Contact, inside_acme: Inside,
    inside_globex: Inside,
) -> None:  # fmt: skip
    with inside_acme():
        make_ticket()
        make_ticket()
    with inside_globex():
        make_ticket()
    program = desk_api(ada)

    for customer, number in (("acme", 1), ("acme", 2), ("globex", 1)):
        sent = {"customer": customer, "number": number}
        made = program.send(f"{PROBLEMS}EXPORT-1/reports/", sent)
        assert made.status_code == 201
        assert made.json().items() >= {"problem": "EXPORT-1", **sent}.items()

    shown = program.get(f"{PROBLEMS}EXPORT-1/").json()
    assert shown["counts"] == {"tickets": 3, "customers": 2, "people": 2}
    assert program.get(PROBLEMS).json()["results"] == [shown]


def test_the_same_ticket_again_is_the_same_link(
    desk_api: Ask, ada: User, problem: Problem, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket()
    program, path = desk_api(ada), f"{PROBLEMS}EXPORT-1/reports/"

    said = [program.send(path, ONE, key=key) for key in ("", "", "k", "k")]

    assert {answer.status_code for answer in said} == {201}
    assert all(answer.json() == said[0].json() for answer in said)
    assert ReportItem.objects.count() == 1
    with inside_acme():
        assert Report.objects.get().linked_by == ada
        assert ticket.notes.filter(field="problem").count() == 1
        unreport(ticket=ticket, problem=problem, by=ada, now=NINE)
    assert program.send(path, ONE, key="k").status_code == 409


def test_a_merged_problem_hands_its_report_on(
    desk_api: Ask, ada: User, pia: User, problem: Problem, inside_acme: Inside
) -> None:
    twin = make_problem(key="twin", title="The last row", by=pia, now=NINE)
    merge_problems(problem=twin, into=problem, by=pia, now=NINE)
    with inside_acme():
        make_ticket()

    made = desk_api(ada).send(f"{PROBLEMS}twin/reports/", ONE)

    assert made.json()["problem"] == "EXPORT-1"
    assert problem.reports.count() == 1


def test_a_ticket_that_is_not_there_or_not_served_is_named(
    desk_api: Ask, problem: Problem, acme: Customer, inside_acme: Inside
) -> None:
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    sol = make_staff(name="Sol", email="sol@desk.test", serves_all=False, teams=[south])
    path = f"{PROBLEMS}EXPORT-1/reports/"
    with inside_acme():
        make_ticket()
    stranger = desk_api(sol)

    unserved = stranger.send(path, ONE)
    unknown = stranger.send(path, ONE | {"customer": "nobody"})

    assert (unserved.status_code, unknown.status_code) == (422, 422)
    said = [answer.content.decode() for answer in (unserved, unknown)]
    assert said[0] == said[1].replace("nobody", "acme")
    assert unserved.json()["errors"][0]["field"] == "customer"
    assert not ReportItem.objects.exists()


def test_a_number_that_is_not_there_is_named(desk_api: Ask, ada: User, problem: Problem) -> None:
    program, path = desk_api(ada), f"{PROBLEMS}EXPORT-1/reports/"
    refused = program.send(path, ONE)

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["number"]
    assert program.send(f"{PROBLEMS}none/reports/", ONE).status_code == 404
    assert program.get(f"{PROBLEMS}none/").status_code == 404
