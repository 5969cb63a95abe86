"""Importing another desk's tickets: customers, people and trail at their times, nothing sent."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import Bell, Due, OutboxItem, QueueItem
from desk.operations.search import search
from tests.cast import NINE
from tests.doors import Kicks
from tickets import operations
from tickets.models import Contact, Entry, Note, Origin, Pending, Ticket

pytestmark = pytest.mark.django_db

MESSAGES = """
source = "old-desk"
dates = ["%Y-%m-%d %H:%M"]

[customer]
code = "{company|slug}"
name = "{company}"
plan = "standard"
language = "zh-hans"
time_zone = "Asia/Shanghai"

[ticket]
key = "{id}"
subject = "{title}"
kind = "fault"
channel = "portal"
priority = "{priority}"
requester_name = "{who}"
requester_email = "{who|slug}@{company|slug}.test"

[[steps]]
do = "question"
by = "customer"
at = "{asked}"
author = "{who}"
body = "{text}"

[[steps]]
do = "reply"
at = "{answered}"
author = "{agent}"
body = "{answer}"
optional = true
"""
HEAD = "id,company,who,title,priority,text,asked,agent,answer,answered\n"
FIRST = (
    "1,Initech,Milton,红色订书机,high,我的订书机不见了,2025-03-03 09:00"
    ",Ada Lind,找到了,2025-03-03 09:20\n"
)
SECOND = "2,Initech,Milton,Basement,normal,It is dark,2025-03-04 10:00,,,\n"
BROKEN = "3,Initech,Milton,Cake,normal,No cake,yesterday,,,\n"

LOG = """
source = "old-log"
shape = "events"
dates = ["%Y-%m-%d %H:%M"]

[customer]
code = "{customer}"
name = "{customer}"

[ticket]
key = "{case}"
subject = "Case {case}"
requester_name = "Desk"
requester_email = "desk@{customer}.test"

[event]
at = "{at}"
activity = "{done}"

[[steps]]
do = "question"
by = "customer"
body = "Case {case}"

[[steps]]
on = ["take"]
do = "assign"
author = "{who}"
body = "taken"
[[steps]]
on = ["wait"]
do = "wait"
author = "{who}"
body = "waits"
[[steps]]
on = ["solve"]
do = "resolve"
author = "{who}"
body = "{said}"
[[steps]]
on = ["close"]
do = "close"
author = "{who}"
[[steps]]
on = ["say"]
do = "message"
by = "customer"
author = "Desk"
body = "{said}"
[[steps]]
on = ["other"]
do = "event"
author = "{who}"
body = "upgraded"
"""
LOG_HEAD = "case,customer,who,done,said,at\n"


def run(folder: Path, text: str, *, rules: str = MESSAGES, **options: object) -> str:
    """Import this text and give what was said."""
    (folder / "export.csv").write_text(text, encoding="utf-8")
    (folder / "mapping.toml").write_text(rules, encoding="utf-8")
    said = io.StringIO()
    call_command(
        "import_tickets",
        str(folder / "export.csv"),
        f"--map={folder / 'mapping.toml'}",
        f"--bad={folder / 'bad.csv'}",
        stdout=said,
        stderr=said,
        **options,
    )
    return said.getvalue()


def log(folder: Path, *events: str) -> Ticket:
    """Import one case of Acme's made of ``activity[:words]`` an hour apart, by Carl Moser."""
    rows = []
    for hour, event in enumerate(events):
        done, _, said = event.partition(":")
        rows.append(f"A,acme,Carl Moser,{done},{said},2025-03-03 {9 + hour:02}:00\n")
    run(folder, LOG_HEAD + "".join(rows), rules=LOG)
    with schema_of(Customer.objects.get(code="acme")):
        return Ticket.objects.select_related("handling").get(origin__key="A")


def test_a_row_becomes_a_customer_a_contact_and_a_trail_at_its_own_times(
    tmp_path: Path, ada: User
) -> None:
    run(tmp_path, HEAD + FIRST)

    initech = Customer.objects.select_related("plan").get(code="initech")
    assert (initech.name, initech.language) == ("Initech", "zh-hans")
    assert initech.plan is not None
    assert initech.plan.code == "standard"
    with schema_of(initech):
        ticket = Ticket.objects.select_related("handling", "requester").get()
        question, reply = ticket.entries.order_by("seq")
        assert (ticket.subject, ticket.state, ticket.number) == ("红色订书机", "waiting", 1)
        assert (ticket.requester.email, ticket.requester.language) == (
            "milton@initech.test",
            "zh-hans",
        )
        assert ticket.handling.priority == "high"
        assert question.written_at == ticket.opened_at == datetime(2025, 3, 3, 9, tzinfo=UTC)
        assert reply.written_at == ticket.opened_at + timedelta(minutes=20)
        assert (reply.author_name, reply.staff_id) == ("Ada Lind", ada.pk)
        assert reply.body == "<p>找到了</p>"
        assert ticket.handling.first_responded_at == reply.written_at
        assert Pending.objects.get().entry_id == reply.pk


def test_an_import_tells_nobody_not_then_and_not_later(
    tmp_path: Path, kicks: Kicks, ada: User
) -> None:
    run(tmp_path, HEAD + FIRST + SECOND)
    initech = Customer.objects.get(code="initech")
    with schema_of(initech):
        for ticket in Ticket.objects.all():
            operations.judge(customer=initech, ticket_id=ticket.pk, now=NINE)

    assert not OutboxItem.objects.exists()
    assert not Bell.objects.exists()
    assert not Due.objects.filter(customer=initech).exists()
    assert kicks == []


def test_importing_again_makes_no_doubles(tmp_path: Path) -> None:
    run(tmp_path, HEAD + FIRST + SECOND)

    said = run(tmp_path, HEAD + FIRST + SECOND)

    assert "0 tickets imported" in said
    assert "2 were there already" in said
    with schema_of(Customer.objects.get(code="initech")):
        assert Ticket.objects.count() == Origin.objects.count() == 2
        assert Contact.objects.count() == 1


def test_an_import_that_was_stopped_goes_on_where_it_stood(tmp_path: Path) -> None:
    run(tmp_path, HEAD + FIRST + SECOND, limit=1)

    said = run(tmp_path, HEAD + FIRST + SECOND)

    assert "1 tickets imported" in said
    with schema_of(Customer.objects.get(code="initech")):
        assert list(Ticket.objects.order_by("number").values_list("subject", flat=True)) == [
            "红色订书机",
            "Basement",
        ]


def test_numbers_follow_the_time_of_opening_whatever_the_order_of_rows(tmp_path: Path) -> None:
    run(tmp_path, HEAD + SECOND + FIRST)

    with schema_of(Customer.objects.get(code="initech")):
        assert Ticket.objects.get(number=1).subject == "红色订书机"


def test_a_bad_row_goes_to_the_file_and_the_others_are_imported(tmp_path: Path) -> None:
    said = run(tmp_path, HEAD + BROKEN + FIRST)

    assert "1 rows were left out" in said
    with (tmp_path / "bad.csv").open(encoding="utf-8", newline="") as stream:
        (bad,) = csv.DictReader(stream)
    assert (bad["line"], bad["field"], bad["id"]) == ("2", "question at", "3")
    with schema_of(Customer.objects.get(code="initech")):
        assert Ticket.objects.count() == 1


def test_words_that_nobody_can_see_are_a_bad_row(tmp_path: Path) -> None:
    blank = "\u200b\u200b"
    unseen = f"9,Initech,Milton,{blank},high,{blank},2026-03-01 10:00,Ada,,\n"

    said = run(tmp_path, HEAD + unseen + FIRST)

    assert "1 rows were left out" in said
    assert "no visible words" in (tmp_path / "bad.csv").read_text()
    with schema_of(Customer.objects.get(code="initech")):
        assert Ticket.objects.count() == 1


def test_a_dry_run_says_row_by_row_what_would_be_and_writes_nothing(tmp_path: Path) -> None:
    run(tmp_path, HEAD + FIRST)

    said = run(tmp_path, HEAD + FIRST + SECOND + BROKEN, dry_run=True)

    assert "line 2: 1 is there already at initech: 红色订书机" in said
    assert "line 3: 2 opens with 1 steps at initech: Basement" in said
    assert "line 4: question at 'yesterday' is no time like" in said
    with schema_of(Customer.objects.get(code="initech")):
        assert Ticket.objects.count() == 1


def test_a_dry_run_for_a_new_customer_lays_none(tmp_path: Path) -> None:
    said = run(tmp_path, HEAD + FIRST, dry_run=True)

    assert "at initech (new customer)" in said
    assert not Customer.objects.filter(code="initech").exists()


def test_tickets_of_a_customer_we_have_go_to_it_and_to_nobody_else(
    tmp_path: Path, acme: Customer, globex: Customer
) -> None:
    log(tmp_path, "take")

    with schema_of(acme):
        assert Ticket.objects.count() == 1
    with schema_of(globex):
        assert Ticket.objects.count() == 0
    assert set(QueueItem.objects.values_list("customer__code", flat=True)) == {"acme"}


def test_a_suspended_customers_rows_are_left_out_with_their_reason(
    tmp_path: Path, acme: Customer
) -> None:
    Customer.objects.filter(pk=acme.pk).update(suspended_at=NINE)

    said = run(tmp_path, LOG_HEAD + "A,acme,Ada,take,,2025-03-03 09:00\n", rules=LOG)

    assert "1 rows were left out" in said
    assert "its customer is not open" in (tmp_path / "bad.csv").read_text()


def test_an_author_we_know_owns_the_ticket_he_took(tmp_path: Path, carl: User) -> None:
    assert log(tmp_path, "take").handling.owner_id == carl.pk


def test_an_author_nobody_knows_is_a_switched_off_account_that_owns_nothing(
    tmp_path: Path, acme: Customer, ada: User
) -> None:
    row = "A,acme,老王,take,,2025-03-03 09:00\n"

    run(tmp_path, LOG_HEAD + row, rules=LOG)

    former = User.objects.get(name="老王")
    assert not former.is_active
    assert not former.has_usable_password()
    with schema_of(acme):
        ticket = Ticket.objects.select_related("handling").get()
        assert Note.objects.filter(ticket=ticket, field="owner", staff=former, new="老王").exists()
        assert ticket.handling.owner_id == ada.pk  # given by the judge: it is still open


def test_a_log_is_replayed_to_the_state_it_ended_in(tmp_path: Path) -> None:
    assert log(tmp_path, "take", "wait", "solve:Turn it off and on", "close").state == "closed"


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (("take", "wait"), "waiting"),
        (("take", "wait", "say:And now?"), "open"),
        (("close",), "closed"),
        (("solve:Done", "solve:Done again", "wait"), "resolved"),
        (("close", "close"), "closed"),
        (("close", "say:It is broken again"), "open"),
        (("solve", "say:Not solved", "solve", "close"), "closed"),
        (("say",), "new"),
    ],
)
def test_what_other_desks_allow_and_we_do_not_changes_no_state(
    tmp_path: Path, acme: Customer, events: tuple[str, ...], state: str
) -> None:
    ticket = log(tmp_path, *events)

    assert ticket.state == state
    with schema_of(acme):
        rows = Entry.objects.count() + Note.objects.count()
        assert rows >= len(events) + 1  # nothing is lost: what can't happen is an event


def test_the_words_of_a_solution_are_sent_as_a_reply_before_it(
    tmp_path: Path, acme: Customer
) -> None:
    ticket = log(tmp_path, "solve:Turn it off and on")

    with schema_of(acme):
        kinds = list(ticket.entries.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["question", "reply", "resolved"]


def test_after_an_import_everything_derived_is_as_it_should_be(tmp_path: Path) -> None:
    log(tmp_path, "take", "wait", "say:Hello?", "solve:Yes", "other", "close")

    call_command("verify", stdout=io.StringIO())


def test_chinese_and_english_words_of_imported_tickets_are_found(tmp_path: Path, ada: User) -> None:
    run(tmp_path, HEAD + FIRST + SECOND)

    assert [one.subject for one in search(user=ada, text="订书机")] == ["红色订书机"]
    assert [one.subject for one in search(user=ada, text="dark")] == ["Basement"]


@pytest.mark.parametrize(
    ("rules", "text", "reason"),
    [
        (MESSAGES.replace("[ticket]", "[tickets]"), HEAD, "unknown word 'tickets'"),
        (MESSAGES, HEAD.replace("title", "topic"), "column 'title' is missing"),
    ],
)
def test_a_mapping_that_does_not_fit_stops_the_import_before_it_begins(
    tmp_path: Path, rules: str, text: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        run(tmp_path, text, rules=rules)
