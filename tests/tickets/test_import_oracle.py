"""All real Chinese messages, opened and answered by the verbs, against somebody else's counting."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.operations.search import search
from tests.tickets.test_clock_oracle import STRAIGHT, WITH_LUNCH, china, samples
from tickets import html
from tickets.clock import first_response_seconds
from tickets.models import Entry, Ticket
from tickets.operations.clocking import said

__all__ = ["samples"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.samples,
    pytest.mark.drill,  # some 80 s
    pytest.mark.timeout(300),
]

COLUMNS = {
    "biz_seconds_0900_1800": STRAIGHT,
    "biz_seconds_0900_1200_1330_1800": WITH_LUNCH,
}
ENGLISH = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{5,12}(?![A-Za-z0-9])")


def test_the_first_response_of_every_message_is_what_the_oracle_says_and_its_words_are_found(
    samples: Path, tmp_path: Path, ada: User
) -> None:
    messages = samples / "chinese" / "taidi2020c_fj4_reply_trail_dev.csv.gz"
    bad = tmp_path / "bad.csv"

    call_command(
        "import_tickets",
        str(messages),
        "--map=imports/taidi_messages.toml",
        f"--bad={bad}",
        stdout=io.StringIO(),
    )

    with schema_of(Customer.objects.get(code="wenzheng")):
        wrong = differences(samples)
        assert Ticket.objects.count() == 1419
        assert wrong == []
        for word in ("物业", english_word()):
            holding = {
                entry.ticket_id
                for entry in Entry.objects.filter(body__icontains=word)
                if word.lower() in html.to_text(entry.body).lower()
            }
            found = {hit.ticket_id for hit in search(user=ada, text=word)}
            holding |= set(
                Ticket.objects.filter(subject__icontains=word).values_list("pk", flat=True)
            )
            assert found, word
            assert found <= holding, word
    call_command("verify", stdout=io.StringIO())


def differences(samples: Path) -> list[tuple[str, str, int | None, int]]:
    """Where the trail in the database and the oracle disagree, over all rows and both columns."""
    oracle = samples / "chinese" / "oracle_china_business_seconds_dev.csv"
    with oracle.open(newline="") as lines:
        rows = {row["ticket_no"]: row for row in csv.DictReader(lines)}
    calendars = {column: china(samples, hours) for column, hours in COLUMNS.items()}
    wrong = []
    for ticket in Ticket.objects.select_related("origin", "handling"):
        row, trail = rows.pop(ticket.origin.key), said(list(ticket.entries.order_by("seq")))
        for column, calendar in calendars.items():
            counted = first_response_seconds(
                opened_at=ticket.opened_at, trail=trail, calendar=calendar
            )
            if counted != int(row[column]):
                wrong.append((ticket.origin.key, column, counted, int(row[column])))
    assert not rows, "the oracle knows messages that were not imported"
    return wrong


def english_word() -> str:
    """A word of Latin letters that somebody really wrote."""
    for body in Entry.objects.filter(kind="question").order_by("pk").values_list("body", flat=True):
        if word := ENGLISH.search(html.to_text(body)):
            return word[0]
    raise AssertionError("nobody wrote a word of Latin letters")
