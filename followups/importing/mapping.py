"""The mapping file of answers: how each row becomes a score with its words (docs/import.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tickets.importing.errors import MappingDoesNotFit
from tickets.importing.mapping import CustomerRule, ValueMap
from tickets.importing.template import Template

LINE = "line"
"""Stands for the row's place in the file, where a row has nothing else to be known by."""

_WORDS = {"source", "format", "encoding", "delimiter", "time_zone", "dates", "questionnaire",
          "question", "customer", "answer", "values"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRule:
    """What one answer is made of; what is left out is empty.

    `reported_at` and `asked_at` are for what must come before: an answer before them is refused.
    `answered_on` is a day without a time: the answer came that day, not before it was asked for.
    """

    key: Template
    score: Template
    words: Template
    reported_at: Template
    asked_at: Template
    answered_at: Template
    answered_on: Template
    agent: Template
    team: Template
    by: Template
    contact_name: Template
    contact_email: Template


_NEEDED = ("key", "score")
_ANSWER = {one.name for one in fields(AnswerRule)}
_CUSTOMER = {one.name for one in fields(CustomerRule)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMapping:
    """A mapping file of answers, read and checked."""

    source: str
    format: str
    encoding: str
    delimiter: str
    zone: ZoneInfo
    dates: tuple[str, ...]
    questionnaire: str
    question: str
    customer: CustomerRule
    answer: AnswerRule
    values: Table[str, ValueMap]

    def columns(self) -> frozenset[str]:
        """Every column of the file that some rule asks for."""
        rules: list[Any] = [self.customer, self.answer, *self.values.values()]
        asked = {
            column
            for rule in rules
            for one in fields(rule)
            if isinstance(template := getattr(rule, one.name), Template)
            for column in template.columns
        }
        return frozenset(asked - self.values.keys() - {LINE})


def read_mapping(path: Path) -> AnswerMapping:
    """Read a mapping file; MappingDoesNotFit with the place when something in it can't be."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise MappingDoesNotFit(f"{path.name} can't be read: {broken}") from broken
    _known(table, _WORDS, path.name)
    customer, answer = table.get("customer", {}), table.get("answer", {})
    _known(customer, _CUSTOMER, "[customer]")
    _known(answer, _ANSWER, "[answer]")
    for name in _NEEDED:
        if not answer.get(name):
            raise MappingDoesNotFit(f"[answer] needs {name!r}")
    if not (answer.get("answered_at") or answer.get("answered_on")):
        raise MappingDoesNotFit("[answer] needs 'answered_at' or 'answered_on'")
    source = str(table.get("source", "")).strip()
    if not source:
        raise MappingDoesNotFit("the mapping needs 'source'")
    return AnswerMapping(
        source=source,
        format=str(table.get("format", "csv")),
        encoding=str(table.get("encoding", "")),
        delimiter=str(table.get("delimiter", ",")),
        zone=_zone(str(table.get("time_zone", "UTC"))),
        dates=tuple(map(str, table.get("dates", ("iso",)))),
        questionnaire=str(table.get("questionnaire", "after-ticket")),
        question=str(table.get("question", "service")),
        customer=CustomerRule(**_templates(customer, _CUSTOMER)),
        answer=AnswerRule(**_templates(answer, _ANSWER)),
        values={name: _values(row, f"[values.{name}]") for name, row in _tables(table)},
    )


def _known(table: Table[str, Any], words: set[str], where: str) -> None:
    if strange := sorted(table.keys() - words):
        raise MappingDoesNotFit(f"{where} has the unknown word {strange[0]!r}")


def _templates(table: Table[str, Any], names: set[str]) -> dict[str, Template]:
    return {name: Template.parse(str(table.get(name, ""))) for name in names}


def _tables(table: Table[str, Any]) -> list[tuple[str, Table[str, Any]]]:
    return list(table.get("values", {}).items())


def _values(row: Table[str, Any], where: str) -> ValueMap:
    _known(row, {"of", "map", "otherwise"}, where)
    return ValueMap(
        of=Template.parse(str(row.get("of", ""))),
        pairs={str(theirs): str(ours) for theirs, ours in row.get("map", {}).items()},
        otherwise=str(row["otherwise"]) if "otherwise" in row else None,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise MappingDoesNotFit(f"there is no time zone {name!r}") from unknown
