"""What the tickets of the bench tell: a few stories, and words for them in two languages.

A story is a list of steps, each with minutes since the one before. The product would have written
each step as some rows; `lines` says which, `facts` what the judge would have made of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, repeat

RARE, COMMON, CHINESE = "zeppelin", "invoice", "发票"
"""A word of three tickets of each installation, and words of about one ticket in ten."""

LONG = [(0, "ask"), (5, "own"), *[(30, "reply"), (30, "write")] * 24, (30, "reply")]
STORIES: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "asked": ("fresh", [(0, "ask"), (0, "own")]),
    "held": ("live", [(0, "ask"), (0, "own"), (20, "hold")]),
    "answered": ("live", [(0, "ask"), (0, "own"), (25, "reply")]),
    "again": ("live", [(0, "ask"), (0, "own"), (15, "reply"), (60, "write")]),
    "talked": (
        "live",
        [(0, "ask"), (0, "own"), (5, "hold"), (30, "note"), (20, "reply"), (60, "write")],
    ),
    "parked": ("live", [(0, "ask"), (0, "own"), (10, "reply"), (30, "write"), (30, "park")]),
    "solved": ("resolved", [(0, "ask"), (0, "own"), (20, "reply"), (60, "write"), (40, "solve")]),
    "quick": ("resolved", [(0, "ask"), (0, "own"), (15, "solve")]),
    "thanked": ("closed", [(0, "ask"), (0, "own"), (20, "reply"), (60, "solve"), (400, "thank")]),
    "asked twice": (
        "closed",
        [(0, "ask"), (0, "own"), (20, "hold"), (60, "reply"), (600, "write"), (10, "note")]
        + [(30, "reply"), (300, "write"), (15, "solve"), (900, "thank")],
    ),
    "short": ("closed", [(0, "ask"), (0, "own"), (30, "solve"), (60, "thank")]),
    "five": ("five", [(0, "ask"), (0, "own"), *[(20, "reply"), (40, "write")] * 2]),
    "long": ("long", LONG),
}

_MOVES = {"reply": "waiting", "park": "on_hold", "solve": "resolved", "thank": "closed"}
_ENTRIES = {
    "ask": ("question", "contact", "question"),
    "write": ("message", "contact", "message"),
    "reply": ("reply", "staff", "answer"),
    "hold": ("holding", "staff", "holding"),
    "solve": ("resolved", "staff", ""),
    "thank": ("confirmed", "contact", ""),
}


@dataclass(frozen=True)
class Line:
    """One row of a trail: an entry, a note (`kind` note), or an event (`field` is set)."""

    story: str
    place: int
    minute: int
    is_entry: bool
    kind: str
    author: str
    """contact, staff, or "" for the judge."""
    says: str
    """What its body is taken from; "" for no body."""
    field: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Facts:
    """How a ticket of the story stands in the end; minutes after it was opened."""

    story: str
    fate: str
    state: str
    last_side: str
    minute: int
    responded: int | None
    clock: str
    since: int
    judged: int


def lines(story: str) -> Iterator[Line]:
    """The rows of a story in their order, from place 1."""
    steps, place, state = STORIES[story][1], 0, "new"
    for minute, step in zip(
        accumulate(gap for gap, _ in steps), (s for _, s in steps), strict=True
    ):
        for row in _rows(step, state):
            place += 1
            yield Line(story, place, minute, *row)
        state = _after(step, state)


def _rows(step: str, state: str) -> Iterator[tuple[bool, str, str, str, str, str, str]]:
    after = _after(step, state)
    if step in _ENTRIES:
        kind, author, says = _ENTRIES[step]
        yield (True, kind, author, says, "", "", "")
        if after != state:
            yield (False, "event", author, "", "state", state, after)
    elif step == "own":
        yield (False, "event", "", "", "owner", "", "owner")
    elif step == "note":
        yield (False, "note", "staff", "note", "", "", "")
    else:
        yield (False, "event", "staff", "", "state", state, after)


def _after(step: str, state: str) -> str:
    if step == "write":
        return "open" if state in ("waiting", "resolved") else state
    if step == "hold":
        return "open" if state == "new" else state
    return _MOVES.get(step, state)


def facts(story: str) -> Facts:
    """What is true of a ticket at the end of its story."""
    rows = list(lines(story))
    said = [row for row in rows if row.is_entry and row.says]
    ours = [row for row in said if row.author == "staff"]
    state = next((row.new for row in reversed(rows) if row.field == "state"), "new")
    clock, since = _clock(said, state)
    return Facts(
        story=story,
        fate=STORIES[story][0],
        state=state,
        last_side="us"
        if [row for row in rows if row.is_entry][-1].author == "staff"
        else "customer",
        minute=rows[-1].minute,
        responded=ours[0].minute if ours else None,
        clock=clock,
        since=since,
        judged=max(row.place for row in rows if row.is_entry),
    )


def _clock(said: list[Line], state: str) -> tuple[str, int]:
    """The clock that runs: of all clocks no story starts two at once."""
    if state in ("waiting", "resolved", "closed"):
        return "", 0
    last = said[-1]
    if last.kind == "question":
        return "first_response", last.minute
    return ("real_answer" if last.kind == "holding" else "next_response"), last.minute


# --- Words -------------------------------------------------------------------------------------

_SENTENCES = {
    ("en", "question"): """Since the update the monthly statement shows an empty column.
The export to a spreadsheet stops at row four hundred. Where do I change the address on our letters?
Two of us cannot open the stock report from home. The printer in the warehouse prints labels twice.
We need a second approver for purchase orders. Our invoice was sent to a customer who left last year.
How do I give a colleague access to the ledger? The page for new suppliers stays white.
A scheduled job did not run last night. Could you explain the difference between both totals?
The barcode scanner reads the old article numbers. When I sign in with my phone the code comes late.
Please tell us what happens to drafts after a year. The bank file was refused by the bank.""",
    ("zh", "question"): """更新之后月结报表的金额列是空的。发票导出到表格时在第四百行停止。
请问在哪里修改信函上的公司地址？我们有两位同事在家打不开库存报表。仓库的标签打印机每张打印两次。
我们需要第二位审批人来审批采购订单。怎样给同事开通总账的权限？新增供应商的页面一直是空白。
昨天夜里定时任务没有执行。能否解释两个合计数之间的差别？扫码枪仍然读取旧的物料编码。银行退回了付款文件。""",
    (
        "en",
        "answer",
    ): """Thank you for the clear description. Please close the period once and open it again.
The column is filled as soon as the currency of the account is set. We have given your colleague the role.
The file is written anew every night at two. You find it under settings, letters, address.
Your invoice template was an old one and has been replaced. Both totals differ by the open orders.
The label printer had two queues with one name. Please try it again and tell us whether it works now.""",
    (
        "zh",
        "answer",
    ): """感谢您的详细说明。请先把会计期间关闭再重新打开一次。设置账户币种之后金额列就会显示。
我们已经给您的同事分配了角色。文件每天夜里两点重新生成。您可以在设置里的信函地址中修改。
发票模板是旧版本，已经替换。两个合计数的差额是未结订单。请再试一次，并告诉我们是否正常。""",
    (
        "en",
        "note",
    ): """Seen at two other customers after the same update. The setting is hidden since spring.
Ask the product team whether this stays. They close their books on the third working day.""",
    (
        "zh",
        "note",
    ): """另外两家客户更新后也出现过。这个设置从春季起被隐藏。请产品组确认是否保留。他们每月三号结账。""",
}
_SUBJECTS = {
    "en": """Empty column in the monthly statement|Export stops at row 400|Address on our letters
Stock report does not open|Labels are printed twice|Second approver for orders|Access to the ledger
White page for new suppliers|Nightly job did not run|Two totals that differ|Scanner reads old numbers
Sign-in code comes late|What happens to drafts|Bank refused our file|Invoice for a former customer""",
    "zh": """月结报表金额列为空|导出在第四百行停止|信函上的公司地址|库存报表打不开|标签打印两次|采购订单的第二审批人
总账权限|新增供应商页面空白|夜间任务没有执行|两个合计数不一致|扫码枪读取旧编码|登录验证码来得太晚|银行退回文件|发票开错客户""",
}
NAMES = """Anna Berg|Ben Carter|Chloé Dubois|Daniel Frei|Elena Greco|Felix Huber|Grace Ito|Hugo Jansen
Ida Koch|Jonas Lang|王伟|李娜|张敏|刘洋|陈静|杨帆|赵磊|黄丽|周强|吴婷|Karin Meier|Luca Neri|Maria Ortiz|Noah Peters"""
BODIES = 40
"""Of each kind and language: enough that lexemes repeat like words do."""


def parts(text: str) -> list[str]:
    """The pieces of a text of ours: what stands between bars and line ends."""
    return [part.strip() for line in text.splitlines() for part in line.split("|") if part.strip()]


def subjects(language: str) -> list[str]:
    """Subjects in English, or in Chinese."""
    return parts(_SUBJECTS[language])


def bodies(language: str, says: str) -> list[str]:
    """Bodies as HTML, the same at every run."""
    if says == "holding":
        held = {
            "en": "We have your message and are looking into it. You will hear from us again here.",
            "zh": "我们已收到您的消息，正在处理，会在这里回复您。",
        }
        return [f"<p>{held[language]}</p>"]
    known = _sentences(_SENTENCES[language, "question" if says == "message" else says])
    chance = random.Random(f"{language} {says}")  # noqa: S311  words, no secrets
    return [_body(known, chance) for _ in repeat(None, BODIES)]


def _sentences(text: str) -> list[str]:
    marked = "".join(f"{sign}|" if sign in ".?。？" else sign for sign in text)
    return parts(marked)


def _body(known: list[str], chance: random.Random) -> str:
    paragraphs = [
        " ".join(chance.sample(known, k=min(len(known), chance.randint(1, 3))))
        for _ in range(chance.randint(1, 2))
    ]
    return "".join(f"<p>{words}</p>" for words in paragraphs)
