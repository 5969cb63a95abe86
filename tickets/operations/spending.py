"""What a ticket took of our time: suggested from the trail, and written down by people of ours.

What people write stands in the ticket's trail, which only we see; a suggestion is nobody's deed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from accounts.policy import Permission, may
from tickets import markup
from tickets.models import Ticket, TimeSpent
from tickets.models.time_spent import MOST_MINUTES
from tickets.operations.writing import event
from tickets.spending import suggested_minutes

FIELD = "time"
"""What events of time spent are called in the trail; they are no activity on the ticket."""

_MOMENTS = """
SELECT u.id, u.name, u.role, array_agg(m.at) FROM (
  SELECT staff_id, written_at AS at FROM tickets_entry
    WHERE ticket_id = %(ticket)s AND staff_id IS NOT NULL
  UNION ALL
  SELECT staff_id, written_at FROM tickets_note
    WHERE ticket_id = %(ticket)s AND staff_id IS NOT NULL AND field <> %(field)s
) AS m JOIN public.accounts_user u ON u.id = m.staff_id GROUP BY u.id ORDER BY u.id
"""


class ImpossibleMinutes(ValueError):
    """Time spent is a whole minute at least, and a day at most; a longer work is several rows."""


class SpentLater(ValueError):
    """Time that is not over yet has not been spent."""


class OthersTime(Exception):
    """This row is a colleague's: they change it, or a manager."""


@dataclass(frozen=True)
class Worked:
    """Somebody of ours who did something on a ticket, and when."""

    staff_id: int
    name: str
    role: str
    moments: Sequence[datetime]

    def facts(self, now: datetime) -> dict[str, Any]:
        """What is suggested: how long in all, as of the last moment, which is not to come."""
        return {
            "staff_name": self.name,
            "role": self.role,
            "minutes": suggested_minutes(self.moments),
            "spent_at": min(max(self.moments), now),
        }


@transaction.atomic
def suggest(*, ticket_id: int, now: datetime) -> list[TimeSpent]:
    """Suggest to everybody of ours how long a settled ticket took them; the rows that were written.

    May repeat: a suggestion nobody looked at follows the trail, and who wrote a row on the ticket
    themselves, or took their suggestion away, gets no other. An open ticket gets none.
    """
    locked = Ticket.objects.select_for_update(no_key=True)
    ticket = locked.filter(pk=ticket_id).first()
    if ticket is None or not ticket.is_settled:
        return []
    rows: dict[int | None, list[TimeSpent]] = {}
    for row in ticket.times.all():
        rows.setdefault(row.staff_id, []).append(row)
    told = [
        _suggested(ticket, worker, rows.get(worker.staff_id, []), now)
        for worker in _workers_on(ticket_id)
    ]
    written = [row for row in told if row is not None]
    TimeSpent.objects.bulk_create([row for row in written if row._state.adding])
    return written


def _suggested(
    ticket: Ticket, worker: Worked, held: Sequence[TimeSpent], now: datetime
) -> TimeSpent | None:
    """What one of them is suggested: a new row, or theirs that follows; None: neither."""
    if any(map(_is_theirs, held)):
        return None
    facts = worker.facts(now)
    if not held:
        return TimeSpent(ticket=ticket, staff_id=worker.staff_id, is_suggested=True, **facts)
    (row,) = held  # one_suggested_time_per_person_and_ticket
    if all(getattr(row, name) == value for name, value in facts.items()):
        return None
    _set(row, facts)
    row.save(update_fields=list(facts))
    return row


def _workers_on(ticket_id: int) -> list[Worked]:
    """Everybody of ours who left a trace on a ticket: entries, notes, and what they changed."""
    with connection.cursor() as cursor:
        cursor.execute(_MOMENTS, {"ticket": ticket_id, "field": FIELD})
        return [Worked(*row) for row in cursor.fetchall()]


@transaction.atomic
def write_down(
    *,
    ticket: Ticket,
    by: User,
    minutes: int,
    spent_at: datetime,
    words: str,
    now: datetime,
) -> TimeSpent:
    """Write down what a ticket took somebody, at any time. Raises ImpossibleMinutes, SpentLater.

    It takes the place of what was suggested to them.
    """
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    facts = _facts(minutes, spent_at, words, now)
    ticket.times.filter(staff=by, is_suggested=True, removed_at=None).update(removed_at=now)
    row = TimeSpent.objects.create(
        ticket=ticket, staff=by, staff_name=by.name, role=by.role, **facts
    )
    event(ticket=ticket, by=by, field=FIELD, old="", new=_told(row, by), now=now)
    return row


@transaction.atomic
def change(
    *,
    time: TimeSpent,
    by: User,
    minutes: int,
    spent_at: datetime,
    words: str,
    now: datetime,
) -> TimeSpent:
    """Change what was written, or take a suggestion over: from then on it is its person's.

    Raises OthersTime, ImpossibleMinutes, SpentLater. What was taken away is not changed.
    """
    row, ticket = _locked(time, by)
    facts = _facts(minutes, spent_at, words, now)
    if row.removed_at is not None:
        return row
    is_same = not row.is_suggested and all(getattr(row, name) == facts[name] for name in facts)
    if is_same:
        return row
    old = "" if row.is_suggested else _told(row, by)
    _set(row, facts | {"is_suggested": False})
    row.save(update_fields=[*facts, "is_suggested"])
    event(ticket=ticket, by=by, field=FIELD, old=old, new=_told(row, by), now=now)
    return row


@transaction.atomic
def take_away(*, time: TimeSpent, by: User, now: datetime) -> TimeSpent:
    """Have a row count no more; taken away twice it is once. Raises OthersTime."""
    row, ticket = _locked(time, by)
    if row.removed_at is None:
        row.removed_at = now
        row.save(update_fields=["removed_at"])
        event(ticket=ticket, by=by, field=FIELD, old=_told(row, by), new="", now=now)
    return row


@transaction.atomic
def bring_back(*, time: TimeSpent, by: User, now: datetime) -> TimeSpent:
    """Undo taking a row away. Raises OthersTime."""
    row, ticket = _locked(time, by)
    if row.removed_at is not None:
        row.removed_at = None
        row.save(update_fields=["removed_at"])
        event(ticket=ticket, by=by, field=FIELD, old="", new=_told(row, by), now=now)
    return row


def may_change(*, time: TimeSpent, user: User) -> bool:
    """Whether somebody may: one's own rows whoever writes notes, everybody's a manager."""
    if time.staff_id == user.pk:
        return may(user, Permission.WRITE_NOTES)
    return may(user, Permission.SEE_SERVICE)


def _locked(time: TimeSpent, by: User) -> tuple[TimeSpent, Ticket]:
    """The row as it is now, its ticket held."""
    if not may_change(time=time, user=by):
        raise OthersTime(time)
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=time.ticket_id)
    return TimeSpent.objects.select_for_update().get(pk=time.pk), ticket


def _facts(minutes: int, spent_at: datetime, words: str, now: datetime) -> dict[str, Any]:
    if not 1 <= minutes <= MOST_MINUTES:
        raise ImpossibleMinutes(minutes)
    if spent_at > now:
        raise SpentLater(spent_at)
    return {"minutes": minutes, "spent_at": spent_at, "words": markup.one_line(words)[:200]}


def _is_theirs(row: TimeSpent) -> bool:
    """Whether its person has looked at it: wrote it, took it over, or took it away."""
    return not row.is_suggested or row.removed_at is not None


def _set(row: TimeSpent, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        setattr(row, name, value)


def _told(row: TimeSpent, by: User) -> str:
    """A row as its event tells it: minutes, the day (UTC), whose if not one's own, and on what."""
    whose = "" if row.staff_id == by.pk else f"{row.staff_name}: "
    return f"{row.minutes} {row.spent_at:%Y-%m-%d} {whose}{row.words}".strip()
