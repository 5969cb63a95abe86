"""Makes answers of rows, and refuses those that cannot be: each with its line and its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from followups.importing.mapping import LINE, AnswerMapping
from tickets.importing.reading import read_rows
from tickets.importing.template import Template
from tickets.importing.text import NAME_LIMIT, one_line, plain
from tickets.importing.times import NoTime, read_time
from tickets.importing.words import BadRow, ImportedCustomer, RawRow

BY = ("mail", "portal", "phone")
LONGEST_WORDS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAnswer:
    """What somebody answered once; times are aware. (`source`, `key`) names it for ever."""

    key: str
    line: int
    customer: ImportedCustomer
    score: int
    words: str
    asked_at: datetime
    answered_at: datetime
    agent: str
    team: str
    by: str
    contact_name: str
    contact_email: str


class _Bad(Exception):
    """What keeps a row out; becomes a BadRow before it leaves this module."""

    def __init__(self, field: str, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.field, self.reason, self.remedy = field, reason, remedy


def read_answers(
    path: Path, *, mapping: AnswerMapping, lowest: int, highest: int
) -> Iterator[ImportedAnswer | BadRow]:
    """Give every answer of a file in its order, and every row that is none with its reason.

    `lowest` and `highest` are the ends of the question's scale. Raises FileDoesNotFit.
    """
    seen: dict[str, int] = {}
    for row in read_rows(path, mapping=mapping):
        if isinstance(row, BadRow):
            yield row
            continue
        try:
            made = _answer(row, mapping, lowest, highest)
            if (first := seen.setdefault(made.key, row.line)) != row.line:
                raise _Bad("key", f"is already in line {first}", "give each answer its own")
            yield made
        except _Bad as bad:
            yield BadRow(
                line=row.line, field=bad.field, reason=bad.reason, remedy=bad.remedy, raw=row.cells
            )


def _answer(row: RawRow, mapping: AnswerMapping, lowest: int, highest: int) -> ImportedAnswer:
    cells = _with_values(row, mapping)
    rule = mapping.answer
    asked_at, answered_at = _times(cells, mapping)
    by = rule.by.render(cells) or BY[1]
    if by not in BY:
        raise _Bad("by", f"{by!r} is none of {', '.join(BY)}", "map it with [values.by]")
    words = plain(rule.words.render(cells))
    if len(words) > LONGEST_WORDS:
        raise _Bad("words", f"are longer than {LONGEST_WORDS} letters", "shorten them")
    return ImportedAnswer(
        key=_filled("key", rule.key, cells),
        line=row.line,
        customer=_customer(mapping, cells),
        score=_score(rule.score.render(cells), lowest, highest),
        words=words,
        asked_at=asked_at,
        answered_at=answered_at,
        agent=one_line(rule.agent.render(cells), limit=NAME_LIMIT),
        team=one_line(rule.team.render(cells), limit=80),
        by=by,
        contact_name=one_line(rule.contact_name.render(cells), limit=NAME_LIMIT),
        contact_email=rule.contact_email.render(cells),
    )


def _with_values(row: RawRow, mapping: AnswerMapping) -> dict[str, str]:
    cells = {**row.cells, LINE: str(row.line)}
    for name, rule in mapping.values.items():
        theirs = rule.of.render(cells)
        ours = rule.pairs.get(theirs, rule.otherwise)
        if ours is None:
            raise _Bad(name, f"{theirs!r} is not in [values.{name}]", "add it there")
        cells[name] = ours
    return cells


def _filled(field: str, template: Template, cells: dict[str, str]) -> str:
    if not (text := template.render(cells)):
        raise _Bad(field, "is empty", "fill it in")
    return text


def _score(text: str, lowest: int, highest: int) -> int:
    if not text:
        raise _Bad("score", "is missing", "fill it in")
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise _Bad("score", f"{text[:40]!r} is no whole number", "correct it, or map it")
    score = int(text[:9])
    if not lowest <= score <= highest:
        raise _Bad("score", f"{score} is not on the scale {lowest} to {highest}", "correct it")
    return score


def _times(cells: dict[str, str], mapping: AnswerMapping) -> tuple[datetime, datetime]:
    """When it was asked for and when it was answered; refused where one cannot be."""
    rule = mapping.answer
    answered_at = _time("answered_at", rule.answered_at, cells, mapping)
    day = _time("answered_on", rule.answered_on, cells, mapping)
    asked_at = _time("asked_at", rule.asked_at, cells, mapping)
    reported_at = _time("reported_at", rule.reported_at, cells, mapping)
    if reported_at and asked_at and asked_at < reported_at:
        raise _Bad("asked_at", "was answered before it was reported", "correct one of the two")
    if answered_at is None and day is not None:
        answered_at = _on_day(day, asked_at, mapping)
    if answered_at is None:
        raise _Bad("answered_at", "is missing", "fill it in")
    earliest = asked_at or reported_at
    if earliest and answered_at < earliest:
        raise _Bad("answered_at", "is before it was asked for", "correct one of the two times")
    return earliest or answered_at, answered_at


def _on_day(day: datetime, asked_at: datetime | None, mapping: AnswerMapping) -> datetime:
    """A day as a time of it: when it was asked for, where that was the same day, else its start."""
    start = datetime.combine(day.astimezone(mapping.zone).date(), time.min, mapping.zone)
    end = start + timedelta(days=1)
    return asked_at if asked_at is not None and start <= asked_at < end else start


def _time(
    field: str, template: Template, cells: dict[str, str], mapping: AnswerMapping
) -> datetime | None:
    if not (text := template.render(cells)):
        return None
    try:
        return read_time(text, mapping=mapping)
    except NoTime as unread:
        raise _Bad(field, str(unread), "correct it, or add its form to 'dates'") from unread


def _customer(mapping: AnswerMapping, cells: dict[str, str]) -> ImportedCustomer:
    rule = mapping.customer
    return ImportedCustomer(
        code=rule.code.render(cells),
        name=one_line(rule.name.render(cells), limit=160),
        plan=rule.plan.render(cells),
        language=rule.language.render(cells),
        time_zone=rule.time_zone.render(cells),
    )
