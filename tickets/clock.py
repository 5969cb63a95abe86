"""The clocks of a ticket: a pure function of trail, policy and calendar. No Django, no own time.

Rules (PRODUCT, section 2): a person's first public word meets *first response*, a holding reply
included, and that starts *real answer*; *next response* runs from the first message not answered; a
state moved alone answers nothing, and closing without an answer stops nothing but the resolution.
All moments given must be aware; all returned are in UTC. Business time: `tickets.business_time`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tickets.business_time import (
    MICROSECOND,
    SECOND,
    BadCalendar,
    Calendar,
    ClockError,
    NaiveMoment,
    NegativeSeconds,
    NeverOpens,
    business_seconds,
    due_at,
    utc,
)
from tickets.clock_course import Course, counted_within
from tickets.clock_values import (
    Clock,
    Dismissed,
    Happening,
    Kept,
    Kind,
    Mark,
    Merged,
    Moved,
    Opened,
    Promised,
    Retargeted,
    Said,
    State,
    Targets,
)

__all__ = [
    "BadCalendar",
    "Calendar",
    "Clock",
    "ClockError",
    "Dismissed",
    "Happening",
    "Kept",
    "Kind",
    "Mark",
    "Merged",
    "Moved",
    "NaiveMoment",
    "NegativeSeconds",
    "NeverOpens",
    "Opened",
    "Promised",
    "Retargeted",
    "Said",
    "State",
    "Targets",
    "business_seconds",
    "clocks",
    "due_at",
    "first_responded_at",
    "first_response_seconds",
    "late_by",
    "next_due",
]

SETTLED = ("resolved", "closed")
RESPONSES: tuple[Kind, ...] = ("first_response", "next_response")
RESOLUTIONS: tuple[Kind, ...] = ("resolution", "total_resolution")
ORDER: tuple[Kind, ...] = (*RESPONSES, "real_answer", "promise", *RESOLUTIONS)


def clocks(
    trail: Sequence[Happening], policy: Targets, calendar: Calendar, now: datetime
) -> list[Clock]:
    """Every clock the trail ever started, oldest first, as it stands at `now`.

    The trail is in its order, which decides between equal times, and begins with `Opened`. `policy`
    and `calendar` are those the ticket was first judged by; later ones stand in the trail as
    `Retargeted`. Nothing of the trail may lie after `now`. Raises `NeverOpens`, `NaiveMoment`.
    """
    tally = _Tally(policy, calendar)
    for happening in trail:
        tally.take(happening)
    shown = [course for course in tally.courses if course.had_target]
    shown.sort(key=lambda one: (one.started_at, ORDER.index(one.kind)))
    return [course.clock(utc(now)) for course in shown]


def late_by(clock: Clock, now: datetime) -> int:
    """Whole seconds beyond its target, up to its end or `now`: of business time within its spans.

    A promise is late by the wall. 0 for what is in time; a breach counts on until it ends.
    """
    until = clock.ended_at or utc(now)
    if clock.kind == "promise":
        late = (until - clock.due_at) // MICROSECOND if clock.due_at else 0
    else:
        late = counted_within(clock.spans, until, clock.calendar) - clock.target * SECOND
    return max(0, late) // SECOND


def next_due(found: Sequence[Clock], state: State) -> Clock | None:
    """The clock that is due first of those that run; None when a ticket is over or owes nothing."""
    if state in SETTLED:
        return None
    running = [(one.due_at, one) for one in found if one.stands == "running" and one.due_at]
    return min(running, key=lambda due: due[0], default=(None, None))[1]


def first_responded_at(trail: Sequence[Happening]) -> datetime | None:
    """When a person on staff first said something, a holding reply included."""
    said = (one for one in trail if isinstance(one, Said) and not one.is_automatic)
    return next((one.at for one in said if one.side == "us"), None)


def first_response_seconds(
    *, opened_at: datetime, trail: Sequence[Happening], calendar: Calendar
) -> int | None:
    """Business seconds the customer waited for the first response; None while still waiting."""
    responded_at = first_responded_at(trail)
    if responded_at is None:
        return None
    return business_seconds(start=opened_at, end=responded_at, calendar=calendar)


class _Tally:
    """What runs at a ticket while its trail is told."""

    def __init__(self, targets: Targets, calendar: Calendar) -> None:
        self.courses: list[Course] = []
        self._open: dict[Kind, Course] = {}
        self._dismissed: list[Course] = []
        self._targets, self._calendar = targets, calendar
        self._state: State = "new"
        self._is_responded = False

    def take(self, happening: Happening) -> None:
        _TAKEN[type(happening)](self, happening)

    def _start(
        self, kind: Kind, at: datetime, seq: int, *, promised: datetime | None = None
    ) -> None:
        if kind in self._open:
            return
        course = Course(kind, utc(at), seq, self._targets, self._calendar, promised=promised)
        self.courses.append(course)
        self._open[kind] = course
        if self._state == "waiting":
            course.pause(course.started_at, seq)

    def _meet(self, kind: Kind, at: datetime, seq: int) -> None:
        course = self._open.pop(kind, None)
        if course is not None:
            course.end(utc(at), seq, "met")

    def opened(self, one: Opened) -> None:
        for kind in ("first_response", *RESOLUTIONS):
            self._start(kind, one.at, one.seq)

    def said(self, one: Said) -> None:
        if one.is_automatic:
            return
        if one.side == "us":
            self._said_by_us(one)
            return
        self._go_on(one)
        if self._is_responded:
            self._start("next_response", one.at, one.seq)

    def _said_by_us(self, one: Said) -> None:
        self._is_responded = True
        for kind in RESPONSES:
            self._meet(kind, one.at, one.seq)
        if one.is_holding:
            self._start("real_answer", one.at, one.seq)
        elif not one.is_promise:
            self._meet("real_answer", one.at, one.seq)

    def _go_on(self, one: Said | Moved) -> None:
        """The customer is waited for no longer: they spoke, or the state says so."""
        if self._state == "waiting":
            self._state = "open"
            for course in self._open.values():
                course.resume(utc(one.at), one.seq)

    def _wait(self, one: Moved) -> None:
        if self._state != "waiting":
            self._rest(one)

    def _rest(self, one: Moved) -> None:
        for course in self._open.values():
            course.pause(utc(one.at), one.seq)

    def moved(self, one: Moved) -> None:
        before = self._state
        if one.state == "waiting":
            self._wait(one)
        else:
            self._go_on(one)
        self._state = one.state
        if one.state in SETTLED and before not in SETTLED:
            for kind in (*RESOLUTIONS, "promise"):
                self._meet(kind, one.at, one.seq)
        elif one.state not in SETTLED and before in SETTLED:
            self._reopened(one)

    def _reopened(self, one: Moved) -> None:
        """Taken up again: what a dismissal ended was never ended; the total goes on.

        That we say so ourselves is a holding reply without words: a real answer is owed.
        """
        revived, self._dismissed = self._dismissed, []
        for course in revived:
            course.revive(utc(one.at), one.seq)
            if (course.targets, course.calendar) != (self._targets, self._calendar):
                course.retarget(utc(one.at), one.seq, self._targets, self._calendar)
            self._open[course.kind] = course
        total = next(c for c in self.courses if c.kind == "total_resolution")
        if "total_resolution" not in self._open:
            total.take_up(utc(one.at), one.seq, self._targets, self._calendar)
            self._open["total_resolution"] = total
        if one.by_us and not any(kind in self._open for kind in RESPONSES):
            self._start("real_answer", one.at, one.seq)
        if one.state == "waiting":
            self._rest(one)

    def promised(self, one: Promised) -> None:
        """A new time before the old one passed renegotiates it; later, the old one is broken."""
        before = self._open.pop("promise", None)
        if before is not None and before.promised is not None:
            in_time = utc(one.at) <= before.promised
            why = "renegotiated" if in_time else "broken"
            before.end(utc(one.at), one.seq, "cancelled" if in_time else "broken", why)
        self._start("promise", one.at, one.seq, promised=utc(one.due_at))

    def kept(self, one: Kept) -> None:
        self._meet("promise", one.at, one.seq)

    def dismissed(self, one: Dismissed) -> None:
        self._state = "closed"
        for course in self._open.values():
            course.end(utc(one.at), one.seq, "cancelled", one.reason)
        self._dismissed += [one for kind, one in self._open.items() if kind != "promise"]
        self._open = {}

    def merged(self, one: Merged) -> None:
        """Another ticket's question is answered here now: it has waited since it was asked."""
        if one.waiting_since is None:
            return
        self._go_on(Moved(at=one.at, state="open", seq=one.seq))
        if self._is_responded:
            self._start("next_response", one.waiting_since, one.seq)
        for kind in RESPONSES:
            if kind in self._open:
                self._open[kind].begin_earlier(utc(one.waiting_since), utc(one.at), one.seq)

    def retargeted(self, one: Retargeted) -> None:
        self._targets, self._calendar = one.targets, one.calendar
        for kind, course in self._open.items():
            if kind != "promise":
                course.retarget(utc(one.at), one.seq, one.targets, one.calendar)


_TAKEN: dict[type, Callable[[_Tally, Any], None]] = {
    Opened: _Tally.opened,
    Said: _Tally.said,
    Moved: _Tally.moved,
    Promised: _Tally.promised,
    Kept: _Tally.kept,
    Dismissed: _Tally.dismissed,
    Merged: _Tally.merged,
    Retargeted: _Tally.retargeted,
}
