"""The readers of an export: rows, times, texts, mappings, and bad rows with their reasons."""

from __future__ import annotations

import csv
import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.importing.badrows import BadRowFile
from tickets.importing.errors import FileDoesNotFit, MappingDoesNotFit
from tickets.importing.mapping import Mapping, read_mapping
from tickets.importing.reading import detect_encoding, read_rows
from tickets.importing.rows import read_tickets
from tickets.importing.template import Template
from tickets.importing.text import one_line, plain
from tickets.importing.words import BadRow, ImportedTicket, RawRow, StepKind

TICKETS = """
source = "old-desk"
time_zone = "Asia/Shanghai"
dates = ["%Y/%m/%d %H:%M:%S", "%Y/%m/%d"]

[customer]
code = "{company|slug}"
name = "{company}"

[ticket]
key = "{id}"
subject = "{title}"
kind = "{kind}"
requester_name = "{who}"
requester_email = "{who|slug}@acme.example"

[values.kind]
of = "{type}"
map = { "Bug" = "fault", "" = "question" }

[[steps]]
do = "question"
by = "customer"
at = "{asked}"
author = "{who}"
body = "{text}"

[[steps]]
do = "reply"
at = "{answered}"
author = "Ada"
body = "{answer}"
optional = true
"""

EVENTS = """
source = "log"
shape = "events"
time_zone = "Europe/Rome"
dates = ["%Y-%m-%d %H:%M", "iso"]

[customer]
code = "h{customer|digits|pad 3}"
name = "Customer {customer|digits}"
plan = "{plan}"

[ticket]
key = "{case}"
subject = "{what}: {done|lower}"
channel = "phone"
requester_name = "Desk"
requester_email = "desk@h{customer|digits|pad 3}.example"

[event]
at = "{at}"
activity = "{done}"

[values.plan]
of = "{level}"
map = { "1" = "essential", "2" = "premier" }

[[steps]]
do = "question"
by = "customer"
body = "{what}"

[[steps]]
on = ["Take"]
do = "assign"
author = "{who}"

[[steps]]
on = ["Wait"]
do = "wait"
author = "{who}"

[[steps]]
on = ["Done", "Finished"]
do = "close"
author = "{who}"
"""

HEAD = "id,company,type,who,title,text,asked,answer,answered\n"
ROW = "1,Acme,Bug,Ed Hill,No total,It is gone,2026/11/02 09:00:00,Found it,2026/11/02 09:20:00\n"
LOG = "case,customer,level,what,who,done,at\n"


def mapping(folder: Path, text: str = TICKETS) -> Mapping:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def tickets(folder: Path, text: str, *, rules: str = TICKETS) -> list[ImportedTicket | BadRow]:
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return list(read_tickets(path, mapping=mapping(folder, rules)))


def only_ticket(found: list[ImportedTicket | BadRow]) -> ImportedTicket:
    (one,) = found
    assert isinstance(one, ImportedTicket), one
    return one


def only_bad(found: list[ImportedTicket | BadRow]) -> BadRow:
    (one,) = found
    assert isinstance(one, BadRow)
    return one


# --- a row is a ticket ---------------------------------------------------------------------------


def test_a_row_becomes_a_ticket_with_its_question_and_its_reply(tmp_path: Path) -> None:
    one = only_ticket(tickets(tmp_path, HEAD + ROW))

    assert (one.source, one.key, one.line) == ("old-desk", "1", 2)
    assert (one.customer.code, one.customer.name) == ("acme", "Acme")
    assert (one.kind, one.channel, one.priority) == ("fault", "mail", "normal")
    assert (one.requester_name, one.requester_email) == ("Ed Hill", "ed-hill@acme.example")
    assert [step.kind for step in one.steps] == [StepKind.QUESTION, StepKind.REPLY]
    assert one.opened_at == datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # nine in Shanghai
    assert one.steps[1].author_name == "Ada"


def test_a_row_without_an_answer_is_a_question_only(tmp_path: Path) -> None:
    row = ROW.replace("Found it,2026/11/02 09:20:00", ",")

    assert [step.kind for step in only_ticket(tickets(tmp_path, HEAD + row)).steps] == ["question"]


def test_a_date_without_a_time_is_midnight_of_that_day(tmp_path: Path) -> None:
    row = ROW.replace("2026/11/02 09:20:00", "2026/11/05")

    assert only_ticket(tickets(tmp_path, HEAD + row)).steps[1].at == datetime(
        2026, 11, 4, 16, 0, tzinfo=UTC
    )


def test_cells_of_many_lines_with_tabs_become_paragraphs(tmp_path: Path) -> None:
    text = "\n\t\t\t\n\t\t\t　　第一段。\n\t\t\t\n\n\n\t第二段，\u00a0两行\r\n结束。\n\t\t"
    row = ROW.replace("It is gone", f'"{text}"')

    one = only_ticket(tickets(tmp_path, HEAD + row))

    assert one.steps[0].body == "第一段。\n\n第二段， 两行\n结束。"


def test_the_line_of_a_row_is_the_one_where_it_begins(tmp_path: Path) -> None:
    tall = ROW.replace("It is gone", '"It\nis\ngone"')
    broken = ROW.replace("1,Acme", "2,Acme").replace("2026/11/02 09:00:00", "last week")

    found = tickets(tmp_path, HEAD + tall + broken)

    assert [one.line for one in found] == [2, 5]


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ("2026/11/02 09:00:00", "yesterday", "question at", "'yesterday' is no time like"),
        ("2026/11/02 09:00:00", "0001/01/01", "question at", "year 1 can't be"),
        ("2026/11/02 09:20:00", "2026/11/01", "at", "reply is before the question"),
        ("No total", "", "subject", "is empty"),
        (",Bug,", ",Riddle,", "kind", "'Riddle' is not in [values.kind]"),
        ("Acme", "!!!", "code", "'' is not 1 to 24"),
        ("Ed Hill", "???", "requester_email", "'@acme.example' is no mail address"),
        ("No total,", "", "", "has 8 cells, the header 9"),
        ("No total", "No\ufffdtotal", "title", "unreadable characters"),
    ],
)
def test_a_bad_row_says_its_line_its_field_and_its_reason(
    tmp_path: Path, old: str, new: str, field: str, reason: str
) -> None:
    bad = only_bad(tickets(tmp_path, HEAD + ROW.replace(old, new, 1)))

    assert (bad.line, bad.field) == (2, field)
    assert reason in bad.reason
    assert bad.remedy or field == "kind"
    assert bad.raw["id"] == "1"


def test_good_rows_around_a_bad_one_are_read(tmp_path: Path) -> None:
    bad = ROW.replace("1,Acme", "2,Acme").replace("2026/11/02 09:00:00", "?")
    last = ROW.replace("1,Acme", "3,Acme")

    found = tickets(tmp_path, HEAD + ROW + bad + "\n" + last)

    assert [type(one).__name__ for one in found] == ["ImportedTicket", "BadRow", "ImportedTicket"]


def test_a_key_that_comes_twice_is_told_with_the_first_line(tmp_path: Path) -> None:
    first, second = tickets(tmp_path, HEAD + ROW + ROW)

    assert isinstance(first, ImportedTicket)
    assert isinstance(second, BadRow)
    assert second.reason == "key '1' is already in line 2"


# --- a row is an event ---------------------------------------------------------------------------


def test_events_of_a_case_come_together_in_order_of_time(tmp_path: Path) -> None:
    log = (
        "A,Value 12,1,Till,Ada,Done,2026-11-03 10:00\n"
        "B,Value 3,2,Web,Carl,Take,2026-11-02 12:00\n"
        "A,Value 12,1,Till,Ada,Take,2026-11-02 09:00\n"
        "A,Value 12,1,Till,Carl,Wait,2026-11-02 09:00\n"
    )

    first, second = tickets(tmp_path, LOG + log, rules=EVENTS)

    assert isinstance(first, ImportedTicket)
    assert isinstance(second, ImportedTicket)
    assert (first.customer.code, second.customer.code) == ("h012", "h003")
    assert (first.customer.plan, second.customer.plan) == ("essential", "premier")
    assert [step.kind for step in first.steps] == ["question", "assign", "wait", "close"]
    assert first.subject == "Till: take"
    assert first.opened_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)  # nine in Rome
    assert [step.kind for step in second.steps] == ["question", "assign"]


def test_one_bad_event_holds_back_its_whole_case_and_no_other(tmp_path: Path) -> None:
    log = (
        "A,Value 1,1,Till,Ada,Take,2026-11-02 09:00\n"
        "A,Value 1,1,Till,Ada,Dance,2026-11-02 10:00\n"
        "B,Value 1,1,Till,Ada,Take,2026-11-02 11:00\n"
    )

    found = tickets(tmp_path, LOG + log, rules=EVENTS)

    bad = [one for one in found if isinstance(one, BadRow)]
    assert [one.line for one in bad] == [2, 3]
    assert "held back: line 3" in bad[0].reason
    assert bad[1].reason == "'Dance' has no step"
    assert [one.key for one in found if isinstance(one, ImportedTicket)] == ["B"]


def test_a_case_that_changes_its_customer_keeps_the_first_and_tells(tmp_path: Path) -> None:
    log = "A,Value 1,1,Till,Ada,Take,2026-11-02 09:00\nA,Value 7,2,Till,Ada,Done,2026-11-02 10:00\n"

    one = only_ticket(tickets(tmp_path, LOG + log, rules=EVENTS))

    assert one.customer.code == "h001"
    assert [other.code for other in one.other_customers] == ["h007"]
    assert one.notices == (
        "customer changes: h001, h007; the first counts",
        "plan changes: essential, premier; the first counts",
    )


def test_an_event_without_a_case_is_bad(tmp_path: Path) -> None:
    bad = only_bad(tickets(tmp_path, LOG + ",V 1,1,T,Ada,Take,2026-11-02 09:00\n", rules=EVENTS))

    assert bad.field == "key"


XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="done" value="UNKNOWN"/></global>
  <trace>
    <string key="concept:name" value="A"/>
    <event>
      <string key="done" value="Take"/><string key="customer" value="Value 4"/>
      <string key="level" value="1"/><string key="what" value="Köln &amp; Bonn"/>
      <date key="at" value="2026-11-02T09:00:00+01:00"/>
    </event>
  </trace>
</log>
"""


def test_xes_is_read_like_rows_with_the_case_beside_each_event(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(XES.encode()))
    rules = mapping(tmp_path, EVENTS.replace('"{case}"', '"{case:concept:name}"'))

    one = only_ticket(list(read_tickets(path, mapping=rules)))

    assert (one.key, one.line) == ("A", 6)
    assert one.subject == "Köln & Bonn: take"
    assert one.opened_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (XES[:-20], "not XES"),
        (XES.replace("<log ", "<!DOCTYPE log []><log "), "a document type is refused"),
        ("plain text", "not XES"),
        ("", "not XES"),
    ],
)
def test_a_broken_log_is_told_and_never_raises(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "log.xes"
    path.write_text(content, encoding="utf-8")

    last = list(read_rows(path, mapping=mapping(tmp_path, EVENTS)))[-1]

    assert isinstance(last, BadRow)
    assert reason in last.reason


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str, found: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes((HEAD + ROW.replace("It is gone", "月结金额为空")).encode(encoding))

    assert detect_encoding(path) == found
    one = only_ticket(list(read_tickets(path, mapping=mapping(tmp_path))))
    assert one.steps[0].body == "月结金额为空"


def test_a_file_that_was_cut_off_gives_its_whole_rows_and_says_so(tmp_path: Path) -> None:
    rows = "".join(ROW.replace("1,Acme", f"{n},Acme{n * 7919}") for n in range(3000))
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress((HEAD + rows).encode())[:-200])

    found = list(read_tickets(path, mapping=mapping(tmp_path)))

    assert isinstance(found[0], ImportedTicket)
    assert isinstance(found[-1], BadRow)
    assert found[-1].reason == "the file ends in the middle"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (HEAD.replace("title", "headline"), "column 'title' is missing"),
        (HEAD.replace("text", "title"), "column 'text' is missing"),
        ("id,id" + HEAD[2:], "column 'id' is twice"),
        ("", "is missing"),
    ],
)
def test_a_file_without_a_mapped_column_is_refused(tmp_path: Path, head: str, reason: str) -> None:
    with pytest.raises(FileDoesNotFit, match=reason):
        tickets(tmp_path, head + ROW if head else "")


def test_a_missing_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileDoesNotFit, match=r"nothing\.csv can't be opened"):
        list(read_tickets(tmp_path / "nothing.csv", mapping=mapping(tmp_path)))


@given(st.binary(max_size=400))
def test_no_bytes_after_a_good_header_raise(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    folder = tmp_path_factory.mktemp("junk")
    path = folder / "export.csv"
    path.write_bytes(HEAD.encode() + junk)

    assert all(isinstance(one, BadRow) for one in read_tickets(path, mapping=mapping(folder)))


def test_bad_rows_are_written_so_that_they_can_be_mended_and_imported(tmp_path: Path) -> None:
    bad = only_bad(tickets(tmp_path, HEAD + ROW.replace("2026/11/02 09:00:00", "?")))
    path = tmp_path / "bad.csv"
    with BadRowFile(path) as file:
        file.put(bad)

    with path.open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["line"], row["field"]) == ("2", "question at")
    path.write_text(
        path.read_text(encoding="utf-8").replace(",?,", ",2026/11/02 09:00:00,"), encoding="utf-8"
    )
    assert only_ticket(list(read_tickets(path, mapping=mapping(tmp_path)))).key == "1"


def test_without_bad_rows_no_file_is_left(tmp_path: Path) -> None:
    with BadRowFile(tmp_path / "bad.csv"):
        pass

    assert not (tmp_path / "bad.csv").exists()


# --- mappings, templates, texts ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('source = "old-desk"', "", "needs 'source'"),
        ('source = "old-desk"', 'sauce = "x"', "unknown word 'sauce'"),
        ("Asia/Shanghai", "Asia/Atlantis", "no time zone 'Asia/Atlantis'"),
        ('do = "reply"', 'do = "answer"', "'answer' is not a valid StepKind"),
        ('do = "reply"', 'do = "question"', "the first of"),
        ('at = "{answered}"\n', "", "step 2 needs 'at'"),
        ("{company|slug}", "{company|shout}", "unknown filter 'shout'"),
        ("{company|slug}", "{company", "a brace without its partner"),
        ("{company|slug}", "{}", "names no column"),
        ('subject = "{title}"', 'topic = "{title}"', "unknown word 'topic'"),
        ('of = "{type}"', "", "needs 'of'"),
        ("[ticket]", "[ticket", "can't be read"),
    ],
)
def test_a_mapping_with_a_mistake_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    with pytest.raises(MappingDoesNotFit, match=reason):
        mapping(tmp_path, TICKETS.replace(old, new, 1))


def test_an_event_step_without_activities_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingDoesNotFit, match="needs 'on'"):
        mapping(tmp_path, EVENTS.replace('on = ["Wait"]\n', ""))


def test_a_template_composes_from_columns_with_filters() -> None:
    cells = {"customer": "Value 12", "case:concept:name": "Ä-1"}

    assert Template.parse("h{customer|digits|pad 3}").render(cells) == "h012"
    assert (
        Template.parse("{case:concept:name}: {customer | lower}").render(cells) == "Ä-1: value 12"
    )
    assert Template.parse("{nothing}").render(cells) == ""


@given(st.text())
def test_plain_text_has_no_control_characters_and_stays_plain(text: str) -> None:
    once = plain(text)

    assert plain(once) == once
    assert "\x00" not in once
    assert "\n\n\n" not in once


def test_a_long_subject_is_cut_with_an_ellipsis() -> None:
    assert one_line("月结 " * 100, limit=20).endswith("…")
    assert len(one_line("x" * 300, limit=200)) == 200


# --- the two real exports ------------------------------------------------------------------------

HOUSE = Path(__file__).resolve().parents[2]


def sample(path: str) -> Path:
    folder = os.environ.get("SAMPLES", "")
    found = Path(folder) / path
    if not folder or not found.exists():
        pytest.skip(f"SAMPLES names no folder with {path}")
    return found


@pytest.mark.samples
def test_all_1419_chinese_messages_are_read_with_their_replies() -> None:
    path = sample("chinese/taidi2020c_fj4_reply_trail_dev.csv.gz")
    rules = read_mapping(HOUSE / "imports/taidi_messages.toml")

    found = list(read_tickets(path, mapping=rules))

    assert [one for one in found if isinstance(one, BadRow)] == []
    assert len(found) == 1419
    for one in found:
        assert isinstance(one, ImportedTicket)
        assert [step.kind for step in one.steps] == [StepKind.QUESTION, StepKind.REPLY]
        assert all("\t" not in step.body and step.body for step in one.steps)


@pytest.mark.samples
def test_all_4580_cases_of_397_customers_are_read_with_their_21348_events() -> None:
    path = sample("ticket_logs/italian_helpdesk_21348.csv.gz")
    rules = read_mapping(HOUSE / "imports/italian_helpdesk.toml")

    found = list(read_tickets(path, mapping=rules))

    assert [one for one in found if isinstance(one, BadRow)] == []
    made = [one for one in found if isinstance(one, ImportedTicket)]
    codes = {one.customer.code for one in made}
    codes |= {other.code for one in made for other in one.other_customers}
    assert len(codes) == 397
    assert len(made) == 4580
    assert sum(len(one.steps) - 1 for one in made) == 21_348


@pytest.mark.samples
def test_a_real_xes_log_is_read_whole(tmp_path: Path) -> None:
    path = sample("ticket_logs/bpic2013_volvo_problems_closed.xes.gz")

    rows = list(read_rows(path, mapping=mapping(tmp_path, EVENTS)))

    assert all(isinstance(row, RawRow) for row in rows)
    assert len(rows) == 6660
