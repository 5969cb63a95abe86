"""The queue for programs: what it shows, in which order, page by page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken, Team, User
from customers.models import Customer
from desk.models import QueueItem
from servicedesk import zones
from tests.api.conftest import Ask, Program
from tests.cast import NINE, days, make_staff, make_ticket, minutes
from tests.doors import Inside
from tickets.models import Contact

QUEUE = "/api/v1/queue/"


@pytest.fixture
def tickets(inside_acme: Inside, inside_globex: Inside) -> None:
    """Acme's tickets 1 to 3 and Globex's 1, as yet unjudged."""
    with inside_acme():
        for place in range(3):
            make_ticket(now=NINE + minutes(place), subject=f"Acme {place + 1}")
    with inside_globex():
        make_ticket(now=NINE + minutes(3), subject="Globex 1")


def _judge(code: str, number: int, **facts: Any) -> None:
    """Say of a row what the judge would say."""
    facts = {"is_judged": True, "next_due_kind": "first_response" if facts else "", **facts}
    zones.use(zones.OWNER)
    QueueItem.objects.filter(customer__code=code, number=number).update(**facts)


def _shown(program: Program, **asked: Any) -> list[tuple[str, int]]:
    answer = program.get(QUEUE, asked)
    assert answer.status_code == 200, answer.content
    return [(row["customer"], row["number"]) for row in answer.json()["results"]]


def test_a_row_says_what_an_agent_needs(tickets: None, desk_api: Ask, ada: User) -> None:
    _judge("acme", 1, next_due_at=NINE + minutes(60), owner=ada)

    rows = desk_api(ada).get(QUEUE).json()["results"]

    assert rows[-1] == {
        "customer": "acme",
        "number": 1,
        "subject": "Acme 1",
        "kind": "question",
        "state": "new",
        "priority": "normal",
        "is_vip": False,
        "owner": "ada@desk.test",
        "owner_name": "Ada Lind",
        "next_due_at": "2026-03-02T10:00:00Z",
        "next_due_kind": "first_response",
    }
    assert [rows[0][name] for name in ("owner", "next_due_at", "next_due_kind")] == [None] * 3


def test_unjudged_tickets_come_first_then_what_is_due_next(
    tickets: None, desk_api: Ask, ada: User
) -> None:
    _judge("acme", 1)
    _judge("acme", 2, next_due_at=NINE + minutes(90))
    _judge("globex", 1, next_due_at=NINE + minutes(60))

    expected = [("acme", 3), ("globex", 1), ("acme", 2), ("acme", 1)]
    assert _shown(desk_api(ada)) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_together_are_the_whole_queue_in_its_order(
    inside_acme: Inside, desk_api: Ask, ada: User, limit: int
) -> None:
    with inside_acme():
        for _ in range(8):
            make_ticket(now=NINE)
    for number, due in enumerate([None, 60, 60, None, 90, 60], start=1):
        _judge("acme", number, next_due_at=NINE + minutes(due) if due else None)
    zones.use(zones.OWNER)
    QueueItem.objects.update(updated_at=NINE)
    whole = _shown(desk_api(ada))
    assert len(whole) == 8

    program, paged, cursor = desk_api(ada), [], None
    for _ in range(8):
        asked = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = program.get(QUEUE, asked).json()
        paged += [(row["customer"], row["number"]) for row in page["results"]]
        assert len(page["results"]) <= limit
        cursor = page["next"]
        if cursor is None:
            break

    assert paged == whole


def test_filters_leave_what_they_name(tickets: None, desk_api: Ask, ada: User, mei: User) -> None:
    now = timezone.now()
    _judge("acme", 1, owner=ada, next_due_at=now - minutes(5))
    _judge("acme", 2, owner=mei, next_due_at=now + days(9), kind="fault")
    _judge("acme", 3, state="resolved", settled_at=now)
    program = desk_api(ada)

    assert _shown(program, customer="globex") == [("globex", 1)]
    assert _shown(program, customer="GLOBEX") == [("globex", 1)]
    assert _shown(program, owner="me") == [("acme", 1)]
    assert _shown(program, owner="Mei@desk.test") == [("acme", 2)]
    assert _shown(program, owner=str(mei.pk)) == [("acme", 2)]
    assert _shown(program, owner="none") == [("globex", 1)]
    assert _shown(program, kind="fault") == [("acme", 2)]
    assert _shown(program, state="resolved") == [("acme", 3)]
    assert _shown(program, due="overdue") == [("acme", 1)]
    later = (now + days(10)).isoformat()
    assert _shown(program, due=later) == [("acme", 1), ("acme", 2)]
    assert _shown(program, due=later, customer="acme", kind="fault") == [("acme", 2)]


def test_today_ends_at_the_persons_midnight(tickets: None, desk_api: Ask, ada: User) -> None:
    zones.use(zones.OWNER)
    User.objects.filter(pk=ada.pk).update(time_zone="Asia/Shanghai")
    with time_machine.travel(timezone.now(), tick=False):  # it may be midnight there just now
        today = timezone.localtime(timezone.now(), ZoneInfo("Asia/Shanghai"))
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        _judge("acme", 1, next_due_at=midnight - minutes(1))
        _judge("acme", 2, next_due_at=midnight)

        assert _shown(desk_api(ada), due="today") == [("acme", 1)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "many"),
        ("state", "sleeping"),
        ("kind", "riddle"),
        ("owner", "nobody@desk.test"),
        ("owner", "9" * 30),
        ("due", "soon"),
        ("due", "2026-02-30T10:00Z"),
        ("due", "2026-03-02T10:00"),
        ("cursor", "made-up"),
        ("cursor", ""),
        ("state", ""),
        ("kind", ["fault", "question"]),
        ("sate", "new"),
        ("customer", "a\0b"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(
    desk_api: Ask, ada: User, name: str, value: str | list[str]
) -> None:
    refused = desk_api(ada).get(QUEUE, {name: value})

    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    (error,) = refused.json()["errors"]
    assert error["field"] == name
    assert error["detail"]


def test_a_cursor_is_of_one_list_and_nobody_makes_one_up(
    tickets: None, desk_api: Ask, portal_api: Ask, ada: User, olga: Contact
) -> None:
    cursor = desk_api(ada).get(QUEUE, {"limit": 1}).json()["next"]
    refused = portal_api(olga).get("/api/v1/tickets/", {"cursor": cursor})
    assert refused.status_code == 400
    forged = desk_api(ada).get(QUEUE, {"cursor": cursor[:-1] + ("A" if cursor[-1] != "A" else "B")})
    assert forged.status_code == 400


def test_customers_one_does_not_serve_are_as_if_they_were_none(
    tickets: None, desk_api: Ask, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    sol = make_staff(name="Sol", email="sol@desk.test", serves_all=False, teams=[south])
    program = desk_api(sol)

    assert _shown(program) == [("globex", 1)]
    not_served = program.get(QUEUE, {"customer": "acme"})
    unknown = program.get(QUEUE, {"customer": "nobody"})
    assert not_served.json() == unknown.json() == {"results": [], "next": None}


def test_a_page_of_fifty_takes_six_statements_at_most(
    inside_acme: Inside, desk_api: Ask, acme: Customer, ada: User
) -> None:
    with inside_acme():
        for place in range(60):
            make_ticket(now=NINE + minutes(place))
    zones.use(zones.OWNER)
    team = Team.objects.create(name="North")
    nia = make_staff(name="Nia", email="nia@desk.test", serves_all=False, teams=[team])
    Customer.objects.filter(pk=acme.pk).update(team=team)
    program = desk_api(nia)

    first = _statements(program, {})
    assert len(first) <= 6, first
    asked = {"owner": "none", "customer": "acme", "state": "new", "due": "today"}
    assert len(_statements(program, asked)) <= 6
    assert len(program.get(QUEUE).json()["results"]) == 50


def _statements(program: Program, asked: dict[str, str]) -> list[str]:
    zones.use(zones.OWNER)
    ApiToken.objects.update(last_used_at=None)
    with CaptureQueriesContext(connection) as captured:
        assert program.get(QUEUE, asked).status_code == 200
    words = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in words if not sql.startswith(("SET ", "RESET ", "SELECT set_config"))]


def test_the_time_of_a_row_is_whole(tickets: None, desk_api: Ask, ada: User) -> None:
    due = NINE + minutes(60) + timedelta(microseconds=123_456)
    _judge("acme", 1, next_due_at=due)
    last = desk_api(ada).get(QUEUE).json()["results"][-1]
    assert datetime.fromisoformat(last["next_due_at"]) == due
