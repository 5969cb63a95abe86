"""The mapping file: how the rows of one export become tickets. The format is in docs/import.md."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tickets.importing.errors import MappingDoesNotFit
from tickets.importing.template import Template
from tickets.importing.words import AuthorSide, StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMap:
    """Words of theirs and ours: what `of` gives is looked up; `otherwise` is for all the others."""

    of: Template
    pairs: Table[str, str]
    otherwise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """How one step is made. `on` lists the activities it is for (events); `at` is for tickets."""

    do: StepKind
    by: AuthorSide
    author: Template
    body: Template
    at: Template | None = None
    on: frozenset[str] = frozenset()
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRule:
    """Which customer a row belongs to, and what it is laid with."""

    code: Template
    name: Template
    plan: Template
    language: Template
    time_zone: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRule:
    """What a ticket is called and who asked."""

    key: Template
    subject: Template
    kind: Template
    channel: Template
    priority: Template
    requester_name: Template
    requester_email: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """When an event happened and what it was."""

    at: Template
    activity: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A mapping file, read and checked. `event` is there when a row is an event of a case."""

    source: str
    format: str
    encoding: str
    delimiter: str
    zone: ZoneInfo
    dates: tuple[str, ...]
    customer: CustomerRule
    ticket: TicketRule
    steps: tuple[StepRule, ...]
    values: Table[str, ValueMap]
    event: EventRule | None

    @property
    def question(self) -> StepRule:
        """The rule of the first step."""
        return self.steps[0]

    def columns(self) -> frozenset[str]:
        """Every column of the file that some rule asks for."""
        rules = [self.customer, self.ticket, self.event, *self.steps, *self.values.values()]
        asked = {
            column
            for rule in rules
            if rule is not None
            for one in fields(rule)
            if isinstance(template := getattr(rule, one.name), Template)
            for column in template.columns
        }
        return frozenset(asked - self.values.keys())


_TOP = {"source", "shape", "format", "encoding", "delimiter", "time_zone", "dates"}
_TABLES = {"customer", "ticket", "event", "steps", "values"}
_DEFAULTS = {"kind": "question", "channel": "mail", "priority": "normal"}


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file; MappingDoesNotFit with the place when something in it can't be."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise MappingDoesNotFit(f"{path.name} can't be read: {broken}") from broken
    _known(table, words=_TOP | _TABLES, where=path.name)
    shape = _one_of(table, "shape", ("tickets", "events"), default="tickets")
    event = _templates(table, "event", required=("at", "activity")) if shape == "events" else None
    steps = tuple(_step(row, place=n, shape=shape) for n, row in enumerate(table.get("steps", ())))
    _check_steps(steps, shape=shape)
    customer = _templates(
        table, "customer", required=("code", "name"), optional=("plan", "language", "time_zone")
    )
    ticket = _templates(
        table,
        "ticket",
        required=("key", "subject", "requester_name", "requester_email"),
        optional=tuple(_DEFAULTS),
    )
    return Mapping(
        source=_text(table, "source"),
        format=_one_of(table, "format", ("csv", "xes", ""), default=""),
        encoding=str(table.get("encoding", "")),
        delimiter=str(table.get("delimiter", ",")),
        zone=_zone(table),
        dates=tuple(map(str, table.get("dates", ("iso",)))),
        customer=CustomerRule(**customer),
        ticket=TicketRule(**ticket),
        steps=steps,
        values=_values(table),
        event=EventRule(**event) if event else None,
    )


def _known(table: Table[str, Any], *, words: set[str], where: str) -> None:
    if strange := sorted(table.keys() - words):
        raise MappingDoesNotFit(f"{where} has the unknown word {strange[0]!r}")


def _text(table: Table[str, Any], name: str, *, where: str = "the mapping") -> str:
    if not (value := str(table.get(name, "")).strip()):
        raise MappingDoesNotFit(f"{where} needs {name!r}")
    return value


def _one_of(table: Table[str, Any], name: str, words: tuple[str, ...], *, default: str) -> str:
    value = str(table.get(name, default))
    if value not in words:
        raise MappingDoesNotFit(f"{name!r} is one of {', '.join(words)}, not {value!r}")
    return value


def _zone(table: Table[str, Any]) -> ZoneInfo:
    name = str(table.get("time_zone", "UTC"))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise MappingDoesNotFit(f"there is no time zone {name!r}") from unknown


def _templates(
    table: Table[str, Any],
    name: str,
    *,
    required: tuple[str, ...],
    optional: tuple[str, ...] = (),
) -> dict[str, Template]:
    rows = table.get(name, {})
    _known(rows, words={*required, *optional}, where=f"[{name}]")
    texts = {word: _text(rows, word, where=f"[{name}]") for word in required}
    texts |= {word: str(rows.get(word, _DEFAULTS.get(word, ""))) for word in optional}
    return {word: Template.parse(text) for word, text in texts.items()}


def _step(row: Table[str, Any], *, place: int, shape: str) -> StepRule:
    where = f"step {place + 1}"
    _known(row, words={"do", "by", "author", "body", "at", "on", "optional"}, where=where)
    try:
        do, by = StepKind(row.get("do", "")), AuthorSide(row.get("by", "staff"))
    except ValueError as unknown:
        raise MappingDoesNotFit(f"{where}: {unknown}") from unknown
    if shape == "tickets" and "at" not in row:
        raise MappingDoesNotFit(f"{where} needs 'at'")
    return StepRule(
        do=do,
        by=by,
        author=Template.parse(str(row.get("author", ""))),
        body=Template.parse(str(row.get("body", ""))),
        at=Template.parse(str(row["at"])) if "at" in row else None,
        on=frozenset(map(str, row.get("on", ()))),
        is_optional=bool(row.get("optional", False)),
    )


def _check_steps(steps: tuple[StepRule, ...], *, shape: str) -> None:
    if [one.do for one in steps].count(StepKind.QUESTION) != 1 or (
        steps[0].do is not StepKind.QUESTION
    ):
        raise MappingDoesNotFit("the first of [[steps]], and only the first, is the question")
    if shape == "events" and not all(one.on for one in steps[1:]):
        raise MappingDoesNotFit("every step after the question needs 'on': its activities")


def _values(table: Table[str, Any]) -> dict[str, ValueMap]:
    maps = {}
    for name, row in table.get("values", {}).items():
        where = f"[values.{name}]"
        _known(row, words={"of", "map", "otherwise"}, where=where)
        maps[name] = ValueMap(
            of=Template.parse(_text(row, "of", where=where)),
            pairs={str(theirs): str(ours) for theirs, ours in row.get("map", {}).items()},
            otherwise=str(row["otherwise"]) if "otherwise" in row else None,
        )
    return maps
