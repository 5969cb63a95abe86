"""Answers that others asked for are taken over as history: shown everywhere, told to nobody."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import Bell, CallbackItem, Due, OutboxItem, RescueItem, ScoreItem
from desk.satisfaction import asked_for
from desk.satisfaction_rows import Range, series
from followups.importing.mapping import read_mapping
from followups.importing.rows import read_answers
from followups.models import Answer, Callback, Calling, Rescue
from followups.operations.scoring import give
from tests.cast import NINE
from tickets.importing.errors import MappingDoesNotFit
from tickets.importing.words import BadRow
from tickets.operations.verifying_items import item_differences

MAP = """
source = "old-survey"
time_zone = "Asia/Kolkata"
dates = ["%d/%m/%Y %H:%M", "%d-%b-%y"]
[customer]
code = "acme"
name = "Acme"
[answer]
key = "{id}"
score = "{score}"
words = "{words}"
reported_at = "{reported}"
asked_at = "{responded}"
answered_on = "{day}"
agent = "{agent}"
team = "{team}"
by = "{by}"
[values.by]
of = "{channel}"
map = { "Email" = "mail" }
otherwise = "phone"
"""
GOOD = [
    ["a", "5", "Nice", "01/02/2026 10:00", "01/02/2026 11:00", "01-Feb-26",
     "Ada Lind", "North", "Email"],
    ["b", "1", "Too slow", "02/02/2026 10:00", "02/02/2026 11:00", "03-Feb-26",
     "New Name", "North", "Call"],
    ["c", "4", "", "02/02/2026 10:00", "02/02/2026 10:00", "02-Feb-26", "", "", "Call"],
]  # fmt: skip
DIRTY = [
    (["d", "5", "", "02/02/2026 10:00", "02/02/2026 09:59", "02-Feb-26", "", "", ""],
     "asked_at was answered before it was reported"),
    (["e", "6", "", "02/02/2026 10:00", "02/02/2026 11:00", "02-Feb-26", "", "", ""],
     "score 6 is not on the scale 1 to 5"),
    (["f", "", "", "02/02/2026 10:00", "02/02/2026 11:00", "02-Feb-26", "", "", ""],
     "score is missing"),
    (["g", "good", "", "02/02/2026 10:00", "02/02/2026 11:00", "02-Feb-26", "", "", ""],
     "score 'good' is no whole number"),
    (["h", "5", "", "02/02/2026 10:00", "02/02/2026 11:00", "", "", "", ""],
     "answered_at is missing"),
    (["i", "5", "", "02/02/2026 10:00", "02/02/2026 11:00", "01-Feb-26", "", "", ""],
     "answered_at is before it was asked for"),
    (["", "5", "", "02/02/2026 10:00", "02/02/2026 11:00", "02-Feb-26", "", "", ""],
     "key is empty"),
    (["a", "5", "", "02/02/2026 10:00", "02/02/2026 11:00", "02-Feb-26", "", "", ""],
     "key is already in line 2"),
    (["k", "5", "", "32/02/2026 10:00", "02/02/2026 11:00", "02-Feb-26", "", "", ""],
     "reported_at '32/02/2026 10:00' is no time like %d/%m/%Y %H:%M or %d-%b-%y"),
]  # fmt: skip
COLUMNS = ["id", "score", "words", "reported", "responded", "day", "agent", "team", "channel"]


def written(folder: Path, rows: list[list[str]]) -> tuple[Path, Path]:
    """A file of answers and its mapping."""
    file, mapping = folder / "answers.csv", folder / "map.toml"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    mapping.write_text(MAP)
    return file, mapping


def taken_over(folder: Path, rows: list[list[str]]) -> None:
    file, mapping = written(folder, rows)
    call_command("import_answers", file, map=mapping, bad=folder / "bad.csv")


@pytest.fixture
def imported(tmp_path: Path, acme: Customer, ada: User) -> list[CallbackItem]:
    taken_over(tmp_path, GOOD)
    return list(CallbackItem.objects.order_by("callback_id"))


def test_history_is_shown_with_whose_it_was(imported: list[CallbackItem], ada: User) -> None:
    first, second, third = imported
    assert (first.agent, str(first.team), first.by, first.words) == (ada, "North", "mail", "Nice")
    assert first.answered_at == datetime(2026, 2, 1, 5, 30, tzinfo=UTC)
    assert second.answered_at == datetime(2026, 2, 2, 18, 30, tzinfo=UTC)
    assert second.agent is not None
    assert (second.agent.name, second.agent.is_active) == ("New Name", False)
    assert [one.is_low for one in imported] == [False, True, False]
    assert (third.agent, third.team, third.by) == (None, None, "phone")
    scores = ScoreItem.objects.order_by("callback_id").values_list("key", "kind", "value", "is_low")
    assert list(scores) == [
        ("service", "csat", 5, False), ("service", "csat", 1, True), ("service", "csat", 4, False),
    ]  # fmt: skip


def test_nobody_is_told_and_nobody_rescued(imported: list[CallbackItem], inside_acme: Any) -> None:
    with inside_acme():
        assert Answer.objects.filter(is_low=True, via="import").count() == 1
        assert not Rescue.objects.exists()
        assert Calling.objects.filter(is_low=True).count() == 1
    assert not RescueItem.objects.exists()
    assert not OutboxItem.objects.exists()
    assert not Bell.objects.exists()
    assert not Due.objects.exists()


def test_what_is_not_imported_still_opens_a_rescue(
    imported: list[CallbackItem], inside_acme: Any
) -> None:
    """The trigger passes imports by, and nothing else."""
    with inside_acme():
        callback = Callback.objects.earliest("pk")
        assert callback.answered_at is not None
        give(callback=callback, scores={"service": 1}, words="", via="portal",
             now=callback.answered_at)  # fmt: skip
        assert Rescue.objects.count() == 1


def test_a_second_import_adds_only_what_is_new(
    imported: list[CallbackItem], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["z", "3", "", "05/02/2026 10:00", "05/02/2026 11:00", "05-Feb-26", "", "", ""]
    taken_over(tmp_path, [*GOOD, more])
    assert "1 answers imported" in capsys.readouterr().out
    assert CallbackItem.objects.count() == 4
    assert ScoreItem.objects.count() == 4


def test_dirty_rows_stay_out_each_with_its_reason(tmp_path: Path) -> None:
    file, mapping = written(tmp_path, [GOOD[0], *(row for row, _reason in DIRTY)])
    found = list(read_answers(file, mapping=read_mapping(mapping), lowest=1, highest=5))
    bad = [one for one in found if isinstance(one, BadRow)]
    assert [f"{one.field} {one.reason}" for one in bad] == [reason for _row, reason in DIRTY]
    assert [one.line for one in bad] == list(range(3, 3 + len(DIRTY)))
    assert len(found) == 1 + len(DIRTY)


def test_what_is_left_out_is_counted_and_kept(
    tmp_path: Path, acme: Customer, capsys: pytest.CaptureFixture[str]
) -> None:
    taken_over(tmp_path, [GOOD[2], DIRTY[0][0], ["j", *DIRTY[0][0][1:]]])
    said = capsys.readouterr().out
    assert "2 left out: asked_at was answered before it was reported" in said
    assert "1 answers imported" in said
    with (tmp_path / "bad.csv").open(encoding="utf-8-sig") as stream:
        kept = list(csv.DictReader(stream))
    assert [(row["line"], row["id"]) for row in kept] == [("3", "d"), ("4", "j")]


def test_the_rows_agree_with_what_is_shown(imported: list[CallbackItem], acme: Customer) -> None:
    """As `manage.py verify` compares them."""
    with schema_of(acme):
        assert item_differences(customer=acme) == []


def test_trends_of_history_are_as_plain_python_counts_them(
    imported: list[CallbackItem], mei: User
) -> None:
    asked = asked_for({"span": "days", "since": "2026-02-01", "until": "2026-02-02"}, user=mei)
    whole = Range([*asked.periods(NINE.date())])
    values = [int(row[1]) for row in GOOD]
    now = series(user=mei, asked=asked, range_=whole)["csat"][-1]
    assert (now.n, now.mean) == (len(values), mean(values))
    assert now.share == sum(value >= 4 for value in values) / len(values)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = "{id}"', "", "needs 'key'"),
        ("answered_on", "answered_when", "unknown word 'answered_when'"),
        ('answered_on = "{day}"', "", "'answered_at' or 'answered_on'"),
        ("Asia/Kolkata", "Asia/Atlantis", "no time zone"),
    ],
)
def test_a_mapping_that_cannot_be_says_where(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(MAP.replace(old, new))
    with pytest.raises(MappingDoesNotFit, match=said):
        read_mapping(path)
