"""Charts as numbers: a template draws them as SVG, so that no page needs a script for them."""

from __future__ import annotations

from collections.abc import Sequence
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
