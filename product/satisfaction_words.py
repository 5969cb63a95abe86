"""How satisfaction is said: figures, intervals and changes in words, charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.charts import FOOT, HEAD, HEIGHT, columns, dots
from desk.models import Question
from desk.satisfaction import Period
from desk.satisfaction_figures import (
    ENOUGH,
    PASSIVE,
    PROMOTER,
    SATISFIED,
    Interval,
    Scores,
    Told,
    told,
)

Kind = Question.Kind
SCALES = {Kind.CSAT: (1, 5), Kind.CES: (1, 7), Kind.NPS: (0, 10)}
AXES = {Kind.CSAT: (0.0, 100.0), Kind.CES: (1.0, 7.0), Kind.NPS: (-100.0, 100.0)}
LOW_CES = 2

NAMES: dict[str, str | Promise] = {
    Kind.CSAT: gettext_lazy("Satisfied (CSAT)"),
    Kind.CES: gettext_lazy("Effort (CES)"),
    Kind.NPS: gettext_lazy("Recommendation (NPS)"),
}
MEANT: dict[str, str | Promise] = {
    Kind.CSAT: gettext_lazy("Those who gave 4 or 5 of 5, of all who answered."),
    Kind.CES: gettext_lazy("The mean of 1 to 7; 7 is easy."),
    Kind.NPS: gettext_lazy("Percent who gave 9 or 10 less percent who gave 0 to 6."),
}
CHANGES = {
    Told.FEW: (gettext_lazy("too few to tell"), ""),
    Told.SAME: (gettext_lazy("no clear change"), ""),
    Told.BETTER: (gettext_lazy("better"), "ok"),
    Told.WORSE: (gettext_lazy("worse"), "bad"),
}


class Shown(NamedTuple):
    """A figure as a page shows it, and how it stands against the one before."""

    figure: str
    range: str
    n: int
    mean: str
    change: str
    tone: str
    by: str
    before: str


def shown(now: Scores, before: Scores) -> Shown:
    """Say a figure; by how much it moved is said only where a change may be called one."""
    how = told(now, before)
    words, tone = CHANGES[how]
    by = ""
    if how in (Told.BETTER, Told.WORSE) and now.figure is not None and before.figure is not None:
        by = signed(now.figure - before.figure)
    return Shown(
        figure(now.kind, now.figure),
        between(now.kind, now.interval),
        now.n,
        number(now.mean),
        str(words),
        tone,
        by,
        figure(before.kind, before.figure),
    )


def number(value: float | None, places: int = 1) -> str:
    """A number, rounded to so many places after the point."""
    return "–" if value is None else number_format(f"{value:.{places}f}", places)


def signed(value: float) -> str:
    """A difference with its sign."""
    return ("+" if value > 0 else "") + number(value).replace("-", "−")  # noqa: RUF001  a minus


def figure(kind: str, value: float | None) -> str:
    """The figure of a kind: percent, a mean, or an NPS with its sign."""
    if value is None:
        return "–"
    if kind == Kind.CSAT:
        return f"{number(value, 0)} %"
    if kind == Kind.NPS:
        return ("+" if value > 0 else "") + number(value, 0).replace("-", "−")  # noqa: RUF001
    return number(value)


def between(kind: str, interval: Interval | None) -> str:
    """From where to where it lies with 95 %; nothing where nothing is known."""
    if interval is None:
        return ""
    low, high = SCALES[Kind(kind)] if kind == Kind.CES else AXES[Kind(kind)]
    kept = [min(max(end, low), high) for end in interval]
    is_share = kind == Kind.CSAT
    ends = [f"{number(end)} %" if is_share else figure(kind, end) for end in kept]
    return _("%(low)s to %(high)s") % {"low": ends[0], "high": ends[1]}


def days(period: Period) -> str:
    """A period from its first day to its last."""
    first, last = date_format(period.since, "DATE_FORMAT"), date_format(period.last, "DATE_FORMAT")
    return first if period.since == period.last else f"{first} – {last}"


def trend(periods: Sequence[Period], scores: Sequence[Scores], *, span: str) -> dict[str, Any]:
    """A kind's figure of each period, as dots with their intervals and as a table."""
    low, high = AXES[Kind(scores[0].kind)]
    rows = [
        {"period": days(period), "shown": shown(one, before or Scores(one.kind))}
        for period, one, before in zip(periods, scores, [None, *scores], strict=False)
    ]
    drawn = [
        (_short(period, span), figure(one.kind, one.figure) if one.n else "", one.figure,
         one.interval)
        for period, one in zip(periods, scores, strict=True)
    ]  # fmt: skip
    rungs = [
        (round(HEIGHT - FOOT - part * (HEIGHT - FOOT - HEAD)),
         figure(scores[0].kind, low + part * (high - low)))
        for part in (0, 0.5, 1)
    ]  # fmt: skip
    return {"dots": dots(drawn, lowest=low, highest=high), "rungs": rungs, "rows": rows}


def distribution(now: Scores, before: Scores) -> dict[str, Any]:
    """How many gave which score, as columns and as a table."""
    lowest, highest = SCALES[Kind(now.kind)]
    values = range(lowest, highest + 1)
    drawn = [
        (str(value), str(now.counts.get(value, 0) or ""),
         [(_tone(now.kind, value), now.counts.get(value, 0))])
        for value in values
    ]  # fmt: skip
    rows = [
        {
            "value": value,
            "now": now.counts.get(value, 0),
            "share": _percent(now.counts.get(value, 0), now.n),
            "before": before.counts.get(value, 0),
            "share_before": _percent(before.counts.get(value, 0), before.n),
        }
        for value in values
    ]
    return {"columns": columns(drawn), "rows": rows}


def few_said() -> str:
    """From how many answers on a change is called one."""
    return _(
        "95 %% intervals: of shares by Wilson, of means by their spread. A change is called one"
        " only where the interval of the difference leaves out nought, and from %(n)s answers on"
        " both sides; “too few to tell” below that."
    ) % {"n": ENOUGH}


def _percent(part: int, whole: int) -> str:
    return f"{number(100 * part / whole, 0)} %" if whole else "–"


def _tone(kind: str, value: int) -> str:
    good, low = {
        Kind.CSAT: (SATISFIED, SATISFIED - 2),
        Kind.CES: (5, LOW_CES),
        Kind.NPS: (PROMOTER, PASSIVE - 1),
    }[Kind(kind)]
    return "good" if value >= good else "late" if value <= low else "open"


def _short(period: Period, span: str) -> str:
    if span == "quarter":
        return f"Q{(period.since.month + 2) // 3} {period.since.year}"
    form = "YEAR_MONTH_FORMAT" if span == "month" else "MONTH_DAY_FORMAT"
    return date_format(period.since, form)
