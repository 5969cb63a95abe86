"""The course of one clock: when it counted, when it rested, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tickets.business_time import SECOND, Calendar, counted, reached
from tickets.clock_values import Clock, Kind, Mark, Span, Stands, Targets, state_at

ALWAYS_RUNNING: tuple[Kind, ...] = ("first_response", "promise")
"""Kinds that waiting for the customer does not pause: nothing was said yet; a time was given."""


@dataclass
class Course:
    """A clock while the trail is told. All moments in UTC; spans are in their order."""

    kind: Kind
    started_at: datetime
    seq: int
    targets: Targets
    calendar: Calendar
    promised: datetime | None = None
    spans: list[Span] = field(default_factory=list)
    stands: Stands = "running"
    ended_at: datetime | None = None
    reason: str = ""
    log: list[Mark] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spans.append((self.started_at, None))
        self._note(self.started_at, "started", self.seq)

    @property
    def is_counting(self) -> bool:
        return self.spans[-1][1] is None

    def pause(self, at: datetime, seq: int) -> None:
        """Rest: the customer is waited for."""
        if self.kind not in ALWAYS_RUNNING and self.is_counting:
            self.spans[-1] = (self.spans[-1][0], at)
            self.stands = "paused"
            self._note(at, "paused", seq)

    def resume(self, at: datetime, seq: int) -> None:
        """Go on with what was left."""
        if self.stands == "paused":
            self.spans.append((at, None))
            self.stands = "running"
            self._note(at, "resumed", seq)

    def end(self, at: datetime, seq: int, stands: Stands, reason: str = "") -> None:
        """Come to an end: met, cancelled or broken."""
        self.stands, self.ended_at, self.reason = stands, at, reason
        self._note(at, reason or stands, seq)

    def revive(self, at: datetime, seq: int) -> None:
        """Go on as if it had never been cancelled: that was our mistake, not the customer's."""
        self.stands = "running"
        self.ended_at, self.reason = None, ""
        if not self.is_counting:
            self.spans.append((at, None))
        self._note(at, "reopened", seq)

    def take_up(self, at: datetime, seq: int, targets: Targets, calendar: Calendar) -> None:
        """Go on after an end that was none, by the terms of today; the time between is not ours."""
        if self.is_counting:
            self.spans[-1] = (self.spans[-1][0], self.ended_at)
        self.spans.append((at, None))
        self.targets, self.calendar = targets, calendar
        self.stands, self.ended_at, self.reason = "running", None, ""
        self._note(at, "reopened", seq)

    def begin_earlier(self, since: datetime, at: datetime, seq: int) -> None:
        """Count from an earlier start: that of a question which was merged in."""
        if since < self.started_at:
            self.started_at = since
            self.spans[0] = (since, self.spans[0][1])
        self._note(at, "merged", seq)

    def retarget(self, at: datetime, seq: int, targets: Targets, calendar: Calendar) -> None:
        """Count by other terms, from the original start; the log keeps the old due time."""
        self.log.append(Mark(at, "retargeted", seq, self._due()))
        self.targets, self.calendar = targets, calendar

    def clock(self, now: datetime) -> Clock:
        """As it stands at `now`."""
        due_at, soon_at = self._due(), self._due(self.targets.soon)
        return Clock(
            kind=self.kind,
            seq=self.seq,
            started_at=self.started_at,
            target=self._target() // SECOND,
            due_at=due_at,
            soon_at=soon_at,
            stands=self.stands,
            state=state_at(
                self.stands, due_at=due_at, soon_at=soon_at, ended_at=self.ended_at, now=now
            ),
            ended_at=self.ended_at,
            reason=self.reason,
            is_provisional=bool(
                self.promised is None
                and self.ended_at is None
                and due_at
                and not self.calendar.is_published(due_at)
            ),
            calendar=self.calendar,
            spans=tuple(self.spans),
            log=tuple(self.log),
        )

    def _note(self, at: datetime, what: str, seq: int) -> None:
        self.log.append(Mark(at, what, seq, None if self.ended_at else self._due()))

    def _target(self) -> int:
        """In microseconds."""
        if self.promised is not None:
            return max(0, (self.promised - self.started_at) // timedelta(microseconds=1))
        return (self.targets.of(self.kind) or 0) * SECOND

    def _due(self, percent: int = 100) -> datetime | None:
        """When so much of the target is used up; None when it rests before that."""
        wanted = self._target() * percent // 100
        if self.promised is not None:
            given = self.started_at + timedelta(microseconds=wanted)
            return self.promised if percent == 100 else given
        return reached_within(self.spans, wanted, self.calendar)


def reached_within(spans: Sequence[Span], left: int, calendar: Calendar) -> datetime | None:
    """When so many microseconds of business time have been counted within the spans.

    A span without end goes on for ever; None when all of them end before.
    """
    for start, end in spans:
        if end is None:
            return reached(start, left, calendar)
        here = counted(start, end, calendar)
        if here >= left:
            return reached(start, left, calendar)
        left -= here
    return None


def counted_within(spans: Sequence[Span], until: datetime, calendar: Calendar) -> int:
    """Microseconds of business time within the spans, up to a moment."""
    ends = ((start, until if end is None else min(end, until)) for start, end in spans)
    return sum(counted(start, end, calendar) for start, end in ends)
