"""The course of one clock: when it counted, when it rested, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tickets.business_time import MICROSECOND, SECOND, Calendar, counted, reached
from tickets.clock_values import Clock, Kind, Mark, Span, Stands, Targets, state_at

ALWAYS_RUNNING: tuple[Kind, ...] = ("first_response", "promise")
"""Kinds that waiting for the customer does not pause: nothing was said yet; a time was given."""


@dataclass
class Course:
    """A clock while the trail is told. All moments in UTC; spans are in their order.

    Without a target it is silent: nobody sees it, but it knows its course should the terms give it
    one later. One that loses its target is cancelled, and shows what it was until then.
    """

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
    is_silent: bool = field(init=False)
    had_target: bool = field(init=False)
    _over_at: datetime | None = field(init=False, default=None)
    _shown: list[Span] | None = field(init=False, default=None)
    _unseen: list[Mark] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.had_target = self.promised is not None or self.targets.of(self.kind) is not None
        self.is_silent = not self.had_target
        self.spans.append((self.started_at, None))
        self._note(self.started_at, "started", self.seq)

    @property
    def is_counting(self) -> bool:
        return self.spans[-1][1] is None

    def pause(self, at: datetime, seq: int) -> None:
        """Rest: the customer is waited for."""
        if self.kind in ALWAYS_RUNNING or not self.is_counting:
            return
        since = self.spans[-1][0]
        self.spans[-1] = (since, max(since, at))
        self._stand("paused")
        self._note(at, "paused", seq)

    def resume(self, at: datetime, seq: int) -> None:
        """Go on with what was left."""
        until = self.spans[-1][1]
        if until is not None:
            self.spans.append((max(until, at), None))
            self._stand("running")
            self._note(at, "resumed", seq)

    def end(self, at: datetime, seq: int, stands: Stands, reason: str = "") -> None:
        """Come to an end: met, cancelled or broken."""
        self._over_at = at
        if not self.is_silent:
            self.stands, self.ended_at, self.reason = stands, at, reason
            self._note(at, reason or stands, seq)

    def revive(self, at: datetime, seq: int) -> None:
        """Go on as if it had never been cancelled: that was our mistake, not the customer's."""
        if not self.is_counting:
            self.spans.append((at, None))
        if not self.is_silent:
            self._run()
            self._note(at, "reopened", seq)

    def take_up(self, at: datetime, seq: int, targets: Targets, calendar: Calendar) -> None:
        """Go on after an end that was none, by the terms of today; the time between is not ours.

        Where these have no target for it, it stays as it ended.
        """
        if targets.of(self.kind) is None and not self.is_silent:
            self._fall_silent()
        if self.is_counting:
            since = self.spans[-1][0]
            self.spans[-1] = (since, max(since, self._over_at or at))
        self.spans.append((at, None))
        if targets.of(self.kind) is not None:
            self._speak(targets, calendar)
        self._note(at, "reopened", seq)

    def begin_earlier(self, since: datetime, at: datetime, seq: int) -> None:
        """Count from an earlier start: that of a question which was merged in."""
        if since < self.started_at:
            self.started_at = since
            self.spans[0] = (since, self.spans[0][1])
        self._note(at, "merged", seq)

    def retarget(self, at: datetime, seq: int, targets: Targets, calendar: Calendar) -> None:
        """Count by other terms, from the original start; the log keeps the old due time.

        Terms without a target for it cancel it, until others have one again.
        """
        has_target = targets.of(self.kind) is not None
        if has_target or not self.is_silent:
            mark = Mark(at, "retargeted", seq, self._due_if_resumed(at))
            (self._unseen if self.is_silent else self.log).append(mark)
        if has_target:
            self._speak(targets, calendar)
        elif not self.is_silent:
            self.end(at, seq, "cancelled", "no_target")
            self._fall_silent()

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
            spans=tuple(self._counted()),
            log=tuple(self.log),
        )

    def _run(self) -> None:
        self.stands = "running" if self.is_counting else "paused"
        self.ended_at, self.reason, self._over_at = None, "", None

    def _speak(self, targets: Targets, calendar: Calendar) -> None:
        """Go by these terms, seen by everybody."""
        self.targets, self.calendar = targets, calendar
        self.is_silent, self.had_target, self._shown = False, True, None
        self.log += self._unseen
        self._unseen = []
        self._run()

    def _fall_silent(self) -> None:
        self.is_silent, self._shown = True, list(self.spans)

    def _stand(self, stands: Stands) -> None:
        if not self.is_silent:
            self.stands = stands

    def _note(self, at: datetime, what: str, seq: int) -> None:
        if self.is_silent:
            self._unseen.append(Mark(at, what, seq))
        else:
            self.log.append(Mark(at, what, seq, None if self.ended_at else self._due()))

    def _counted(self) -> list[Span]:
        """The spans as they are shown: what ended counts no more."""
        spans = list(self._shown or self.spans)
        start, end = spans[-1]
        if end is None and self.ended_at is not None:
            spans[-1] = (start, max(start, self.ended_at))
        return spans

    def _target(self) -> int:
        """In microseconds."""
        if self.promised is not None:
            return max(0, (self.promised - self.started_at) // MICROSECOND)
        return (self.targets.of(self.kind) or 0) * SECOND

    def _due(self, percent: int = 100) -> datetime | None:
        """When so much of the target is used up; None when it rests before that, or has none.

        Of one that ended at rest it is told as if it had gone on at its end.
        """
        spans = self._shown or self.spans
        if self.ended_at is not None and spans[-1][1] is not None:
            spans = [*spans, (max(self.ended_at, spans[-1][1]), None)]
        return self._due_in(spans, percent)

    def _due_if_resumed(self, at: datetime) -> datetime | None:
        """The same as if it went on at this moment, where it rests."""
        return self._due_in(self.spans if self.is_counting else [*self.spans, (at, None)])

    def _due_in(self, spans: Sequence[Span], percent: int = 100) -> datetime | None:
        if not self.had_target:
            return None
        wanted = self._target() * percent // 100
        if self.promised is not None:
            given = self.started_at + wanted * MICROSECOND
            return self.promised if percent == 100 else given
        return reached_within(spans, wanted, self.calendar)


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
