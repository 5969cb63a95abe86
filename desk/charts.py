"""Charts as numbers: a template draws them as SVG, so that no page needs a script for them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

WIDTH, HEIGHT, FOOT, HEAD = 560, 180, 24, 20
WIDEST = 64
GAP = 8


class Part(NamedTuple):
    """A rectangle of a column."""

    y: float
    height: float
    tone: str


class Column(NamedTuple):
    """One column of a chart: where it stands, what is written under and above it."""

    x: float
    width: float
    middle: float
    parts: list[Part]
    top: float
    label: str
    value: str


def columns(
    rows: Sequence[tuple[str, str, Sequence[tuple[str, int]]]],
) -> list[Column]:
    """Stacked columns from label, what to write above, and (tone, count) from below.

    The highest fills the room between HEAD and FOOT of a picture of WIDTH by HEIGHT.
    """
    most = max((sum(count for _tone, count in parts) for _l, _v, parts in rows), default=0) or 1
    room, width = HEIGHT - FOOT - HEAD, WIDTH / max(len(rows), WIDTH // WIDEST)
    made = []
    for place, (label, value, parts) in enumerate(rows):
        bottom, drawn = float(HEIGHT - FOOT), []
        for tone, count in parts:
            height = count * room / most
            bottom -= height
            if count:
                drawn.append(Part(round(bottom, 1), round(height, 1), tone))
        x, thick = place * width + GAP / 2, max(width - GAP, 2)
        made.append(
            Column(round(x, 1), round(thick, 1), round(x + thick / 2, 1), drawn,
                   round(bottom - 5, 1), label, value)
        )  # fmt: skip
    return made


class Dot(NamedTuple):
    """One figure with its interval: where it stands, from where to where it may lie."""

    x: float
    y: float | None
    top: float
    bottom: float
    label: str
    value: str
    value_y: float


def dots(
    rows: Sequence[tuple[str, str, float | None, tuple[float, float] | None]],
    *,
    lowest: float,
    highest: float,
) -> list[Dot]:
    """Figures beside each other from label, what to write, figure and interval; None: no figure.

    `lowest` stands at the foot of a picture of WIDTH by HEIGHT, `highest` below its head.
    """
    room, width = HEIGHT - FOOT - HEAD, WIDTH / max(len(rows), 1)

    def at(value: float) -> float:
        kept = min(max(value, lowest), highest)
        return round(HEIGHT - FOOT - (kept - lowest) * room / (highest - lowest), 1)

    made = []
    for place, (label, value, figure, interval) in enumerate(rows):
        x = round(place * width + width / 2, 1)
        y = None if figure is None else at(figure)
        low, high = interval or (figure or lowest, figure or lowest)
        top = at(high)
        made.append(Dot(x, y, top, at(low), label, value, round(max(top - 6, HEAD / 2), 1)))
    return made


class Rung(NamedTuple):
    """A line across a picture, and what it stands for."""

    y: float
    label: str


class Line(NamedTuple):
    """One run of figures: the points of its strokes, and a mark at each figure.

    A stroke ends where there is no figure: none is drawn across a gap.
    """

    tone: str
    strokes: list[str]
    marks: list[tuple[float, float]]


class Lines(NamedTuple):
    """A chart of lines: `labels` are what is written below, where there is room for it."""

    rungs: list[Rung]
    lines: list[Line]
    labels: list[tuple[float, str]]


SIDE = 34  # room at the left for what rungs stand for
MOST_LABELS = 8


def lines(
    labels: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float | None]]],
    *,
    most: float | None = None,
) -> Lines:
    """Lines from the labels below and (tone, figures); None: no figure there.

    From nought up to `most`, or to the highest of them.
    """
    highest = max((value for _tone, row in rows for value in row if value is not None), default=0)
    steps = ticks(highest if most is None else most)
    room, width = HEIGHT - FOOT - HEAD, (WIDTH - SIDE) / max(len(labels), 1)

    def place(at: int, value: float) -> tuple[float, float]:
        x = SIDE + width * (at + 0.5)
        return round(x, 1), round(HEIGHT - FOOT - value * room / steps[-1], 1)

    drawn = []
    for tone, row in rows:
        strokes: list[list[str]] = [[]]
        marks = [place(at, value) if value is not None else None for at, value in enumerate(row)]
        for mark in marks:
            if mark is None:
                strokes.append([])
            else:
                strokes[-1].append(f"{mark[0]},{mark[1]}")
        here = [mark for mark in marks if mark is not None]
        drawn.append(Line(tone, [" ".join(one) for one in strokes if len(one) > 1], here))
    every = -(-len(labels) // MOST_LABELS) or 1
    below = [(place(at, 0)[0], label) for at, label in enumerate(labels) if not at % every]
    return Lines([Rung(place(0, step)[1], f"{step:g}") for step in steps], drawn, below)


def ticks(most: float) -> list[float]:
    """Round figures from nought to at least `most`, four steps at most: 0, 25, 50, 75, 100."""
    if most <= 0:
        return [0, 1]
    rough = most / 4
    power = 10.0 ** floor(log10(rough))
    step = next(power * many for many in (1, 2, 2.5, 5, 10) if power * many >= rough)
    step = max(step, 1) if most >= 1 else step
    return [round(step * at, 6) for at in range(ceil(most / step - 1e-9) + 1)]
