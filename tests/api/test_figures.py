"""The figures of the dashboards for programs."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.policy import Permission
from desk.dashboards import NAMES, asked_from, board
from tests.api.conftest import Ask
from tests.cast import days, make_ticket
from tests.doors import Inside
from tickets.operations import judge

FIGURES = "/api/v1/figures/service-today/"
WORDS = {"name", "value", "n", "definition", "rows"}


@pytest.mark.parametrize("dashboard", NAMES)
def test_each_dashboard_has_its_figures_and_each_its_rows(
    desk_api: Ask, mei: User, dashboard: str
) -> None:
    answer = desk_api(mei).get(f"/api/v1/figures/{dashboard}/", {"from": "2026-03-01",
                               "to": "2026-03-31", "region": "North"})  # fmt: skip
    assert answer.status_code == 200, answer.content
    asked = asked_from({"from": "2026-03-01", "to": "2026-03-31"}, today=date(2026, 3, 2))
    told = board(dashboard, user=mei, asked=asked, now=timezone.now())
    assert [row["name"] for row in answer.json()] == [one.name for one in told.figures]
    for row, figure in zip(answer.json(), told.figures, strict=True):
        assert row.keys() == WORDS
        assert row["definition"]
        assert row["rows"].startswith(f"http://admin.localhost:8000/dashboards/{dashboard}/")
        assert row["rows"].endswith("?from=2026-03-01&to=2026-03-31&region=North")
        assert f"/{dashboard}/{figure.rows}/?" in row["rows"]


def test_days_are_the_readers_and_the_last_30_without_any(
    desk_api: Ask, mei: User, inside_acme: Inside
) -> None:
    now = timezone.now()
    with inside_acme() as acme:
        for ago in (0, 29, 31):
            ticket = make_ticket(now=now - days(ago))
            judge(customer=acme, ticket_id=ticket.pk, now=now, quiet=True)
    told = {row["name"]: row for row in desk_api(mei).get(FIGURES).json()}
    assert (told["opened"]["value"], told["open"]["value"]) == (2, 3)
    only = desk_api(mei).get(FIGURES, {"customer": "globex"}).json()
    assert {row["value"] for row in only} <= {0, None}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"from": "2026-02-30"}, "from"), ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"team": "north"}, "team"), ({"customer": "a b"}, "customer"), ({"x": "1"}, "x"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_refused_by_its_name(
    desk_api: Ask, mei: User, said: dict[str, str], field: str
) -> None:
    answer = desk_api(mei).get(FIGURES, said)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["detail"]


def test_only_who_may_see_the_service(desk_api: Ask, mei: User, ada: User) -> None:
    assert desk_api(ada).get(FIGURES).status_code == 403
    assert desk_api(mei, [Permission.READ_TICKETS]).get(FIGURES).status_code == 403
    assert desk_api(mei).get("/api/v1/figures/weather/").status_code == 404
