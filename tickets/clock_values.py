"""What clocks are told and what they tell: plain values, no Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tickets.business_time import Calendar

State = Literal["new", "open", "waiting", "on_hold", "resolved", "closed"]
Kind = Literal[
    "first_response", "next_response", "real_answer", "promise", "resolution", "total_resolution"
]
Stands = Literal["running", "paused", "met", "cancelled", "broken"]
ClockState = Literal["running", "paused", "due_soon", "met", "breached", "cancelled"]


@dataclass(frozen=True)
class Targets:
    """What the policy promises, in business seconds; None: this kind is not counted.

    `soon` is the share of a target, in percent, after which a clock is due soon.
    """

    first_response: int | None
    next_response: int | None
    real_answer: int | None
    resolution: int | None = None
    total_resolution: int | None = None
    soon: int = 80

    def of(self, kind: Kind) -> int | None:
        """The target of a kind; a promise has none but its own time."""
        return None if kind == "promise" else getattr(self, kind)


@dataclass(frozen=True)
class Opened:
    """The ticket begins. `seq` is the place in the trail, here and below."""

    at: datetime
    seq: int = 0


@dataclass(frozen=True)
class Said:
    """A public message of the trail. Automatic ones (receipts, rules) count for nobody.

    Moving a state is no message: leave it out unless words went with it. A customer's "no, it
    doesn't work" is one. `is_promise`: it gives a time and no more, neither answer nor debt.
    """

    at: datetime
    side: Literal["customer", "us"]
    is_holding: bool
    is_automatic: bool = False
    is_promise: bool = False
    seq: int = 0


@dataclass(frozen=True)
class Moved:
    """The state was moved; `by_us`, not by what a customer said."""

    at: datetime
    state: State
    by_us: bool = True
    seq: int = 0


@dataclass(frozen=True)
class Promised:
    """The customer was given a time, in wall time; one promise is open at a time."""

    at: datetime
    due_at: datetime
    seq: int = 0


@dataclass(frozen=True)
class Kept:
    """The open promise is fulfilled, in time or late."""

    at: datetime
    seq: int = 0


@dataclass(frozen=True)
class Dismissed:
    """Closed because nothing is asked: withdrawn by the customer, a duplicate, or spam."""

    at: datetime
    reason: str
    seq: int = 0


@dataclass(frozen=True)
class Merged:
    """Another ticket was merged into this one; its people wait since then, or for nothing."""

    at: datetime
    waiting_since: datetime | None
    seq: int = 0


@dataclass(frozen=True)
class Retargeted:
    """From now on other terms hold, for what runs as well: counted from its original start."""

    at: datetime
    targets: Targets
    calendar: Calendar
    seq: int = 0


Happening = Opened | Said | Moved | Promised | Kept | Dismissed | Merged | Retargeted


@dataclass(frozen=True)
class Mark:
    """One line of a clock's log: what happened to it, by which place of the trail.

    `due_at` is the due time from then on, except with *retargeted*: there it is the old one, that
    of a paused clock as if it had gone on just then.
    """

    at: datetime
    what: str
    seq: int
    due_at: datetime | None = None


Span = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Clock:
    """One clock of a ticket as it stands at a moment.

    `target` is in seconds: of business time, a promise's of wall time. `due_at` is None while it
    is paused, unless it was overdue before; of one that ended at rest it is as if it had gone on at
    its end. `stands` does not depend on the moment, `state` does. A clock met after its due time is
    breached and has its `met_at`. `spans` are what was counted: the last is open while it counts.
    """

    kind: Kind
    seq: int
    started_at: datetime
    target: int
    due_at: datetime | None
    soon_at: datetime | None
    stands: Stands
    state: ClockState
    ended_at: datetime | None
    reason: str
    is_provisional: bool
    calendar: Calendar = field(repr=False)
    spans: tuple[Span, ...] = field(repr=False)
    log: tuple[Mark, ...] = field(repr=False)

    @property
    def met_at(self) -> datetime | None:
        """When what it counts was done, in time or late."""
        return self.ended_at if self.stands == "met" else None

    @property
    def key(self) -> tuple[str, int]:
        """What it is called within its ticket: its kind and the place that started it."""
        return self.kind, self.seq


def state_at(
    stands: Stands,
    *,
    due_at: datetime | None,
    soon_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> ClockState:
    """How a clock looks at `now`, from what does not change by time alone."""
    if due_at is not None and (ended_at or now) > due_at:
        return "breached"
    if stands == "running":
        return "due_soon" if soon_at is not None and now >= soon_at else "running"
    return "breached" if stands == "broken" else stands
