"""No cell of an export is a formula, wherever a spreadsheet begins one; and nothing is lost."""

from __future__ import annotations

import ast
import csv
import io
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts import csv_rows
from tests.architecture.sources import modules, relative, tree
from tests.tickets.test_import_reading import TICKETS, mapping
from tickets.importing.badrows import BadRowFile
from tickets.importing.reading import read_rows
from tickets.importing.rows import read_tickets
from tickets.importing.words import BadRow, RawRow

WRITER = "accounts/csv_rows.py"
FORMULA = "=+-@|%"
NOBODY_SEES = ("Zs", "Zl", "Zp", "Cc", "Cf")
BLANK = ["", " ", "\t", "\r", "\n", "\u200b", "\ufeff", "\u3000", "\xa0", "\xad", '"', "\x00", "’"]
SIGN = [*FORMULA, *"＝＋－＠", "\t", "\r", "\n", "；", ";", "'", ",", "x", "1"]
DDE = ["=cmd|'/C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "DDE(1;2)"]

cells = st.lists(
    st.sampled_from([*BLANK, *SIGN, *DDE]) | st.text(max_size=5), min_size=1, max_size=6
).map("".join)


def written(*row: csv_rows.Value) -> str:
    return "".join(csv_rows.lines([row]))


def begins_a_formula(shown: str) -> bool:
    """Told another way than the writer does: by what Unicode says the characters are."""
    for sign in shown:
        category = unicodedata.category(sign)
        plain = unicodedata.normalize("NFKC", sign)
        if plain[:1] in FORMULA or sign == "\u2212":
            return True
        if (
            category not in ("Zs", "Zl", "Zp", "Cc", "Cf")
            and sign not in '"\u2018\u2019\u201c\u201d'
        ):
            return False
    return False


def formulas(text: str) -> list[str]:
    """What a spreadsheet would calculate, whichever separator it believes in."""
    found = []
    for separator in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            found += [shown for shown in row if begins_a_formula(shown)]
    return found


def check_nothing_is_calculated(write: Callable[..., str], text: str) -> None:
    """The check of this guard; a sabotage proves that it can fail."""
    assert formulas(write("before", text, "after")) == [], repr(text)


@settings(max_examples=400, deadline=None)
@given(cells)
@example("=1+1")
@example("a;=1+1")
@example("- one\n- two")
@example("；=1")
@example("'=1")
@example('";"=1')
def test_no_text_is_calculated_and_each_comes_back(text: str) -> None:
    check_nothing_is_calculated(written, text)

    ((_, back, _),) = csv.reader(io.StringIO(written("a", text, "z"), newline=""))

    assert csv_rows.plain(back) == re.sub("[\ud800-\udfff]", "\ufffd", text)


def test_words_stay_as_they_are() -> None:
    for text in ("", "Uma", "a = b", "1-2", "三月，发票", "a,b", 'say "x"', "one\ntwo", "0012"):
        assert csv_rows.cell(text) == text


def test_numbers_stay_numbers_and_times_are_told_exactly() -> None:
    row: list[csv_rows.Value] = [
        -3,
        0.5,
        Decimal("-1.50"),
        True,
        None,
        date(2026, 3, 2),
        datetime(2026, 3, 2, tzinfo=UTC),
    ]

    assert written(*row) == "-3,0.5,-1.50,true,,2026-03-02,2026-03-02T00:00:00+00:00\r\n"
    assert written("-3") == "'-3\r\n"


def test_excel_is_told_the_encoding_when_it_reads() -> None:
    assert "".join(csv_rows.lines([["姓名"]], is_for_excel=True)) == "\ufeff姓名\r\n"


def test_half_characters_do_not_break_a_file() -> None:
    written("a\ud800b").encode()


def test_the_guard_is_what_the_check_sees() -> None:
    """Sabotage: a writer without the guard turns the check red."""

    def unguarded(*row: str) -> str:
        piece = io.StringIO(newline="")
        csv.writer(piece).writerow(row)
        return piece.getvalue()

    for text in ("=1", "\t=1", "\u200b＝1", "a;=1", "a\n@b", "%x", "|x"):
        check_nothing_is_calculated(written, text)
        with pytest.raises(AssertionError):
            check_nothing_is_calculated(unguarded, text)


def test_bad_rows_of_an_import_are_guarded(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    with BadRowFile(path) as file:
        file.put(BadRow(line=2, reason="=1", raw={"=name": "=cmd|'/C calc'!A0", "n": "\t-1"}))
        file.put(BadRow(line=3, reason="x", raw={"other": "＝1"}))

    assert formulas(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("rules", "encoding"),
    [("", "utf-8"), ('delimiter = ";"\nencoding = "gb18030"\n', "gb18030")],
)
def test_bad_rows_come_back_as_they_were_whatever_the_mapping_says(
    tmp_path: Path, rules: str, encoding: str
) -> None:
    text = "=1+1\n- 三月，\t'x'"
    head = ["id", "company", "type", "who", "title", "text", "asked", "answer", "answered"]
    row = ["1", "Acme", "Bug", "Ed", "@x", text, "?", "", ""]
    export = tmp_path / "export.csv"
    with export.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=";" if rules else ",").writerows([head, row])
    read = mapping(tmp_path, rules + TICKETS)

    with BadRowFile(tmp_path / "bad.csv") as file:
        for bad in read_tickets(export, mapping=read):
            assert isinstance(bad, BadRow)
            file.put(bad)
    (again,) = read_rows(tmp_path / "bad.csv", mapping=read)

    assert isinstance(again, RawRow)
    assert (again.cells["title"], again.cells["text"]) == ("@x", text)


def test_only_one_module_writes_csv() -> None:
    names = {"writer", "DictWriter"}
    writers = {
        relative(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in {f"csv.{n}" for n in names})
        or (isinstance(node, ast.ImportFrom) and node.module == "csv"
            and names & {alias.name for alias in node.names})
    }  # fmt: skip

    assert writers == {WRITER}
