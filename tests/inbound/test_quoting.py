"""What is new in a reply is told from what was quoted; neither is ever lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.inbound.quoting import cut

NEW = "好的，明天上午处理。\n\n王伟"
FIELDS = (
    "发件人: Support <acme@desk.example>\n发送时间: 2026年11月20日\n收件人: 王伟\n主题: 进度\n\n？"
)
QUOTED = [
    "在 2026年11月20日 18:51，张三 <zhang@acme.test> 写道：\n> 请问进度如何？\n> 谢谢",
    f"------------------ 原始邮件 ------------------\n{FIELDS}",
    f"________________________________\n{FIELDS}",
    f"-----原始邮件-----\n{FIELDS}",
    FIELDS,
    'At 2026-11-20 18:51:00, "Support" <acme@desk.example> wrote:\n>How is it going?',
    "On Fri, Nov 20, 2026 at 6:51 PM Support <acme@desk.example>\nwrote:\n\n> How is it going?",
    "From: Support <acme@desk.example>\nSent: Friday, November 20, 2026 6:51 PM\nTo: Wang\n"
    "Subject: Progress\n\nHow is it going?",
    "Am 20.11.2026 um 18:51 schrieb Support <acme@desk.example>:\n\n> Wie geht es?",
    "------------------ Original ------------------\nFrom: Support\nDate: Fri\nTo: Wang",
]


@pytest.mark.parametrize("quoted", QUOTED, ids=range(len(QUOTED)))
def test_what_programs_quote_is_folded(quoted: str) -> None:
    said = cut(f"{NEW}\n\n{quoted}\n")

    assert said.reply == NEW
    assert said.quoted.endswith(quoted[-8:])


def test_answers_between_quoted_lines_stay_where_they_are() -> None:
    text = "Hi,\n\n在 2026/12/06 13:55, X 写道:\n> One?\nYes.\n> Two?\nNo.\n> Three?"
    said = cut(text)

    assert said.reply.endswith("No.")
    assert said.quoted == "> Three?"


def test_a_mail_that_only_quotes_is_shown_whole() -> None:
    text = "> Is this still open?\n> Thanks"

    assert cut(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "From: the desk\nI wonder what you think.",
        "He wrote: nothing.\nThat is all.",
        "发件人是谁？\n请告诉我。",
        "a > b\nand b > c",
        "-- \nUma",
    ],
)
def test_what_only_looks_like_a_quotation_is_none(text: str) -> None:
    assert cut(text).quoted == ""


@given(st.lists(st.sampled_from([*"\n".join([NEW, *QUOTED]).split("\n"), "", "> x"]), max_size=30))
def test_nothing_is_lost_and_nothing_added(lines: list[str]) -> None:
    text = "\n".join(lines)
    said = cut(text)

    kept = [line for line in f"{said.reply}\n{said.quoted}".split("\n") if line.strip()]
    assert kept == [line for line in text.split("\n") if line.strip()]
