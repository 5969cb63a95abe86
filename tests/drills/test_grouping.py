"""What triage groups, against pairs checked by hand, as they come in by an import.

231 pairs of the samples were read and judged: "one cause, one answer" or not. They were drawn by
bands of likeness, a few of each; `stands_for` says how many pairs of its band each stands for, so
that the weighted figures speak of all pairs that share a telling word. The threshold was chosen on
these very pairs.
"""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from product.models import Meeting, MeetingItem
from product.operations.similar import clusters
from tickets.models import Origin, Ticket

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1500)]

PAIRS = Path(__file__).with_name("grouping_pairs.tsv")
FILES = {
    "complaints": ("chinese/taidi2020c_fj3_hot_topics_4326.csv.gz", "taidi_hot_topics", "huati"),
    "faults": ("ticket_logs/jira_apache_hive_issues.csv", "hive_titles", "hive"),
}
PROMISED = {"complaints": (0.85, 0.85), "faults": (0.45, 0.85)}
"""Precision and recall: titles alone, of faults that are hardly ever doubled, mislead."""


def samples() -> Path:
    folder = Path(os.environ.get("SAMPLES") or "nowhere")
    if not folder.is_dir():
        pytest.skip("set SAMPLES to the folder of samples")
    return folder


@pytest.mark.parametrize("corpus", FILES)
def test_grouping_of_a_sample_against_pairs_checked_by_hand(
    corpus: str, mei: User, tmp_path: Path
) -> None:
    name, mapping, code = FILES[corpus]
    call_command(
        "import_tickets",
        samples() / name,
        map=Path(f"imports/{mapping}.toml"),
        bad=tmp_path / "bad.csv",
    )
    items = listed(Customer.objects.get(code=code), mei)

    began = time.perf_counter()
    found = clusters(items.values())
    took = time.perf_counter() - began

    groups = {number for number in found.values() if number}
    grouped = {origin: found[item.pk] for origin, item in items.items()}
    precision, recall, text = measured(corpus, grouped)
    print(
        f"\n{corpus}: {len(items)} lines in {len(groups)} groups of two or more, in {took:.1f} s"
        f"\n{text}"
    )
    wanted = PROMISED[corpus]
    assert precision >= wanted[0], precision
    assert recall >= wanted[1], recall


def listed(customer: Customer, by: User) -> dict[str, MeetingItem]:
    """The customer's tickets as lines of a list, by their keys in the sample."""
    now = timezone.now()
    meeting = Meeting.objects.create(held_on=now.date(), opened_by=by, opened_at=now)
    with schema_of(customer):
        keys = dict(Origin.objects.values_list("ticket_id", "key"))
        tickets = list(Ticket.objects.order_by("pk"))
    rows = MeetingItem.objects.bulk_create(
        MeetingItem(
            meeting=meeting,
            why=MeetingItem.Why.UNSORTED,
            customer=customer,
            ticket_id=ticket.pk,
            number=ticket.number,
        )
        for ticket in tickets
    )
    return {keys[row.ticket_id or 0]: row for row in rows}


def measured(corpus: str, grouped: dict[str, int]) -> tuple[float, float, str]:
    """Precision and recall over the pairs, and the same weighted by what they stand for."""
    counts = dict.fromkeys(("hit", "false", "missed"), 0)
    weights = dict.fromkeys(counts, 0.0)
    checked = 0
    with PAIRS.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["corpus"] != corpus:
                continue
            checked += 1
            one, other = grouped.get(row["one"], 0), grouped.get(row["other"], 0)
            is_grouped, is_same = one == other != 0, row["verdict"] == "same"
            if not (is_grouped or is_same):
                continue
            what = "missed" if not is_grouped else "hit" if is_same else "false"
            counts[what] += 1
            weights[what] += float(row["stands_for"])
    precision, recall = ratios(counts)
    weighted = ratios(weights)
    return (
        precision,
        recall,
        f"  {checked} pairs checked by hand: precision {precision:.2f}, recall {recall:.2f};"
        f" weighted {weighted[0]:.2f}, {weighted[1]:.2f}",
    )


def ratios(counts: dict[str, int] | dict[str, float]) -> tuple[float, float]:
    """Precision and recall."""
    hit = counts["hit"]
    return hit / max(hit + counts["false"], 1), hit / max(hit + counts["missed"], 1)
