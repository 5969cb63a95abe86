"""What was measured, held against the budget: passed or failed, and why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

BUDGET = Path(__file__).with_name("budget.toml")
SMALL, LARGE = 10, 1000
"""Customers of the two installations."""


@dataclass(frozen=True)
class Figure:
    """One thing done many times at one installation, in milliseconds, its floor in between.

    `kind` says which floor: read, write or password. `statements` are the most of one request.
    """

    name: str
    kind: str
    customers: int
    product: Sequence[float]
    floor: Sequence[float]
    statements: int

    @property
    def p50(self) -> float:
        return median(self.product)

    @property
    def p95(self) -> float:
        return quantiles(self.product, n=20, method="inclusive")[-1]

    @property
    def floors(self) -> float:
        """The figure as a multiple of its floor; a slow machine slows both."""
        return self.p50 / median(self.floor)


@dataclass(frozen=True)
class Memory:
    """What a web process holds after so many requests."""

    requests: int
    mebibytes: float


@dataclass(frozen=True)
class Tick:
    """Finding what is due at one installation: milliseconds of each round, and how it is read."""

    customers: int
    finding: Sequence[float]
    is_indexed: bool

    @property
    def p50(self) -> float:
        return median(self.finding)


@dataclass(frozen=True)
class Verdict:
    """One budget and what was measured for it."""

    what: str
    measured: float
    allowed: float

    @property
    def has_passed(self) -> bool:
        return self.measured <= self.allowed

    def __str__(self) -> str:
        word = "pass" if self.has_passed else "FAIL"
        return f"{word}  {self.what}: {self.measured:.2f}, at most {self.allowed:g}"


def budget() -> dict[str, Any]:
    """The budget as it stands in the file."""
    return tomllib.loads(BUDGET.read_text())


def judge(
    figures: Sequence[Figure], memory: Memory | None, allowed: dict[str, Any]
) -> list[Verdict]:
    """Hold every figure against the budget: its floors, its statements, its growth."""
    verdicts = [verdict for figure in figures for verdict in _of_one(figure, allowed)]
    verdicts += _of_growth(figures, allowed)
    if memory is not None:
        what = f"MiB of a web process after {memory.requests:,} requests"
        verdicts.append(Verdict(what, memory.mebibytes, allowed["mebibytes"]))
    return verdicts


def judge_ticks(small: Tick, large: Tick, allowed: dict[str, Any]) -> list[Verdict]:
    """Hold finding what is due against the budget: its time, its growth, and by an index."""
    verdicts = [
        Verdict(f"tick at {tick.customers:,} customers, ms", tick.p50, allowed["tick"])
        for tick in (small, large)
    ]
    # Of a table of a page or two the planner reads all, and is right.
    past = f"tick at {large.customers:,} customers, reads past the index"
    verdicts.append(Verdict(past, float(not large.is_indexed), 0))
    what = f"tick, growth to {large.customers:,} customers"
    return [*verdicts, Verdict(what, large.p50 / small.p50, allowed["growth"])]


def judge_preview(milliseconds: Sequence[float], allowed: dict[str, Any]) -> Verdict:
    """Hold the page of a release that 20,000 people asked for against the budget."""
    return Verdict("page of a release, ms", median(milliseconds), allowed["preview"])


def judge_satisfaction(milliseconds: Sequence[float], allowed: dict[str, Any]) -> Verdict:
    """Hold the page of satisfaction over 20,000 scores against the budget."""
    return Verdict("page of satisfaction, ms", median(milliseconds), allowed["satisfaction"])


def judge_dashboards(
    pages: Mapping[str, Sequence[float]], statements: Mapping[str, int], allowed: dict[str, Any]
) -> list[Verdict]:
    """Hold each dashboard over 200,000 tickets against the budget, and what it asks."""
    verdicts = [
        Verdict(f"dashboard {name}, ms", median(spent), allowed["dashboard"])
        for name, spent in pages.items()
    ]
    most = max(statements.values())
    return [*verdicts, Verdict("dashboards, statements", most, allowed["dashboard_statements"])]


def _of_one(figure: Figure, allowed: dict[str, Any]) -> Iterator[Verdict]:
    where = f"{figure.name} at {figure.customers:,} customers"
    limit = allowed["reads"] if figure.kind == "read" else allowed["writes"]
    yield Verdict(f"{where}, floors", figure.floors, limit)
    if figure.kind == "read":
        yield Verdict(f"{where}, statements", figure.statements, allowed["statements"])


def _of_growth(figures: Sequence[Figure], allowed: dict[str, Any]) -> list[Verdict]:
    at = {(figure.name, figure.customers): figure for figure in figures}
    return [
        Verdict(f"{name}, growth to {LARGE:,} customers", large.p50 / small.p50, allowed["growth"])
        for (name, customers), large in at.items()
        if customers == LARGE and (small := at.get((name, SMALL))) is not None
    ]


def exit_status(verdicts: Sequence[Verdict]) -> int:
    """0 when all is within the budget, else 1; a run that judged nothing has failed, too."""
    return 0 if verdicts and all(verdict.has_passed for verdict in verdicts) else 1


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines, both installations beside each other."""
    head = f"{'':26}{'customers':>10}{'p50 ms':>9}{'p95 ms':>9}{'SQL':>5}{'floor':>8}{'floors':>8}"
    lines = [head]
    for figure in figures:
        lines.append(
            f"{figure.name:26}{figure.customers:>10,}{figure.p50:9.1f}{figure.p95:9.1f}"
            f"{figure.statements:5}{median(figure.floor):8.1f}{figure.floors:8.2f}"
        )
    return "\n".join(lines)
