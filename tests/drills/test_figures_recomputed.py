"""Every dashboard over an imported sample, 397 customers and 4,580 tickets, as plain SQL says.

The log has no low scores, releases or time: those are compared in the suite, in a small world
(tests/figures). Here time is written on every ninth ticket, and some customers get facts to be
filtered by.
"""

from __future__ import annotations

import os
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Team, User
from customers.models import Customer, Plan
from desk.dashboards import NAMES, Asked, figures
from desk.models import ClockItem, Rate
from tests.figures import oracle
from tests.figures.test_oracle import differences
from tests.living import Live

pytestmark = [pytest.mark.drill, pytest.mark.timeout(2400)]

NAME = "ticket_logs/italian_helpdesk_21348.csv.gz"
TIME = """
INSERT INTO "{s}".tickets_timespent (ticket_id, staff_id, staff_name, role, minutes, spent_at,
  words, is_suggested)
SELECT id, NULL, 'Somebody', CASE id %% 3 WHEN 0 THEN 'agent' WHEN 1 THEN 'consultant' ELSE '' END,
  5 + id %% 50, opened_at + interval '2 hours', '', id %% 2 = 0
FROM "{s}".tickets_ticket WHERE number %% 9 = 1
"""


def sample() -> Path:
    path = Path(os.environ.get("SAMPLES") or "nowhere", NAME)
    if not path.is_file():
        pytest.skip(f"SAMPLES names no folder with {NAME}")
    return path


def imported(tmp_path: Path) -> tuple[Team, Plan]:
    """All tickets, with some time and some facts."""
    call_command(
        "import_tickets", sample(), map=Path("imports/italian_helpdesk.toml"), bad=tmp_path / "bad"
    )
    for day, cost in ((date(2010, 1, 1), 50), (date(2012, 6, 1), 61)):
        Rate.objects.create(role="agent", from_on=day, per_hour=cost)
    team, plan = Team.objects.create(name="North"), Plan.objects.create(code="gold", value=990)
    thirds = [customer for customer in Customer.objects.order_by("pk") if customer.pk % 3 == 0]
    Customer.objects.filter(pk__in=[one.pk for one in thirds]).update(
        team=team, plan=plan, region="North"
    )
    with connection.cursor() as cursor:
        for schema in Customer.objects.live().values_list("schema_name", flat=True):
            cursor.execute(TIME.format(s=schema), [])
    return team, plan


@pytest.mark.real_logins
def test_every_figure_of_the_sample_is_what_plain_sql_says(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By commits: one transaction would hold locks on 397 schemas."""
    mei = User.objects.get(email="mei@desk.test")
    team, plan = imported(tmp_path)
    every = ClockItem.objects.filter(kind="first_response").order_by("started_at")
    first, last = (
        rows.values_list("started_at", flat=True)[0] for rows in (every, every.reverse())
    )
    one = Customer.objects.get(pk=every.reverse()[0].customer_id)
    spans: list[tuple[date, date]] = [
        (first.date(), last.date()),
        (date(last.year, 1, 1), date(last.year, 3, 1)),
        (date(last.year - 1, 10, 31), date(last.year - 1, 11, 1)),
    ]
    wrong, compared, spent = [], 0, 0.0
    for since, until in spans:
        for zone, wanted, facts in (
            ("UTC", {}, {}), ("Asia/Shanghai", {"team": team.pk}, {"team_id": team.pk}),
            ("Europe/Rome", {"plan": plan.pk}, {"plan_id": plan.pk}),
            ("UTC", {"customer": one.pk}, {"id": one.pk}),
            ("America/New_York", {"region": "North"}, {"region": "North"}),
        ):  # fmt: skip
            asked = Asked(since, until, compare=True, **wanted)
            wrong += _compared(mei, asked, zone, timezone.now(), facts)
            compared += len(NAMES)
            spent = max(spent, _slowest(mei, asked))
    with capsys.disabled():
        found = every.count(), Customer.objects.live().count()
        print(
            f"\n{compared} dashboards of {found[0]:,} tickets of {found[1]} customers, with the"
            f" periods before: {len(wrong)} differences; the slowest took {spent:.0f} ms"
        )
    assert wrong == []
    assert found[0] > 4_500


def _compared(
    mei: User, asked: Asked, zone: str, now: datetime, facts: dict[str, Any]
) -> list[str]:
    return [
        each
        for name in NAMES
        for each in differences(name, user=mei, asked=asked, zone=zone, now=now, **facts)
    ]


def _slowest(mei: User, asked: Asked) -> float:
    """Milliseconds of the slowest dashboard."""
    spent = []
    for name in NAMES:
        started = time.perf_counter()
        figures(name, user=mei, asked=asked, now=timezone.now())
        spent.append((time.perf_counter() - started) * 1000)
    return max(spent)


def test_the_oracle_knows_every_dashboard() -> None:
    assert tuple(oracle.EVERY) == NAMES
