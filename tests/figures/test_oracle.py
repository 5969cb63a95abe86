"""Every figure of every dashboard against plain SQL over customers' schemas.

The world is laid once for all that reads it: laying it takes longer than asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk.dashboards import NAMES, Asked, asked_from, board, figures, lines, rows_of
from desk.dashboards.firms import formula
from desk.dashboards.health import WEIGHTS
from desk.dashboards.shapes import MadeRows, Row
from desk.figures import Ended, step_time
from servicedesk import zones
from tests.cast import days
from tests.figures import oracle
from tests.figures.world import NOW, Staff, World, lay

MOST_STATEMENTS = 25
LATER = NOW + days(70)
"""When customers have been silent, and what was late is later still."""


@pytest.fixture
def town(acme: Customer, globex: Customer, ada: User, carl: User, mei: User) -> World:
    return lay(acme, globex, Staff(ada, carl, mei))


def asked_by(address: str, zone: str, now: datetime = NOW) -> Asked:
    said = dict(part.split("=") for part in address.split("&"))
    with timezone.override(zone):
        return asked_from(said, today=timezone.localtime(now).date())


def differences(
    name: str, *, user: User, asked: Asked, zone: str, now: datetime = NOW, **wanted: Any
) -> list[str]:
    """Where a dashboard says something else than plain SQL, of this period and the one before."""
    with timezone.override(zone):
        told = {one.name: one for one in figures(name, user=user, asked=asked, now=now)}
    wrong = []
    for period, is_past in ((asked, False), (asked.before(), True)):
        if is_past and not asked.compare:
            continue
        question = oracle.question(period.since, period.until, zone=zone, now=now, **wanted)
        truth = oracle.EVERY[name](question)
        assert truth.keys() == told.keys()
        for key in truth.keys() - (oracle.OF_NOW if is_past else set()):
            one = told[key]
            said = (one.before, one.before_n) if is_past else (one.value, one.n)
            if said != truth[key]:
                wrong.append(f"{name} {key} {period.since}: {said}, plain SQL {truth[key]}")
    return wrong


def questions(town: World) -> Iterator[tuple[Asked, str, datetime, dict[str, Any]]]:
    """Periods, zones and times, and what the same filter is in the row of a customer."""
    for address, zone, now, wanted in (
        ("period=30-days&compare=1", "UTC", NOW, {}),
        ("from=2026-03-10&to=2026-03-10&compare=1", "Asia/Shanghai", NOW, {}),
        ("from=2026-03-09&to=2026-03-09", "Asia/Shanghai", NOW, {}),
        ("from=2026-04-01&to=2026-04-03&compare=1", "UTC", LATER, {}),  # weeks lie between both
        ("from=2026-03-01&to=2026-03-31&compare=1", "Europe/Berlin", LATER, {}),
        (f"period=30-days&team={town.north.pk}", "UTC", NOW, {"team_id": town.north.pk}),
        ("period=30-days&plan=gold", "UTC", LATER, {"plan_id": town.gold.pk}),
        ("period=this-month&customer=globex&compare=1", "UTC", NOW, {"id": town.globex.pk}),
        ("period=this-quarter&region=华东", "Asia/Shanghai", NOW, {"region": "华东"}),
    ):
        yield asked_by(address, zone, now), zone, now, wanted


def test_every_figure_is_what_plain_sql_says(
    town: World, mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = []
    for asked, zone, now, wanted in questions(town):
        for name in NAMES:
            wrong += differences(name, user=mei, asked=asked, zone=zone, now=now, **wanted)
    assert wrong == []
    _has_every_kind_of_row(mei)
    _finds_a_figure_that_counts_otherwise(mei, monkeypatch)
    _has_its_rows_and_tables(mei)
    _tells_of_customers_somebody_serves_alone(town, mei)


def _has_every_kind_of_row(mei: User) -> None:
    """Else nothing would be compared with nothing."""
    told = {
        (name, one.name): one.value
        for now in (LATER, NOW)
        for name in NAMES
        for one in figures(name, user=mei, asked=asked_by("period=30-days", "UTC"), now=now)
        if one.value or now == LATER
    }
    assert [key for key, value in told.items() if not value] == []


def _finds_a_figure_that_counts_otherwise(mei: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: a promise kept late is taken for kept, or one given a new time is."""
    asked = asked_by("period=30-days", "UTC")
    for named, otherwise in (
        ("desk.dashboards.today.IN_TIME", Q(ended_at__isnull=False)),
        (
            "desk.dashboards.counting.good",
            lambda window: Q(ended_at__gte=window.since, ended_at__lt=window.until),
        ),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(named, otherwise)
            assert differences("service-today", user=mei, asked=asked, zone="UTC") != []
    assert differences("service-today", user=mei, asked=asked, zone="UTC") == []


def _asks_25_things_at_most(mei: User) -> None:
    asked = asked_by("period=year&compare=1", "UTC")
    for name in NAMES:
        with CaptureQueriesContext(connection) as captured:
            board(name, user=mei, asked=asked, now=NOW)
        assert 3 < len(captured.captured_queries) <= MOST_STATEMENTS, name


def _tells_of_customers_somebody_serves_alone(town: World, mei: User) -> None:
    mei.serves_all = False
    asked = asked_by("period=30-days", "UTC")
    for name in NAMES:
        assert differences(name, user=mei, asked=asked, zone="UTC", teams=[0]) == []
    Customer.objects.filter(pk=town.globex.pk).update(suspended_at=NOW)
    told = figures("customers", user=mei, asked=asked, now=NOW)
    assert told[0].value == 0
    mei.serves_all = True  # of everybody's the suspended ones are left out
    compared = asked_by("period=30-days&compare=1", "UTC")
    for name in NAMES:
        assert differences(name, user=mei, asked=compared, zone="UTC") == []


def _has_its_rows_and_tables(mei: User) -> None:
    """By the desk's login, as pages ask."""
    facts: dict[str, Any] = {"user": mei, "now": NOW}
    facts["asked"] = asked_by("from=2026-02-20&to=2026-03-31", "UTC")
    zones.use(zones.DESK)
    _asks_25_things_at_most(mei)
    _rows_are_as_many_as_a_figure_says(facts)
    _rows_are_as_many_as_a_cell_says(facts)
    _tables_sum_up_to_figures(facts)
    _steps_last_as_long_as_their_spans(facts)
    zones.use(zones.OWNER)


def _rows_are_as_many_as_a_figure_says(facts: dict[str, Any]) -> None:
    for name in NAMES:
        for figure in board(name, **facts).figures:
            page = Paginator(rows_of(name, figure.rows, **facts), 50).get_page(1)
            many = page.paginator.count
            if figure.name not in ("per-ticket", "written", "cost", "agents"):
                counted = figure.value if figure.unit == "count" else figure.n
                assert many == counted, (name, figure.name)
            drawn = lines(name, figure.rows, page, **facts)
            assert len(drawn) == min(many, 50)
            assert all(one.href and one.subject for one in drawn), (name, figure.name)


def _rows_are_as_many_as_a_cell_says(facts: dict[str, Any]) -> None:
    cells = [
        (name, cell)
        for name in NAMES
        for table in board(name, **facts).tables
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
        if cell.rows and column.unit == "count"
    ]
    assert len(cells) > 40
    for name, cell in cells:
        found = rows_of(name, cell.rows, chosen=cell.of, **facts)
        assert len(found) == cell.value, (name, cell)


def _tables_sum_up_to_figures(facts: dict[str, Any]) -> None:
    boards = {name: board(name, **facts) for name in NAMES}

    def column(name: str, table: str, at: int) -> list[Any]:
        return [row.cells[at] for row in boards[name].table(table).rows]

    def sums(figure: str, *at: Any, of: Callable[[Any], Any] = lambda one: one.value) -> None:
        assert sum(of(one) for one in column(*at)) == of(boards[at[0]].figure(figure)), (figure, at)

    sums("open", "service-today", "people", 0)
    sums("overdue", "service-today", "people", 1)
    sums("promises-kept", "service-today", "people", 2, of=lambda one: one.n)
    sums("first-reply", "service-today", "people", 3, of=lambda one: one.n)
    for table in ("customers", "consultants"):
        sums("csat", "satisfaction", table, 0, of=lambda one: one.n)
        sums("low", "satisfaction", table, 2)
        sums("response", "satisfaction", table, 3, of=lambda one: one.n)
    sums("cost", "load-and-cost", "customers", 0)
    sums("cost", "load-and-cost", "roles", 1)
    sums("worth", "load-and-cost", "customers", 1)
    for table, place in (("people", 1), ("consultants", 3), ("roles", 0), ("customers", 3)):
        sums("minutes", "load-and-cost", table, place)
    sums("opened", "customers", "customers", 3)
    sums("opened", "customers", "branches", 3)
    sums("customers", "customers", "stages", 0)


def _steps_last_as_long_as_their_spans(facts: dict[str, Any]) -> None:
    """The database adds spans up as `step_time` does."""
    steps = board("service-today", **facts).table("steps").rows
    for row in steps:
        clocks = rows_of("service-today", "steps", chosen=row.key, **facts)
        time = step_time(Ended(None, None, one.stands, spans=one.spans) for one in clocks)
        assert row.cells[0].value == (time.seconds // 60 if time else None), row.key
    assert sum(row.cells[0].value or 0 for row in steps) > 0


def test_only_rows_that_are_read_are_made() -> None:
    made: list[int] = []

    def row(n: int) -> Row:
        made.append(n)
        return Row(str(n), str(n), [])

    rows = MadeRows(range(1000), row)
    assert len(rows) == 1000
    assert [one.key for one in rows[:2]] == ["0", "1"]
    assert made == [0, 1]
    assert [one.key for one in rows][-1] == rows[-1].key == "999"


def test_the_definition_of_health_says_the_formula() -> None:
    words = str(formula())
    for weight in WEIGHTS:
        assert f"{weight.each} " in words
        assert f"({weight.most}" in words or f"{weight.most} " in words, weight.key
