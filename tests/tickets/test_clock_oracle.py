"""Real spans between a question and its answer, counted by somebody else."""

import csv
import json
import os
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tickets.clock import Calendar, business_seconds, due_at

Ranges = tuple[tuple[time, time], ...]

SHANGHAI = "Asia/Shanghai"
STRAIGHT: Ranges = ((time(9), time(18)),)
WITH_LUNCH: Ranges = ((time(9), time(12)), (time(13, 30), time(18)))

pytestmark = pytest.mark.samples


@pytest.fixture(scope="module")
def samples() -> Path:
    folder = os.environ.get("SAMPLES", "")
    if not folder or not Path(folder, "chinese").is_dir() or not Path(folder, "holidays").is_dir():
        pytest.skip("SAMPLES names no folder with chinese/ and holidays/")
    return Path(folder)


def china(samples: Path, hours: Ranges) -> Calendar:
    """Monday to Friday, official days off closed, make-up working days open."""
    days: dict[date, Ranges] = {}
    for year in sorted((samples / "holidays" / "holiday-cn").glob("20*.json")):
        for day in json.loads(year.read_text())["days"]:
            days[date.fromisoformat(day["date"])] = () if day["isOffDay"] else hours
    return Calendar(SHANGHAI, (*[hours] * 5, (), ()), days)


@pytest.mark.parametrize(
    ("column", "hours"),
    [
        ("biz_seconds_0900_1800", STRAIGHT),
        ("biz_seconds_0900_1200_1330_1800", WITH_LUNCH),
    ],
)
def test_every_span_is_what_the_oracle_says(samples: Path, column: str, hours: Ranges) -> None:
    calendar = china(samples, hours)
    oracle = samples / "chinese" / "oracle_china_business_seconds_dev.csv"
    with oracle.open(newline="") as lines:
        rows = list(csv.DictReader(lines))

    wrong = []
    for row in rows:
        asked, replied = (
            datetime.fromisoformat(row[name]).replace(tzinfo=ZoneInfo(SHANGHAI))
            for name in ("asked_at", "replied_at")
        )
        counted = business_seconds(start=asked, end=replied, calendar=calendar)
        due = due_at(start=asked, seconds=counted, calendar=calendar)
        if counted != int(row[column]) or due > replied:
            wrong.append((row["ticket_no"], counted, row[column]))

    assert len(rows) > 1000
    assert wrong == []
