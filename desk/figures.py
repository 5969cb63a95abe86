"""Figures of the service, from clocks that were read: pure, so that each can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import NamedTuple

from desk.words import Stands


class Ended(NamedTuple):
    """What of a clock a figure is made of; times are aware.

    `staff` is who ended it, of a promise who gave it; `spans` are what was counted, as stored.
    """

    due_at: datetime | None
    ended_at: datetime | None
    stands: str
    reason: str = ""
    staff: int | None = None
    customer: int | None = None
    team: int | None = None
    kind: str = ""
    started_at: datetime | None = None
    spans: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class KeepRate:
    """Promises whose outcome became known in a period.

    `kept` in time; `broken`: their time passed first, whether or not we made it good later. Those
    `moved` were given a new time before the old one passed: they are neither.
    """

    kept: int = 0
    broken: int = 0
    moved: int = 0

    @property
    def n(self) -> int:
        """Promises that were kept or broken."""
        return self.kept + self.broken

    @property
    def percent(self) -> int | None:
        """Kept of a hundred that were kept or broken, rounded down: 100 means every one."""
        return self.kept * 100 // self.n if self.n else None


@dataclass(frozen=True)
class StepTime:
    """How long a step of handling took, in seconds by the wall, pauses left out."""

    seconds: int
    n: int


def outcome(one: Ended, *, now: datetime) -> str:
    """How a promise stands: open, kept, broken, moved (a new time came in time) or void."""
    if one.stands == Stands.CANCELLED:
        return "moved" if one.reason == "renegotiated" else "void"
    if one.stands == Stands.BROKEN:
        return "broken"
    if one.due_at is not None and (one.ended_at or now) > one.due_at:
        return "broken"
    return "kept" if one.stands == Stands.MET else "open"


def decided_at(one: Ended, *, now: datetime) -> datetime | None:
    """When the outcome became known: a broken promise's at its time; None while it is open."""
    how = outcome(one, now=now)
    return {"open": None, "broken": one.due_at}.get(how, one.ended_at)


def keep_rate(promises: Iterable[Ended], *, since: datetime, now: datetime) -> KeepRate:
    """Promises whose outcome became known from `since` to `now`."""
    counted = {"kept": 0, "broken": 0, "moved": 0}
    for one in promises:
        how, at = outcome(one, now=now), decided_at(one, now=now)
        if how in counted and at is not None and since <= at <= now:
            counted[how] += 1
    return KeepRate(**counted)


def step_time(clocks: Iterable[Ended]) -> StepTime | None:
    """The median of what was counted of the clocks that were met; None where none was."""
    return middle_of(
        sum(
            (datetime.fromisoformat(end or "") - datetime.fromisoformat(start)).total_seconds()
            for start, end in one.spans
            if end
        )
        for one in clocks
        if one.stands == Stands.MET
    )


def middle_of(seconds: Iterable[float]) -> StepTime | None:
    """The median of what was counted of each; None of none."""
    counted = list(seconds)
    return StepTime(round(median(counted)), len(counted)) if counted else None
