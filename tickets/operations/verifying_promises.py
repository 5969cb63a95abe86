"""Comparing the promises of a ticket with what its clocks know of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from tickets import clock as core
from tickets.models import Promise

_OPEN = ""


def promise_differences(
    *, given: Sequence[Promise], clocks: Sequence[core.Clock], now: datetime
) -> Iterator[str]:
    """Say what differs between rows, the oldest first, and the clocks that the trail started."""
    started = sorted((one for one in clocks if one.kind == "promise"), key=lambda one: one.seq)
    if len(given) != len(started):
        yield f"{len(given)} promises are kept, {len(started)} were given"
        return
    for row, clock in zip(given, started, strict=True):
        if row.due_at != clock.due_at:
            yield f"promise {row.pk} is for another time than was told"
        if row.outcome not in _outcomes(clock, now):
            yield f"promise {row.pk} is {row.outcome or 'open'}, its clock {clock.state}"
        if row.outcome == Promise.Outcome.KEPT and row.kept_at != clock.met_at:
            yield f"promise {row.pk} was kept at another time than was told"


def _outcomes(clock: core.Clock, now: datetime) -> tuple[str, ...]:
    """The outcomes that fit: one whose time has passed may not have been noticed yet."""
    is_late = clock.due_at is not None and (clock.ended_at or now) > clock.due_at
    if clock.ended_at is None:
        return (_OPEN, Promise.Outcome.BROKEN) if is_late else (_OPEN,)
    if is_late or clock.stands == "broken":
        return (Promise.Outcome.BROKEN,)
    if clock.stands == "met":
        return (Promise.Outcome.KEPT,)
    is_renewed = clock.reason == "renegotiated"
    return (Promise.Outcome.RENEGOTIATED if is_renewed else Promise.Outcome.VOID,)
