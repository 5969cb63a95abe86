"""The dashboards' pages: who sees them, that figures open what they count, files, bad addresses."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk.charts import columns, lines, ticks
from desk.dashboards import NAMES, Figure, asked_from, board
from desk.models import QueueItem
from servicedesk import zones
from servicedesk.dashboards import words
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import said
from tests.cast import NINE, hours, make_ticket
from tests.doors import Inside
from tests.figures.world import NOW, Staff, World, lay
from tickets import operations

MOST_STATEMENTS = 25
OF_OTHERS = ("per-ticket", "written", "cost", "agents")
"""Figures whose n is other than what they are taken of: minutes of tickets, say."""

LINK = re.compile(r'href="(/dashboards/[^"]+)"')


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town(acme: Customer, globex: Customer, ada: User, carl: User, mei: User) -> World:
    return lay(acme, globex, Staff(ada, carl, mei))


@pytest.fixture
def meis(console: ConsoleClient, mei: User) -> Client:
    return console(mei)


def rows_told(page: str) -> int:
    found = re.search(r'class="board-n">([\d,]+) row', page)
    assert found, page[-2000:]
    return int(found[1].replace(",", ""))


def links(page: str) -> set[str]:
    return {html.unescape(link) for link in LINK.findall(page)}


def csv_of(response: Any) -> list[list[str]]:
    text = (
        b"".join(response.streaming_content) if response.streaming else response.content
    ).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def _figures_open_as_many_rows_as_they_count(meis: Client, mei: User, town: World) -> None:
    """A count opens what it counts, everything else what it is taken of; a cell of a table, too."""
    asked = asked_from({"period": "30-days"}, today=timezone.localdate())
    opened = 0
    for name in NAMES:
        told = board(name, user=mei, asked=asked, now=NOW)
        page = said(meis.get(f"/dashboards/{name}/?compare=0"))
        for figure in told.figures:
            if not figure.rows or not figure.n or figure.name in OF_OTHERS:
                continue
            (link,) = [
                one
                for one in links(page)
                if urlsplit(one).path == f"/dashboards/{name}/{figure.rows}/" and "of=" not in one
            ]
            shown = said(meis.get(link))
            counted = figure.value if figure.unit == "count" else figure.n
            assert rows_told(shown) == counted, (name, figure.name)
            assert str(figure.definition) in html.unescape(shown)
            opened += 1
    assert opened >= 25


def test_pages_of_a_busy_town(town: World, meis: Client, mei: User) -> None:
    """Laid once for all that reads it."""
    _figures_open_as_many_rows_as_they_count(meis, mei, town)
    _what_is_asked_is_kept_in_every_link(meis, mei, town)
    _a_table_sorts_both_ways(meis, mei, town)
    _a_page_asks_so_often_and_no_more(meis, mei, town)
    _who_serves_nobody_counts_nothing(meis, mei, town)


def test_only_managers_see_them(
    console: ConsoleClient, carl: User, mei: User, oskar: User, acme: Customer
) -> None:
    for person, status in ((mei, 200), (carl, 403), (oskar, 403)):
        client = console(person)
        for path in ("", "dashboard.csv", "overdue/", "overdue/rows.csv", "tables/people/"):
            assert client.get(f"/dashboards/service-today/{path}").status_code == status, path
        first = client.get("/", follow=True)
        is_manager = status == 200
        assert ('href="/dashboards/load-and-cost/"' in said(first)) == is_manager
        assert (first.request["PATH_INFO"] == "/dashboards/service-today/") == is_manager
        assert "To be set up" in said(client.get("/start/"))


def _what_is_asked_is_kept_in_every_link(meis: Client, mei: User, town: World) -> None:
    team, plan = town.north.pk, town.gold.pk
    asked = f"period=this-month&team={team}&plan={plan}&region=%E5%8D%8E%E4%B8%9C&compare=0"
    for name in ("service-today", "load-and-cost"):
        page = said(meis.get(f"/dashboards/{name}/?{asked}"))
        kept = [parse_qs(urlsplit(link).query) for link in links(page) if "?" in link]
        assert len(kept) > 10
        for one in kept:
            assert (one["team"], one["plan"], one["region"]) == ([str(team)], [str(plan)], ["华东"])
        assert "team North, plan Gold, 华东" in page
    own = said(meis.get("/dashboards/satisfaction/?from=2026-03-02&to=2026-03-08&period=today"))
    assert "2 Mar 2026 – 8 Mar 2026 (UTC) · compared with 23 Feb 2026 – 1 Mar 2026" in own


def test_addresses_that_cannot_be_meant_are_answered_with_what_to_write(
    meis: Client, acme: Customer
) -> None:
    for asked, words_ in (
        ("from=2026-02-30", "Write a day of the calendar"),
        ("from=2026-03-09&to=2026-03-02", "The last day must not lie before the first"),
        ("period=fortnight", "There is no such period"),
        ("team=north", "Write its key"),
    ):
        answer = meis.get(f"/dashboards/service-today/?{asked}")
        assert answer.status_code == 400, asked
        assert words_ in html.unescape(said(answer))
    for path in (
        "overdue/",
        "tables/people/",
        "dashboard.csv",
        "dashboard.pdf",
        "overdue/rows.csv",
    ):
        assert meis.get(f"/dashboards/service-today/{path}?from=x").status_code == 400, path
    assert "You serve no customer of that code." in said(
        meis.get("/dashboards/customers/?customer=nobody")
    )
    for path in ("made-up/", "customers/made-up/", "customers/tables/made-up/",
                 "customers/made-up/rows.csv"):  # fmt: skip
        assert meis.get(f"/dashboards/{path}").status_code == 404


def test_nothing_is_no_percent(meis: Client, acme: Customer) -> None:
    for name in NAMES:
        page = said(meis.get(f"/dashboards/{name}/?from=2020-01-01&to=2020-01-07"))
        assert ">0 %" not in page, name
        assert "Nothing to count in this period." in page
        if name == "service-today":
            tile = page.partition('id="figure-first-reply"')[2].partition("</section>")[0]
            assert "Nothing to count in this period." in tile
    assert "Nothing to count in this period." in said(meis.get("/dashboards/service-today/opened/"))


def _a_page_asks_so_often_and_no_more(meis: Client, mei: User, town: World) -> None:
    paths = [f"/dashboards/{name}/" for name in NAMES]
    paths += ["/dashboards/service-today/first-reply/", "/dashboards/customers/tables/customers/"]
    asked = {}
    for path in paths:
        meis.get(path)
        with CaptureQueriesContext(connection) as statements:
            assert meis.get(path).status_code == 200
        # Taking up a login is the connection's, not the page's.
        told = [one["sql"] for one in statements.captured_queries]
        asked[path] = sum(not sql.startswith("SET ") for sql in told)
    print(asked)
    assert {path: many for path, many in asked.items() if many > MOST_STATEMENTS} == {}


def test_rows_and_figures_are_taken_along_as_csv_that_starts_no_formula(
    meis: Client, acme: Customer, mei: User, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        for subject in ("=cmd|' /C calc'!A0", "@SUM(1+1)", "Plain"):
            ticket = make_ticket(subject=subject)
            operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE + hours(1))
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(name="+Acme")

    rows = csv_of(meis.get("/dashboards/service-today/open/rows.csv"))
    whole = csv_of(meis.get("/dashboards/customers/dashboard.csv?compare=0"))

    subjects = {row[1] for row in rows[1:]}
    assert subjects == {"'=cmd|' /C calc'!A0", "'@SUM(1+1)", "Plain"}
    assert {row[2] for row in rows[1:]} == {"'+Acme"}
    cells = [cell for row in whole for cell in row]
    assert "'+Acme" in cells
    assert not [cell for cell in cells if cell[:1] in "=+@" and cell]
    (opened,) = [row for row in whole if row[:1] == ["Tickets opened"] and len(row) == 5]
    assert opened[1:4] == ["3", "count", "3"]
    assert opened[4].startswith("Tickets opened in the period")


def _a_table_sorts_both_ways(meis: Client, mei: User, town: World) -> None:
    page = said(meis.get("/dashboards/customers/"))
    sorts = [link for link in links(page) if "/tables/customers/" in link and "sort=-" in link]
    assert len(sorts) >= 4
    here = "/dashboards/customers/tables/customers/?sort="
    down, up = said(meis.get(f"{here}-opened")), said(meis.get(f"{here}opened"))
    assert 'aria-sort="descending"' in down
    assert 'aria-sort="ascending"' in up
    firms = [re.findall(r'<th scope="row">.*?>([^<]+)</a>', page) for page in (down, up)]
    assert firms[0] == firms[1][::-1]
    assert len(firms[0]) == 2


def test_addresses_of_rows_are_pages(meis: Client, acme: Customer) -> None:
    """`desk.dashboards` writes them as they are: apps below know no names of those above."""
    for path, name in (
        ("/dashboards/customers/", "dashboard"),
        ("/dashboards/customers/health/", "dashboard_rows"),
        ("/dashboards/customers/tables/customers/", "dashboard_table"),
    ):
        assert resolve(path, urlconf="servicedesk.urls_admin").url_name == name


def test_a_figure_says_how_it_moved_in_words() -> None:
    def told(value: Any, before: Any, unit: Any = "percent", better: Any = "up") -> Any:
        made = Figure("x", "X", value, unit, 9, "x", before=before, before_n=8, better=better)
        return words.moved(made)

    assert told(94, Decimal("91.9")) == ("▲", "2.1 points more: better", "good")
    assert told(90, 92) == ("▼", "2 points less: worse", "bad")
    assert told(3, 1, "count", "down") == ("▲", "2 more: worse", "bad")
    assert told(90, 150, "minutes", "down") == ("▼", "1 h less: better", "good")
    assert told(5, 4, "count", "") == ("▲", "1 more", "")
    assert told(5, 5, "count") == ("=", "as before", "")
    assert (told(None, 5), told(5, None)) == (None, None)
    assert words.value(Decimal("1234567.5"), "money") == "1,234,567.50"
    assert words.value(None, "percent") == "–"


def test_columns_fill_the_picture_and_lines_leave_gaps() -> None:
    low, high, none = columns(
        [("1", "1", [("good", 1)]), ("2", "4", [("good", 3), ("late", 1)]), ("3", "", [])]
    )
    drawn = lines(["a", "b", "c", "d"], [("now", [100, 50, None, 75])], most=100)

    assert [part.height for part in high.parts] == [102, 34]
    assert [part.height for part in low.parts] == [34]
    assert high.parts[0].y + high.parts[0].height == low.parts[0].y + low.parts[0].height == 156
    assert (none.parts, columns([])) == ([], [])
    (line,) = drawn.lines
    assert [stroke.count(",") for stroke in line.strokes] == [2], "none is drawn across a gap"
    assert len(line.marks) == 3
    assert [rung.label for rung in drawn.rungs] == ["0", "25", "50", "75", "100"]
    assert [ticks(most)[-1] for most in (0, 0.4, 3, 9, 47, 100)] == [1, 0.4, 3, 10, 60, 100]


def _who_serves_nobody_counts_nothing(meis: Client, mei: User, town: World) -> None:
    zones.use(zones.OWNER)
    User.objects.filter(pk=mei.pk).update(serves_all=False)
    Customer.objects.update(team=town.north)
    assert QueueItem.objects.exists()
    for name in NAMES:
        page = said(meis.get(f"/dashboards/{name}/"))
        assert "Globex" not in page
        assert "Acme" not in page
