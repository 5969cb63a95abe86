"""What a dashboard is made of: figures, series and tables, each with its n and its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, NamedTuple, TypeVar, overload

T = TypeVar("T")
Unit = Literal["count", "percent", "minutes", "days", "money", "score", "text"]
Value = Decimal | int | None
Words = Any
"""A string that may be lazy: it is translated when it is drawn."""


@dataclass(frozen=True)
class Figure:
    """One number with what it means. `value` is None where there is nothing to count it of.

    `rows`: the key for `rows_of`, empty where a figure has none; `before`: the value of the
    preceding period, None unless it was asked for and there is one; `better`: whether more of it
    is better (up), less (down), or neither.
    """

    name: str
    label: Words
    value: Value
    unit: Unit
    n: int
    definition: Words
    rows: str = ""
    before: Value = None
    before_n: int = 0
    better: Literal["up", "down", ""] = ""

    def against(self, before: Figure | None) -> Figure:
        """The same beside what it was in the preceding period."""
        if before is None:
            return self
        return replace(self, before=before.value, before_n=before.n)


class Point(NamedTuple):
    """A place of a series: a day, or words."""

    label: date | str
    value: Value
    n: int


@dataclass(frozen=True)
class Series:
    """Points in their order, to be drawn as a chart and written as a table."""

    name: str
    label: Words
    unit: Unit
    points: list[Point]
    definition: Words = ""


@dataclass(frozen=True)
class Column:
    """A column of a table; the first of a table names its rows and is none of these."""

    name: str
    label: Words
    unit: Unit


@dataclass(frozen=True)
class Cell:
    """A value in a table. `rows` and `of` are what `rows_of` is asked with (`figure`, `chosen`).

    Of a column of text it is words, a time, or a list of (words, how often, points).
    """

    value: Any
    n: int = 0
    rows: str = ""
    of: str = ""


@dataclass(frozen=True)
class Row:
    """A line of a table: `name` says whose it is; `href` leads to it on the desk's host."""

    key: str
    name: Words
    cells: list[Cell]
    href: str = ""


class MadeRows(Sequence[Row], Generic[T]):
    """Rows that are made as they are read: a page shows ten of the thousand that a table has."""

    def __init__(self, of: Sequence[T], row: Callable[[T], Row]) -> None:
        self._of, self._row = of, row

    def __len__(self) -> int:
        return len(self._of)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self._row(one) for one in self._of[at]]
        return self._row(self._of[at])


@dataclass(frozen=True)
class Table:
    """Lines that belong together, the most telling first; `first` heads the names."""

    name: str
    label: Words
    first: Words
    columns: list[Column]
    rows: Sequence[Row]
    definition: Words = ""


@dataclass(frozen=True)
class Board:
    """A dashboard as one person sees it."""

    name: str
    label: Words
    figures: list[Figure] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def figure(self, name: str) -> Figure:
        """The figure of that name. Raises KeyError."""
        return {one.name: one for one in self.figures}[name]

    def table(self, name: str) -> Table:
        """The table of that name. Raises KeyError."""
        return {one.name: one for one in self.tables}[name]


class Line(NamedTuple):
    """One row behind a figure; `href` is a path on the desk's host, times are aware.

    `ref` names it (``ACME-128``), `who` is whose it is, `how` what it counts as, in words; `value`
    is what it adds, of that unit. Whatever a kind of row has not is empty.
    """

    ref: str
    subject: str
    href: str
    customer: str
    who: str
    at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    how: Words
    value: Value = None
    unit: Unit = "count"
