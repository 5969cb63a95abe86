"""8,627 rated contacts and 12,000 Chinese comments as answers: every figure as pandas counts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Team, User
from desk.models import CallbackItem, OutboxItem, RescueItem, ScoreItem, Topic
from desk.satisfaction import asked_for
from desk.satisfaction_rows import Range, breakdown, series, topics

pytestmark = [pytest.mark.drill, pytest.mark.timeout(900)]
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.fixture(autouse=True)
def _there() -> Iterator[None]:
    with timezone.override("Asia/Kolkata"):
        yield


def sample(name: str) -> Path:
    path = Path(os.environ.get("SAMPLES") or "nowhere", "csat", name)
    if not path.is_file():
        pytest.skip(f"SAMPLES names no folder with csat/{name}")
    return path


def by_pandas(what: str, path: Path) -> dict[str, Any]:
    """What pandas counts, in an environment that has nothing of ours."""
    words = {one.name: one.words for one in Topic.objects.filter(is_active=True)}
    command: list[str | Path] = [
        Path(sys.prefix, "bin/uv"), "run", "--quiet", "--no-project", "--isolated",
        "--python", sys.executable, "--with-requirements", ROOT / "requirements/drill.txt",
        "python", HERE / "csat_by_pandas.py", what, path, json.dumps(words),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    counted: dict[str, Any] = json.loads(done.stdout)
    return counted


def taken_over(path: Path, mapping: str, folder: Path) -> float:
    """Import a sample; how many seconds it took."""
    started = time.perf_counter()
    call_command(
        "import_answers", path, map=ROOT / f"imports/{mapping}.toml", bad=folder / "bad.csv"
    )
    return time.perf_counter() - started


def test_rated_contacts(mei: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sample("ecommerce_csat_dev.csv.gz")
    seconds = taken_over(path, "ecommerce_csat", tmp_path)
    said, counted = capsys.readouterr().out, by_pandas("csat", path)
    asked = asked_for({"span": "days", "since": "2023-08-16", "until": "2023-08-31"}, user=mei)
    early = asked_for({"span": "days", "since": "2023-08-01", "until": "2023-08-15"}, user=mei)
    today = date(2026, 3, 2)

    found = [
        series(user=mei, asked=one, range_=Range(one.periods(today)))["csat"][-1]
        for one in (early, asked)
    ]

    for ours, theirs in zip(found, counted["halves"], strict=True):
        assert {str(value): many for value, many in ours.counts.items()} == theirs["counts"]
        assert ours.n == theirs["n"]
        assert ours.mean == pytest.approx(theirs["mean"])
        assert ours.share == pytest.approx(theirs["share"])
    lately = Range(asked.periods(today)).lately()
    for by, model, theirs in (("agent", User, "agents"), ("team", Team, "teams")):
        one = asked_for({"by": by, "span": "days", "since": asked.since, "until": asked.until},
                        user=mei)  # fmt: skip
        names: dict[Any, str] = dict(model.objects.values_list("pk", "name"))
        groups = breakdown(user=mei, asked=one, range_=lately)
        told = {names[row.key]: [row.now.n, row.now.mean] for row in groups if row.now.n}
        assert told.keys() == counted[theirs].keys()
        for name, (n, mean) in counted[theirs].items():
            assert told[name] == [n, pytest.approx(mean)], name
    assert _topics(mei, asked, lately) == counted["topics"]
    assert f"{counted['refused']} left out: asked_at was answered before it was reported" in said
    assert ScoreItem.objects.count() == sum(half["n"] for half in counted["halves"])
    assert not RescueItem.objects.exists()
    assert not OutboxItem.objects.exists()
    print(
        f"\n{ScoreItem.objects.count():,} answers in {seconds:.1f} s, {counted['refused']} refused"
    )


def test_chinese_comments(mei: User, tmp_path: Path) -> None:
    path = sample("zh_waimai_10k.csv.gz")
    seconds = taken_over(path, "zh_waimai", tmp_path)
    counted = by_pandas("comments", path)
    asked = asked_for({"since": "2026-10-15"}, user=mei)
    periods = Range(asked.periods(date(2026, 10, 15)))
    ours = series(user=mei, asked=asked, range_=periods)["csat"][-1]
    assert {str(value): many for value, many in ours.counts.items()} == counted["all"]["counts"]
    assert ours.share == pytest.approx(counted["all"]["share"])
    assert _topics(mei, asked, periods.lately()) == counted["topics"]
    print(f"\n{CallbackItem.objects.count():,} comments in {seconds:.1f} s")


def _topics(user: User, asked: Any, lately: Range) -> dict[str, list[int]]:
    """Answers and low ones of each topic."""
    found = topics(user=user, asked=asked, range_=lately)
    told = {one.pk: one.name for one in Topic.objects.filter(is_active=True)}
    none = [0, 0]
    return {
        name: [found[key][0].answers, found[key][0].low] if key in found else none
        for key, name in told.items()
    }
