"""Words to search by: what is typed finds what was written, and breaks nothing."""

import logging
import re
import subprocess
import sys
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import segmenting
from desk.segmenting import lexemes, tsquery

MESSAGE = (
    "Dear Ada, the invoices of ACME-128 cannot be opened since 3.11.7 (error 0x80070005), "
    "see ed@acme.example. 增值税发票打不开，请尽快处理。ＥＲＰ系统 繁體發票 Companies"
)


def finds(typed: str, text: str = MESSAGE) -> bool:
    """What PostgreSQL does with the two, for the expressions we make."""
    words = lexemes(text).split()

    def has(term: str) -> bool:
        if term.endswith(":*"):
            return any(word.startswith(term[:-2]) for word in words)
        return term in words

    expression = tsquery(typed)
    assert expression, f"nothing to look for in {typed!r}"
    return all(
        any(all(has(term) for term in way.split(" & ")) for way in group.strip("()").split(" | "))
        for group in re.split(r" & (?![^()]*\))", expression)
    )


@pytest.mark.parametrize(
    "typed",
    [
        "invoices", "invoice", "INVOICE", "invo", "acme-128", "ACME-128", "acme", "128", "acme-12",
        "ed@acme.example", "ed@ac", "3.11", "0x80070005", "company", "companies", "invoices opened",
        "the invoice", "the invoices of acme",
        "发票", "增值税发票", "增值税", "票", "打不开", "处理", "请尽快处理", "税发票", "理",
        "ERP", "erp系统", "\uff25\uff32\uff30", "繁體", "發票", "invoice 发票", "发票 acme-128",
    ],
)  # fmt: skip
def test_what_is_typed_finds_the_message(typed: str) -> None:
    assert finds(typed)


@pytest.mark.parametrize(
    "typed", ["acme-129", "globex", "invoices globex", "退款", "发票 退款", "eve@acme.example"]
)
def test_what_is_not_there_is_not_found(typed: str) -> None:
    assert not finds(typed)


@pytest.mark.parametrize(
    ("word", "singular"),
    [("invoices", "invoice"), ("companies", "company"), ("boxes", "box"), ("status", "status"),
     ("address", "address"), ("analysis", "analysis"), ("addresses", "address"), ("gas", "gas")],
)  # fmt: skip
def test_a_plural_is_indexed_with_its_singular(word: str, singular: str) -> None:
    assert set(lexemes(word).split()) == {word, singular}
    assert lexemes(word, query=True) == singular


def test_codes_are_indexed_whole_and_in_parts() -> None:
    assert lexemes("ACME-128").split() == ["acme128", "acme", "128"]
    assert lexemes("ACME-128", query=True) == "acme128"


def test_long_chinese_words_are_indexed_with_the_short_ones_inside() -> None:
    words = lexemes("增值税发票").split()

    assert {"增值税", "增值", "发票"} <= set(words)


def test_only_the_last_word_may_be_unfinished() -> None:
    assert tsquery("invoice mar") == "invoice & mar:*"
    assert not finds("invo acme")


def test_fillers_count_only_when_there_is_nothing_else() -> None:
    assert tsquery("how to open the invoice") == "open & invoice:*"
    assert tsquery("to the") == "to & the:*"


@pytest.mark.parametrize(
    "typed", ["", " ", "'", "& | ! ( ) <-> :*", "\x00", "%_\\", "，。！", "😀"]
)
def test_where_there_is_no_word_there_is_nothing_to_ask(typed: str) -> None:
    assert tsquery(typed) == ""


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_whatever_is_typed_becomes_words_and_our_own_operators(typed: str) -> None:
    for word in lexemes(typed).split(" ") + lexemes(typed, query=True).split(" "):
        assert word == "" or word.isalnum()
    assert all(re.fullmatch(r"\(*[^\W_]+(:\*)?\)*|[&|]", piece) for piece in tsquery(typed).split())


@pytest.mark.parametrize(
    "piece", ["a", "a ", "a-", "字", "发票打不开", "字 ", "\ufdfa", "1.", "😀"]
)
def test_a_huge_text_is_cut_and_takes_no_more_than_seconds(piece: str) -> None:
    lexemes("发票")
    text = piece * (1_000_000 // len(piece))
    began = process_time()

    words, asked = lexemes(text), tsquery(text)

    assert process_time() - began < 5
    assert len(words.encode()) < 4_000_000
    assert len(asked) < 10_000


def test_a_text_of_ever_new_words_still_fits_a_tsvector() -> None:
    text = "".join(chr(0x4E00 + n * n % 20_000) for n in range(segmenting.MAX_TEXT))

    words = set(lexemes(text).split())

    assert sum(len(word.encode()) + 3 for word in words) < 1_048_575


def test_the_segmenter_is_loaded_late_and_says_nothing() -> None:
    code = (
        "import sys; from desk.segmenting import lexemes; lexemes('plain words');"
        "assert 'jieba' not in sys.modules; lexemes('发票')"
    )

    ran = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", code],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert (ran.stdout, ran.stderr) == ("", "")


def test_the_dictionary_is_cached_in_a_folder_of_our_own() -> None:
    lexemes("发票")

    folder = segmenting._jieba().tmp_dir

    assert folder.endswith("var/jieba") or "/jieba-" in folder
    assert logging.getLogger("jieba").level == logging.ERROR
