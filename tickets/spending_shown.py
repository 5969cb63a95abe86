"""Time spent on a ticket as it is shown: by person, with sums, and who may change what."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from tickets.models import Ticket, TimeSpent
from tickets.operations.spending import may_change
from tickets.spending_forms import TimeForm, form_of


@dataclass(frozen=True)
class Line:
    """One row; `form` for who may change it, open where its words were refused."""

    row: TimeSpent
    form: TimeForm | None
    is_open: bool
    is_own: bool


@dataclass(frozen=True)
class Person:
    """Somebody's rows, and how many minutes they are together, suggestions too."""

    name: str
    minutes: int
    lines: list[Line]


@dataclass(frozen=True)
class Spent:
    """All of a ticket's; `removed` is a row just taken away, which may be brought back."""

    people: list[Person]
    minutes: int
    suggested: int
    removed: TimeSpent | None


def spent_on(
    ticket: Ticket,
    *,
    reader: User,
    changing: tuple[TimeSpent, TimeForm] | None = None,
    removed: int | None = None,
) -> Spent:
    """In one statement: whose time, one's own first; `changing` stands with its form as sent."""
    rows = list(ticket.times.order_by("staff_name", "staff_id", "spent_at", "pk"))
    gone = next((row for row in rows if row.pk == removed and row.removed_at), None)
    rows = [row for row in rows if row.removed_at is None]
    rows.sort(key=lambda row: row.staff_id != reader.pk)
    people: dict[int | None, list[TimeSpent]] = {}
    for row in rows:
        people.setdefault(row.staff_id, []).append(row)
    return Spent(
        people=[
            Person(
                held[0].staff_name,
                sum(row.minutes for row in held),
                [_line(row, reader, changing) for row in held],
            )
            for held in people.values()
        ],
        minutes=sum(row.minutes for row in rows),
        suggested=sum(row.minutes for row in rows if row.is_suggested),
        removed=gone if gone and may_change(time=gone, user=reader) else None,
    )


def _line(row: TimeSpent, reader: User, changing: tuple[TimeSpent, TimeForm] | None) -> Line:
    is_open = changing is not None and changing[0].pk == row.pk
    form = form_of(row) if may_change(time=row, user=reader) else None
    return Line(
        row,
        changing[1] if changing is not None and is_open else form,
        is_open=is_open,
        is_own=row.staff_id == reader.pk,
    )
