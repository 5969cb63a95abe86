"""What the tickets of the bench tell: a few stories, and words for them in two languages.

A story is a list of steps, each with minutes since the one before. The product would have written
each step as some rows; `lines` says which, `facts` what the judge would have made of them.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, repeat
from pathlib import Path

RARE, COMMON, CHINESE = "zeppelin", "invoice", "发票"
"""A word of three tickets of each installation, and words of about one ticket in four."""

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
        [
            *((0, "ask"), (0, "own"), (20, "hold"), (60, "reply"), (600, "write"), (10, "note")),
            *((30, "reply"), (300, "write"), (15, "solve"), (900, "thank")),
        ],
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

WORDS = Path(__file__).with_name("words.toml")
_WORDS = tomllib.loads(WORDS.read_text())
NAMES: list[str] = _WORDS["names"]
BODIES = 40
"""Of each kind and language: enough that lexemes repeat like words do."""


def subjects(language: str) -> list[str]:
    """Subjects in English, or in Chinese."""
    return list(_WORDS[language]["subjects"])


def bodies(language: str, says: str) -> list[str]:
    """Bodies as HTML, the same at every run."""
    known = _WORDS[language]["question" if says == "message" else says]
    if says == "holding":
        return [f"<p>{known[0]}</p>"]
    chance = random.Random(f"{language} {says}")  # noqa: S311  words, no secrets
    return [_body(known, chance) for _ in repeat(None, BODIES)]


def _body(known: list[str], chance: random.Random) -> str:
    paragraphs = [
        " ".join(chance.sample(known, k=min(len(known), chance.randint(1, 3))))
        for _ in range(chance.randint(1, 2))
    ]
    return "".join(f"<p>{words}</p>" for words in paragraphs)
