"""Makes tickets of rows: one row one ticket, or the events of a case together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tickets.importing.mapping import Mapping, StepRule
from tickets.importing.reading import read_rows
from tickets.importing.template import Template
from tickets.importing.text import NAME_LIMIT, SUBJECT_LIMIT, one_line, plain
from tickets.importing.times import NoTime, read_time
from tickets.importing.words import (
    CHANNELS,
    KINDS,
    PRIORITIES,
    AuthorSide,
    BadRow,
    ImportedCustomer,
    ImportedStep,
    ImportedTicket,
    RawRow,
)

_CODE = re.compile(r"^[a-z0-9][a-z0-9-]{0,23}$")
_ADDRESS = re.compile(r"^[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>]+$")
_KEY_LIMIT = 120
_NAMELESS = {AuthorSide.CUSTOMER: "", AuthorSide.STAFF: "Staff", AuthorSide.SYSTEM: "System"}


class _Bad(Exception):
    """Something in a row that keeps it out; becomes a BadRow before it leaves this module."""

    def __init__(self, field: str, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.field, self.reason, self.remedy = field, reason, remedy


def read_tickets(path: Path, *, mapping: Mapping) -> Iterator[ImportedTicket | BadRow]:
    """Give every ticket of a file, and every row that is none with its reason.

    Raises FileDoesNotFit as `read_rows` does. Events of a case may stand anywhere in the file, so
    they are held in memory until it has been read; rows that are tickets are not.
    """
    rows = read_rows(path, mapping=mapping)
    groups = _cases(rows, mapping=mapping) if mapping.event else _singles(rows)
    seen: dict[str, int] = {}
    for group in groups:
        if isinstance(group, BadRow):
            yield group
            continue
        made = _ticket(group, mapping=mapping)
        if isinstance(made, ImportedTicket) and (first := seen.setdefault(made.key, made.line)) != (
            made.line
        ):
            reason = f"key {made.key!r} is already in line {first}"
            yield _bad(group[0], _Bad("key", reason, "give each ticket a key of its own"))
        elif isinstance(made, ImportedTicket):
            yield made
        else:
            yield from made


def _singles(rows: Iterable[RawRow | BadRow]) -> Iterator[list[RawRow] | BadRow]:
    for row in rows:
        yield [row] if isinstance(row, RawRow) else row


def _cases(rows: Iterable[RawRow | BadRow], *, mapping: Mapping) -> Iterator[list[RawRow] | BadRow]:
    cases: dict[str, list[RawRow]] = {}
    for row in rows:
        if isinstance(row, BadRow):
            yield row
        elif key := mapping.ticket.key.render(row.cells):
            cases.setdefault(key, []).append(row)
        else:
            yield _bad(row, _Bad("key", "names no case", "fill in the case"))
    yield from cases.values()


def _bad(row: RawRow, wrong: _Bad) -> BadRow:
    return BadRow(
        line=row.line, field=wrong.field, reason=wrong.reason, remedy=wrong.remedy, raw=row.cells
    )


def _ticket(group: list[RawRow], *, mapping: Mapping) -> ImportedTicket | list[BadRow]:
    """Make the ticket of these rows; when one of them is bad all are held back, so that the case
    can be mended and imported whole."""
    wrong: dict[int, BadRow] = {}
    steps: list[ImportedStep] = []
    filled: list[RawRow] = []
    for row in group:
        try:
            full = RawRow(row.line, _with_values(row, mapping=mapping))
            steps += _steps(full, mapping=mapping)
            filled.append(full)
        except _Bad as bad:
            wrong[row.line] = _bad(row, bad)
    if not wrong:
        try:
            return _assembled(filled, steps, mapping=mapping)
        except _Bad as bad:
            wrong[group[0].line] = _bad(group[0], bad)
    lines = ", ".join(map(str, wrong))
    held = _Bad("key", f"held back: line {lines} of the same case is bad", "mend that line")
    return [wrong.get(row.line) or _bad(row, held) for row in group]


def _with_values(row: RawRow, *, mapping: Mapping) -> dict[str, str]:
    cells = dict(row.cells)
    for name, rule in mapping.values.items():
        theirs = rule.of.render(row.cells)
        ours = rule.pairs.get(theirs, rule.otherwise)
        if ours is None:
            remedy = f"add it to [values.{name}.map], or give 'otherwise'"
            raise _Bad(name, f"{theirs!r} is not in [values.{name}]", remedy)
        cells[name] = ours
    return cells


def _steps(row: RawRow, *, mapping: Mapping) -> list[ImportedStep]:
    if mapping.event is None:
        made = (_step(row, rule=rule, at=rule.at, mapping=mapping) for rule in mapping.steps)
        return [step for step in made if step is not None]
    activity = mapping.event.activity.render(row.cells)
    rules = [rule for rule in mapping.steps[1:] if activity in rule.on]
    if not rules:
        raise _Bad("activity", f"{activity!r} has no step", "add it to 'on' of one of [[steps]]")
    made = (_step(row, rule=rule, at=mapping.event.at, mapping=mapping) for rule in rules)
    return [step for step in made if step is not None]


def _step(
    row: RawRow, *, rule: StepRule, at: Template | None, mapping: Mapping
) -> ImportedStep | None:
    text = at.render(row.cells) if at else ""
    body = plain(rule.body.render(row.cells))
    if rule.is_optional and (not text or not body):
        return None
    try:
        moment = read_time(text, mapping=mapping)
    except NoTime as unread:
        remedy = "correct it, or add its form to 'dates'"
        raise _Bad(f"{rule.do} at", str(unread), remedy) from unread
    author = one_line(rule.author.render(row.cells), limit=NAME_LIMIT)
    return ImportedStep(
        kind=rule.do,
        at=moment,
        author_side=rule.by,
        author_name=author or _NAMELESS[rule.by],
        body=body,
        line=row.line,
    )


def _assembled(
    rows: list[RawRow], steps: list[ImportedStep], *, mapping: Mapping
) -> ImportedTicket:
    steps = sorted(steps, key=lambda step: (step.at, step.line))
    lines = {step.line: place for place, step in reversed(list(enumerate(steps)))}
    rows = sorted(rows, key=lambda row: lines.get(row.line, len(steps)))
    first = rows[0]
    if mapping.event is not None:
        question = _step(first, rule=mapping.question, at=mapping.event.at, mapping=mapping)
        steps = [*([question] if question else []), *steps]
    elif steps[0].kind is not mapping.question.do:
        raise _Bad("at", f"{steps[0].kind} is before the question", "correct one of the two times")
    rule, cells = mapping.ticket, first.cells
    return ImportedTicket(
        source=mapping.source,
        key=_filled("key", rule.key, first)[:_KEY_LIMIT],
        line=min(row.line for row in rows),
        customer=_customer(first, mapping=mapping),
        subject=one_line(_filled("subject", rule.subject, first), limit=SUBJECT_LIMIT),
        kind=_word("kind", rule.kind.render(cells), KINDS),
        channel=_word("channel", rule.channel.render(cells), CHANNELS),
        priority=_word("priority", rule.priority.render(cells), PRIORITIES),
        requester_name=one_line(
            _filled("requester_name", rule.requester_name, first), limit=NAME_LIMIT
        ),
        requester_email=_address(rule.requester_email.render(cells)),
        steps=tuple(steps),
        notices=_notices(rows, mapping=mapping),
        other_customers=_others(rows, mapping=mapping),
    )


def _filled(field: str, template: Template, row: RawRow) -> str:
    if not (text := template.render(row.cells)):
        raise _Bad(field, "is empty", "fill it in, or compose it from other columns")
    return text


def _word(field: str, word: str, words: frozenset[str]) -> str:
    if word not in words:
        raise _Bad(
            field,
            f"{word!r} is none of {', '.join(sorted(words))}",
            f"map it with [values.{field}]",
        )
    return word


def _address(text: str) -> str:
    if not _ADDRESS.match(text) or len(text) > 254:
        raise _Bad("requester_email", f"{text!r} is no mail address", "correct or compose it")
    return text


def _customer(row: RawRow, *, mapping: Mapping) -> ImportedCustomer:
    rule, cells = mapping.customer, row.cells
    code = rule.code.render(cells)
    if not _CODE.match(code):
        remedy = "compose it with the filters lower, slug or digits"
        raise _Bad("code", f"{code!r} is not 1 to 24 of a-z, 0-9 and -", remedy)
    return ImportedCustomer(
        code=code,
        name=one_line(_filled("name", rule.name, row), limit=160),
        plan=rule.plan.render(cells),
        language=rule.language.render(cells),
        time_zone=rule.time_zone.render(cells),
    )


def _others(rows: list[RawRow], *, mapping: Mapping) -> tuple[ImportedCustomer, ...]:
    found = {mapping.customer.code.render(row.cells): row for row in reversed(rows)}
    found.pop(mapping.customer.code.render(rows[0].cells))
    return tuple(_customer(row, mapping=mapping) for row in found.values())


def _notices(rows: list[RawRow], *, mapping: Mapping) -> tuple[str, ...]:
    """Say what changes within the case; the first event decides."""
    notices = []
    for field, template in (("customer", mapping.customer.code), ("plan", mapping.customer.plan)):
        found = list(dict.fromkeys(template.render(row.cells) for row in rows))
        if len(found) > 1:
            notices.append(f"{field} changes: {', '.join(found)}; the first counts")
    return tuple(notices)
