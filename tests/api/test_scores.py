"""The scores for programs: newest first, of customers one serves, and of oneself."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Team, User
from customers.models import Customer
from servicedesk import zones
from tests.api.conftest import Ask
from tests.cast import NINE, hours
from tests.product.rated import rated

SCORES = "/api/v1/scores/"


def shown(answer: Any) -> list[tuple[str, int]]:
    assert answer.status_code == 200, answer.content
    return [(row["customer"], row["value"]) for row in answer.json()["results"]]


def test_a_row_says_who_said_what_of_whom(
    desk_api: Ask, ada: User, carl: User, mei: User, acme: Customer
) -> None:
    rated(acme, 2, NINE, number=7, words="Too slow", agent=carl)
    row = {
        "customer": "acme", "number": 7, "question": "service", "kind": "csat", "value": 2,
        "is_low": True, "words": "Too slow", "agent": carl.email,
        "answered_at": "2026-03-02T09:00:00Z",
    }  # fmt: skip
    assert desk_api(mei).get(SCORES).json() == {"results": [row], "next": None}
    assert desk_api(carl).get(SCORES).json()["results"] == [row]
    assert desk_api(ada).get(SCORES).json()["results"] == [row | {"agent": None}]


def test_pages_and_filters(desk_api: Ask, mei: User, acme: Customer, globex: Customer) -> None:
    for place in range(5):
        rated(acme, 5, NINE + hours(place))
    rated(globex, 1, NINE + hours(9))
    rated(globex, 9, NINE + hours(8), "nps", key="nps")
    program = desk_api(mei)
    first = program.get(SCORES, {"limit": 3})
    second = program.get(SCORES, {"limit": 3, "cursor": first.json()["next"]})
    last = program.get(SCORES, {"limit": 3, "cursor": second.json()["next"]})
    assert last.json()["next"] is None
    seen = [*shown(first), *shown(second), *shown(last)]
    assert seen == [("globex", 1), ("globex", 9), *[("acme", 5)] * 5]
    assert shown(program.get(SCORES, {"kind": "nps"})) == [("globex", 9)]
    assert shown(program.get(SCORES, {"is_low": "true"})) == [("globex", 1)]
    between = {"since": "2026-03-02T10:00Z", "until": "2026-03-02T12:00Z", "customer": "ACME"}
    assert shown(program.get(SCORES, between)) == [("acme", 5)] * 2


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "yesterday"}, "since"), ({"kind": "text"}, "kind"), ({"cursor": "x"}, "cursor"),
        ({"since": "2026-03-02T10:00Z", "until": "2026-03-01T10:00Z"}, "until"), ({"x": "1"}, "x"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_its_name(
    desk_api: Ask, mei: User, asked: dict[str, str], field: str
) -> None:
    answer = desk_api(mei).get(SCORES, asked)
    assert answer.status_code == 400
    assert field in str(answer.json())


def test_customers_one_does_not_serve_have_no_scores(
    desk_api: Ask, ada: User, acme: Customer, globex: Customer
) -> None:
    rated(acme, 5, NINE)
    rated(globex, 1, NINE)
    zones.use(zones.OWNER)
    globex.team = Team.objects.create(name="South")
    globex.save(update_fields=["team"])
    ada.serves_all = False
    ada.save(update_fields=["serves_all"])
    assert shown(desk_api(ada).get(SCORES)) == [("acme", 5)]
    assert desk_api(ada, scopes=["read_tickets"]).get(SCORES).status_code == 403
