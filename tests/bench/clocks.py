"""The clocks of the bench's stories, counted by the product's own core, as rows.sql lays them.

The bench's calendar repeats itself every week and every story lies on five minutes, so a due time
depends on the clock and on the slot of the week it was started in, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from tests.bench import stories
from tickets import clock as core
from tickets.business_time import SECOND, reached
from tickets.clock import Calendar, Happening, Targets

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
SLOT = timedelta(minutes=5)
SLOTS = 7 * 288
_SPOKEN = ("question", "message", "reply", "holding")


@dataclass(frozen=True)
class Laid:
    """A clock of a story: minutes after the ticket was opened, and places of the trail."""

    story: str
    kind: str
    seq: int
    start: int
    till: int | None
    till_seq: int | None
    stands: str
    target: int
    ends_its_span: bool


def clocks(story: str, targets: Targets, calendar: Calendar) -> Iterator[Laid]:
    """Those that the story starts. Refuses a story whose clocks rows.sql could not lay."""
    end = MONDAY + timedelta(days=60)
    for one in core.clocks(list(_told(story)), targets, calendar, end):
        (span,) = one.spans
        marks = [(mark.at, mark.what, mark.seq, mark.due_at) for mark in one.log]
        expected = [(one.started_at, "started", one.seq, one.due_at)]
        if one.ended_at:
            expected.append((one.ended_at, "met", one.log[-1].seq, None))
        is_plain = (
            marks == expected
            and span[0] == one.started_at
            and span[1] in (None, one.ended_at)
            and not (one.reason or one.is_provisional)
        )
        if not is_plain:
            raise ValueError(f"{story}: {one}")
        yield Laid(
            story=story,
            kind=one.kind,
            seq=one.seq,
            start=_minutes(one.started_at),
            till=_minutes(one.ended_at) if one.ended_at else None,
            till_seq=one.log[-1].seq if one.ended_at else None,
            stands=one.stands,
            target=one.target,
            ends_its_span=span[1] is not None,
        )


def lasts(targets: Targets, calendar: Calendar) -> Iterator[tuple[str, int, timedelta, timedelta]]:
    """How long it takes each kind from each slot of the week until it is due, and due soon."""
    kinds: tuple[core.Kind, ...] = ("first_response", "next_response", "real_answer")
    for kind in kinds:
        wanted = (targets.of(kind) or 0) * SECOND
        for slot in range(SLOTS):
            start = MONDAY + slot * SLOT
            due_at = reached(start, wanted, calendar)
            soon_at = reached(start, wanted * targets.soon // 100, calendar)
            yield kind, slot, due_at - start, soon_at - start


def _told(story: str) -> Iterator[Happening]:
    yield core.Opened(MONDAY)
    for line in stories.lines(story):
        at = MONDAY + timedelta(minutes=line.minute)
        is_ours = line.author == "staff"
        if line.is_entry and line.kind in _SPOKEN:
            is_holding = line.kind == "holding"
            yield core.Said(at, "us" if is_ours else "customer", is_holding, seq=line.place)
        elif line.field == "state":
            yield core.Moved(at, cast(core.State, line.new), by_us=is_ours, seq=line.place)


def _minutes(moment: datetime) -> int:
    return (moment - MONDAY) // timedelta(minutes=1)
