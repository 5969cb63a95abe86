"""The rows that keep a ticket's clocks: what was counted, and what stands in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tickets import clock as core
from tickets.models import Clock, Ticket

COLUMNS = (
    "started_at", "target", "due_at", "soon_at", "stands", "ended_at", "reason", "is_provisional",
    "spans", "log", "staff_id",
)  # fmt: skip


def keep_rows(
    *, ticket: Ticket, clocks: Sequence[core.Clock], staff: Mapping[int, int | None]
) -> None:
    """Have a ticket's rows be what was counted; writes only what differs.

    `staff` says who of ours wrote which place of the trail.
    """
    kept = {(row.kind, row.seq): row for row in ticket.clocks.all()}
    counted = {one.key: columns_of(clock=one, staff=staff) for one in clocks}
    new = [
        Clock(ticket=ticket, kind=kind, seq=seq, **columns)
        for (kind, seq), columns in counted.items()
        if (kind, seq) not in kept
    ]
    changed = [
        _with(kept[key], columns)
        for key, columns in counted.items()
        if key in kept and differences(row=kept[key], columns=columns)
    ]
    Clock.objects.bulk_create(new)
    if changed:
        Clock.objects.bulk_update(changed, [name.removesuffix("_id") for name in COLUMNS])
    gone = [row.pk for key, row in kept.items() if key not in counted]
    if gone:
        Clock.objects.filter(pk__in=gone).delete()


def _with(row: Clock, columns: dict[str, Any]) -> Clock:
    for name, value in columns.items():
        setattr(row, name, value)
    return row


def columns_of(*, clock: core.Clock, staff: Mapping[int, int | None]) -> dict[str, Any]:
    """A counted clock as its row keeps it."""
    by = clock.seq if clock.kind == "promise" else clock.log[-1].seq
    return {
        "started_at": clock.started_at,
        "target": clock.target,
        "due_at": clock.due_at,
        "soon_at": clock.soon_at,
        "stands": clock.stands,
        "ended_at": clock.ended_at,
        "reason": clock.reason,
        "is_provisional": clock.is_provisional,
        "spans": [[_iso(start), _iso(end)] for start, end in clock.spans],
        "log": [[_iso(mark.at), mark.what, mark.seq, _iso(mark.due_at)] for mark in clock.log],
        "staff_id": staff.get(by) if clock.ended_at or clock.kind == "promise" else None,
    }


def differences(*, row: Clock, columns: dict[str, Any]) -> list[str]:
    """Names of the columns in which a row is not what was counted."""
    return [name for name, value in columns.items() if getattr(row, name) != value]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
