"""A ticket's clocks in words: what runs, what rests and why, how what is over ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.words import Dismissal, DueKind, Stands, State
from tickets.models import Clock, Handling, Promise, Ticket

ANSWERS = (DueKind.FIRST_RESPONSE, DueKind.NEXT_RESPONSE, DueKind.REAL_ANSWER)
"""Kinds that only an answer meets: on a ticket that is over they were never answered."""

_PAUSED = {
    State.WAITING: gettext_lazy("Paused: we wait for the customer"),
    State.RESOLVED: gettext_lazy("Stopped: resolved"),
    State.CLOSED: gettext_lazy("Stopped: closed"),
}
_CANCELLED = {
    "renegotiated": gettext_lazy("Replaced by a new time"),
    "no_target": gettext_lazy("No longer counted by the policy"),
    **{str(reason.value): reason.label for reason in Dismissal},
}


@dataclass(frozen=True)
class Told:
    """A clock as a page shows it. `key` names it in an address; `tone` is ok, soon, late or "".

    `words` are empty while it runs: then the clock element says it. `is_over`: the ticket ended
    without what is counted.
    """

    row: Clock
    key: str
    label: Any
    tone: str
    words: Any = ""
    is_over: bool = False

    @property
    def is_current(self) -> bool:
        """Whether it has not ended."""
        return self.row.ended_at is None


@dataclass(frozen=True)
class Clocks:
    """All clocks of a ticket: the one that matters most, what runs besides, what is over."""

    main: Told | None
    paused: Any
    """Why nothing runs, when nothing does."""
    current: list[Told]
    ended: list[Told]


@dataclass(frozen=True)
class Promised:
    """The promise that counts now: the open one, or a broken one nobody has made good."""

    row: Promise
    is_broken: bool


def clocks_of(
    *, ticket: Ticket, handling: Handling, clocks: Sequence[Clock], now: datetime
) -> Clocks:
    """Put a ticket's clocks into words; they are given oldest first, and stay so."""
    found = [told(clock, ticket=ticket, now=now) for clock in clocks]
    current = [one for one in found if one.is_current]
    running = [one for one in current if one.row.due_at is not None]
    due = [one for one in running if one.row.due_at == handling.next_due_at]
    late = [one for one in running if ticket.is_settled and one.tone == "late"]
    return Clocks(
        main=next(iter(due or late), None),
        paused=_paused(ticket, handling),
        current=current,
        ended=[one for one in found if not one.is_current],
    )


def told(clock: Clock, *, ticket: Ticket, now: datetime) -> Told:
    """One clock in words."""
    state = clock.state_at(now)
    tone = {"breached": "late", "due_soon": "soon", "met": "ok"}.get(state, "")
    return Told(
        row=clock,
        key=f"{clock.kind}.{clock.seq}",
        label=DueKind(clock.kind).label,
        tone=tone,
        words=_words(clock, state),
        is_over=ticket.is_settled and clock.kind in ANSWERS,
    )


def promised(last: Promise | None, *, now: datetime) -> Promised | None:
    """The promise that counts now, from the ticket's last one."""
    if last is None:
        return None
    if last.outcome == "":
        return Promised(last, now > last.due_at)
    is_left = last.outcome == Promise.Outcome.BROKEN and last.kept_at is None
    return Promised(last, True) if is_left and last.replaced_by_id is None else None


def _words(clock: Clock, state: str) -> Any:
    if clock.stands == Stands.PAUSED and state != "breached":
        return _("Paused")
    if clock.stands == Stands.CANCELLED:
        return _CANCELLED.get(clock.reason, _("Cancelled"))
    if clock.stands == Stands.BROKEN:
        return _("Broken, and replaced too late")
    if clock.stands == Stands.MET and clock.kind == DueKind.PROMISE:
        return _("Kept late") if state == "breached" else _("Kept")
    if clock.stands == Stands.MET:
        return _("Done late") if state == "breached" else _("Done in time")
    return ""


def _paused(ticket: Ticket, handling: Handling) -> Any:
    if handling.judged_at is None:
        return _("New: the clock is being set")
    return _PAUSED.get(State(ticket.state), _("Nothing is due: we spoke last"))
