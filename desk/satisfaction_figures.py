"""How satisfied people are, from counts of scores: pure, so that each figure is checked by hand.

Every figure tells its n and what it may be off by. Two of them are called different only where the
95 % interval of their difference leaves out nought, and never from fewer than ENOUGH answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

from desk.models import Question

Z = 1.959964
"""The normal distribution's quantile of 97.5 %: intervals are of 95 %."""

ENOUGH = 20
"""Answers on both sides before a difference may be called one."""

SATISFIED = 4
"""Who gives this or more of five is satisfied."""

PROMOTER, PASSIVE = 9, 7
"""Of ten: 9 and 10 recommend us, 7 and 8 don't mind, those below advise against us."""

Kind = Question.Kind


class Told(StrEnum):
    """What may be said of a figure against an earlier one."""

    FEW = "few"
    SAME = "same"
    BETTER = "better"
    WORSE = "worse"


class Interval(NamedTuple):
    """From where to where something lies, with 95 %."""

    low: float
    high: float


def wilson(hits: int, n: int) -> Interval:
    """The interval of a share of `n`, 0 to 1, by Wilson's score method without correction.

    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n); E. B. Wilson, JASA 22 (1927), 209-212.
    """
    if not n:
        return Interval(0.0, 1.0)
    share, square = hits / n, Z * Z
    middle = share + square / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    whole = 1 + square / n
    return Interval(max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole))


def share_moved(hits: int, n: int, hits_before: int, n_before: int) -> Interval:
    """The interval of the difference of two shares, the earlier taken from the later.

    From Wilson's limits: R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10.
    """
    share, before = hits / n, hits_before / n_before
    now, then = wilson(hits, n), wilson(hits_before, n_before)
    down = sqrt((share - now.low) ** 2 + (then.high - before) ** 2)
    up = sqrt((now.high - share) ** 2 + (before - then.low) ** 2)
    return Interval(share - before - down, share - before + up)


@dataclass(frozen=True)
class Scores:
    """Answers to one kind of question: how many gave which score."""

    kind: str = Kind.CSAT
    counts: Mapping[int, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many scores there are."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        """Their mean; None of none."""
        return sum(value * many for value, many in self.counts.items()) / self.n if self.n else None

    def between(self, lowest: int, highest: int) -> int:
        """How many lie there, both ends included."""
        return sum(many for value, many in self.counts.items() if lowest <= value <= highest)

    @property
    def satisfied(self) -> int:
        """How many gave 4 or 5 of five."""
        return self.between(SATISFIED, 5)

    @property
    def share(self) -> float | None:
        """The satisfied of all, 0 to 1; None of none."""
        return self.satisfied / self.n if self.n else None

    @property
    def promoters(self) -> int:
        """How many recommend us."""
        return self.between(PROMOTER, 10)

    @property
    def detractors(self) -> int:
        """How many advise against us."""
        return self.between(0, PASSIVE - 1)

    @property
    def figure(self) -> float | None:
        """What stands for this kind.

        CSAT: percent satisfied. NPS: percent promoters less percent detractors, -100 to 100. Any
        other: the mean.
        """
        if not self.n:
            return None
        if self.kind == Kind.CSAT:
            return 100 * self.satisfied / self.n
        if self.kind == Kind.NPS:
            return 100 * (self.promoters - self.detractors) / self.n
        return self.mean

    @property
    def interval(self) -> Interval | None:
        """The figure's interval; None of none, and of one score that is no share.

        A share's is Wilson's; a mean's, and an NPS's, which is the mean of +100, 0 and -100, is
        mean ± z·s/√n with the sample's own spread s (central limit theorem).
        """
        if self.kind == Kind.CSAT:
            told = wilson(self.satisfied, self.n) if self.n else None
            return Interval(100 * told.low, 100 * told.high) if told else None
        if self.figure is None or self.n < 2:
            return None
        half = Z * self._error()
        lowest, highest = (-100.0, 100.0) if self.kind == Kind.NPS else (-1e9, 1e9)
        return Interval(max(lowest, self.figure - half), min(highest, self.figure + half))

    def _error(self) -> float:
        """The standard error of the mean, in the figure's own unit."""
        weights: dict[float, int] = {}
        for value, many in self.counts.items():
            weight = _nps_weight(value) if self.kind == Kind.NPS else float(value)
            weights[weight] = weights.get(weight, 0) + many
        mean = sum(weight * many for weight, many in weights.items()) / self.n
        squares = sum(many * (weight - mean) ** 2 for weight, many in weights.items())
        return sqrt(squares / (self.n - 1) / self.n)


def moved(now: Scores, before: Scores) -> Interval | None:
    """The interval by which the figure moved; None where one side has too few to say.

    Shares by Newcombe (`share_moved`), means and NPS by the difference ± z·√(e² + e'²) of their
    standard errors (B. L. Welch, Biometrika 34 (1947), 28-35, of many).
    """
    if min(now.n, before.n) < 2 or now.figure is None or before.figure is None:
        return None
    if now.kind == Kind.CSAT:
        low, high = share_moved(now.satisfied, now.n, before.satisfied, before.n)
        return Interval(100 * low, 100 * high)
    half = Z * sqrt(now._error() ** 2 + before._error() ** 2)
    by = now.figure - before.figure
    return Interval(by - half, by + half)


def told(now: Scores, before: Scores) -> Told:
    """What may be said of these scores against those before."""
    if min(now.n, before.n) < ENOUGH:
        return Told.FEW
    return _said(moved(now, before))


def share_told(hits: int, n: int, hits_before: int, n_before: int, *, less: bool = False) -> Told:
    """The same of two shares; `less` is better where they are shares of complaints."""
    if min(n, n_before) < ENOUGH:
        return Told.FEW
    said = _said(share_moved(hits, n, hits_before, n_before))
    turned = {Told.BETTER: Told.WORSE, Told.WORSE: Told.BETTER}
    return turned.get(said, said) if less else said


def _said(by: Interval | None) -> Told:
    if by is None or by.low <= 0 <= by.high:
        return Told.SAME
    return Told.BETTER if by.low > 0 else Told.WORSE


def _nps_weight(value: int) -> float:
    return 100.0 if value >= PROMOTER else 0.0 if value >= PASSIVE else -100.0
