"""A vendor's build pipeline announces what went live, and looks what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from customers.models import Customer
from desk.models import Due
from followups.operations.telling import tell
from product.models import Problem, Release
from product.operations.problems import make_problem, merge_problems
from tests.api.conftest import Ask
from tests.cast import NINE, make_staff, make_ticket
from tests.doors import Inside
from tickets.operations.reporting import report

RELEASES = "/api/v1/releases/"
AUTUMN: dict[str, Any] = {
    "key": "autumn",
    "version": "4.2",
    "notes": {"en": "Exports are whole.", "zh-hans": "导出已完整。"},
    "problems": ["EXPORT-1"],
}
NONE_YET = dict.fromkeys(
    ("customers", "people", "sent", "delivered", "read", "confirmed", "not_working", "bounced",
     "dead", "left_out"), 0,
)  # fmt: skip


@pytest.fixture
def problem(pia: User) -> Problem:
    return make_problem(key="EXPORT-1", title="Exports lose their last line", by=pia, now=NINE)


def test_a_release_is_planned_and_nobody_hears_of_it(
    desk_api: Ask, pia: User, problem: Problem
) -> None:
    program = desk_api(pia)

    made = program.send(RELEASES, AUTUMN)

    assert made.status_code == 201
    assert made["Location"] == f"{RELEASES}autumn/"
    shown = {"name": "4.2", "state": "planned", "live_at": None, "counts": NONE_YET}
    assert made.json().items() >= (AUTUMN | shown).items()
    assert program.get(made["Location"]).json() == made.json()
    assert not Due.objects.exists()


def test_a_pipeline_announces_and_looks_what_became_of_it(
    desk_api: Ask, ada: User, pia: User, problem: Problem, acme: Customer, inside_acme: Inside
) -> None:
    with inside_acme():
        report(ticket=make_ticket(), problem=problem, by=ada, now=NINE)
    program = desk_api(pia, ["see_problems", "publish_releases"])
    planned = program.send(RELEASES, AUTUMN, key="build 7").json()
    assert planned["counts"] == NONE_YET | {"customers": 1, "people": 1}

    first = program.send(f"{RELEASES}autumn/go-live/", None, key="build 7 live")
    again = program.send(f"{RELEASES}autumn/go-live/", None, key="build 7 live")
    bare = program.post(f"{RELEASES}autumn/go-live/")

    assert [one.status_code for one in (first, again, bare)] == [201, 201, 201]
    assert first.json()["state"] == "live"
    assert again.json() == bare.json() == first.json()
    release = Release.objects.get()
    assert (release.published_by, release.live_at is not None) == (pia, True)
    due = Due.objects.get(kind=Due.Kind.RELEASE)
    with inside_acme():
        tell(customer=acme, release_id=due.row_id, now=NINE)
    counts = program.get(f"{RELEASES}autumn/").json()["counts"]
    assert counts == NONE_YET | {"customers": 1, "people": 1, "sent": 1}


def test_a_merged_problem_stands_for_the_other(desk_api: Ask, pia: User, problem: Problem) -> None:
    twin = make_problem(key="twin", title="The last row", by=pia, now=NINE)
    merge_problems(problem=twin, into=problem, by=pia, now=NINE)
    sent = AUTUMN | {"problems": ["twin", "EXPORT-1"]}
    assert desk_api(pia).send(RELEASES, sent).json()["problems"] == ["EXPORT-1"]


def test_unknown_problems_are_named_and_nothing_is_kept(
    desk_api: Ask, pia: User, problem: Problem
) -> None:
    sent = AUTUMN | {"problems": ["EXPORT-1", "gone"]}

    refused = desk_api(pia).send(RELEASES, sent)

    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == "problems.1"
    assert "gone" in error["detail"]
    assert not Release.objects.exists()


def test_a_key_is_one_release_s(desk_api: Ask, pia: User) -> None:
    program = desk_api(pia)
    assert program.send(RELEASES, {"key": "bare"}).json()["name"] == "bare"

    refused = program.send(RELEASES, {"key": "bare"})

    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:servicedesk:problem:key-taken"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "a b"}, "key"),
        ({"notes": {"en": 7}}, "notes.en"),
        ({"notes": {"zh-hans": ["x"]}}, "notes.zh-hans"),
        ({"problems": "EXPORT-1"}, "problems"),
        ({"version": "x" * 41}, "version"),
    ],
)
def test_what_is_wrong_is_named(
    desk_api: Ask, pia: User, wrong: dict[str, Any], field: str
) -> None:
    refused = desk_api(pia).send(RELEASES, AUTUMN | {"problems": []} | wrong)

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_releases_are_listed_newest_first(desk_api: Ask, ada: User, pia: User) -> None:
    for key in "abc":
        desk_api(pia).send(RELEASES, {"key": key})
    program = desk_api(ada)

    first = program.get(RELEASES, {"limit": 2}).json()
    rest = program.get(RELEASES, {"limit": 2, "cursor": first["next"]}).json()

    keys = [[row["key"] for row in page["results"]] for page in (first, rest)]
    assert keys == [["c", "b"], ["a"]]


def test_going_live_without_a_word_is_refused_and_a_missing_language_is_counted(
    desk_api: Ask, ada: User, pia: User, problem: Problem, inside_acme: Inside
) -> None:
    with inside_acme():
        report(ticket=make_ticket(), problem=problem, by=ada, now=NINE)
    program = desk_api(pia)
    program.send(RELEASES, {"key": "mute", "problems": ["EXPORT-1"]})
    half = AUTUMN | {"notes": {"zh-hans": "导出已完整。"}}

    refused = program.post(f"{RELEASES}mute/go-live/")

    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["field"], "/releases/mute/" in error["detail"]) == ("notes", True)
    assert not Due.objects.filter(kind=Due.Kind.RELEASE).exists()
    assert program.send(RELEASES, half).json()["notes_missing"] == {"en": 1}
    assert program.send(f"{RELEASES}autumn/go-live/", None).status_code == 201


def test_only_who_may_publish_does(desk_api: Ask, pia: User) -> None:
    desk_api(pia).send(RELEASES, {"key": "autumn"})
    path = f"{RELEASES}autumn/go-live/"

    unscoped = desk_api(pia, ["see_problems"]).post(path)
    con = make_staff(name="Con", email="con@desk.test", role="product_manager")
    program = desk_api(con, ["publish_releases"])
    User.objects.filter(pk=con.pk).update(role="agent")
    unentitled = program.post(path)

    assert (unscoped.status_code, unentitled.status_code) == (403, 403)
    assert unscoped.json()["scope"] == unentitled.json()["scope"] == "publish_releases"
    assert Release.objects.get().state == "planned"
    assert desk_api(pia).post(f"{RELEASES}none/go-live/").status_code == 404
