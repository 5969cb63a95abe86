"""What giving and ending a promise writes: shared by replies, promises and what ends a ticket.

Callers hold the ticket locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import User
from tickets import html
from tickets.models import Contact, Entry, Note, Promise, Ticket
from tickets.operations.writing import event, unwritten

LONGEST = timedelta(days=730)
"""How far ahead a promise may lie: as far as calendars know their days."""


class PromiseInThePast(ValueError):
    """The promised time is not later than now; name a later one."""


class PromiseTooFar(ValueError):
    """The promised time lies beyond what the calendars know; name one within two years."""


class NoReason(ValueError):
    """A promise needs its reason: what the customer waits for."""


class HoldNeedsPromise(Exception):
    """*On hold* needs an open promise: give a time and a reason."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number} has no open promise")
        self.ticket = ticket


class HoldingNeedsPromise(Exception):
    """A second holding reply without an answer between needs a promise: name a time."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number} already owes a real answer")
        self.ticket = ticket


def check_vow(*, due_at: datetime, reason: str, now: datetime) -> None:
    """Raises PromiseInThePast, PromiseTooFar, NoReason."""
    if due_at <= now:
        raise PromiseInThePast(due_at.isoformat())
    if due_at > now + LONGEST:
        raise PromiseTooFar(due_at.isoformat())
    if not reason.strip():
        raise NoReason


def open_promise(ticket: Ticket) -> Promise | None:
    """The promise that still runs, or whose time has passed without anybody noticing yet."""
    return ticket.promises.open().first()


def vow(
    *,
    entry: Entry,
    by: User,
    due_at: datetime,
    reason: str,
    given_at: datetime,
    now: datetime,
    contact: Contact | None = None,
) -> Promise:
    """Write a promise that `entry` tells; the open one is renegotiated, or broken if too late."""
    before = end_open(ticket=entry.ticket, by=by, now=now)
    old = before or _unfulfilled(entry.ticket)
    given = Promise.objects.create(
        ticket=entry.ticket,
        entry=entry,
        contact=contact,
        due_at=due_at,
        reason=reason.strip(),
        given_at=given_at,
        given_by=by,
        given_by_name=by.name,
    )
    if old is not None:
        old.replaced_by = given
        old.save(update_fields=["replaced_by"])
    event(
        ticket=entry.ticket,
        by=by,
        field="promise",
        old=before.due_at.isoformat() if before else "",
        new=due_at.isoformat(),
        body=html.from_text(reason.strip()),
        now=now,
    )
    return given


def end_open(
    *, ticket: Ticket, by: User | None, now: datetime, outcome: str = Promise.Outcome.RENEGOTIATED
) -> Promise | None:
    """End the open promise: so, or broken when its time has passed. None: there was none."""
    given = open_promise(ticket)
    if given is None:
        return None
    is_late = now > given.due_at
    given.outcome = Promise.Outcome.BROKEN if is_late else outcome
    given.ended_at = given.due_at if is_late else now
    given.kept_at = now if given.outcome == Promise.Outcome.KEPT else None
    given.save(update_fields=["outcome", "ended_at", "kept_at"])
    if is_late:
        due = given.due_at.isoformat()
        event(ticket=ticket, by=None, field="promise_broken", old=due, new="", now=now)
    return given


def fulfil(*, ticket: Ticket, by: User, now: datetime) -> Promise | None:
    """The open promise is kept; or a broken one is fulfilled late. None: there was neither."""
    given = end_open(ticket=ticket, by=by, now=now, outcome=Promise.Outcome.KEPT)
    given = given or _unfulfilled(ticket)
    if given is None:
        return None
    given.kept_at = now
    if given.outcome == Promise.Outcome.KEPT:
        given.ended_at = now
    given.save(update_fields=["kept_at", "ended_at"])
    due = given.due_at.isoformat()
    event(ticket=ticket, by=by, field="promise_kept", old=due, new=given.outcome, now=now)
    return given


def fulfil_all(*, tickets: Sequence[Ticket], by: User, now: datetime) -> list[Note]:
    """As `fulfil`, at each of many tickets in two statements; the events are for the caller."""
    last = Promise.objects.filter(ticket__in=tickets).order_by("ticket", "-pk")
    kept: list[Promise] = []
    events: list[Note] = []
    of = {ticket.pk: ticket for ticket in tickets}
    for given in last.distinct("ticket"):
        if given.outcome and not _is_unfulfilled(given):
            continue
        ticket, due = of[given.ticket_id], given.due_at.isoformat()
        if not given.outcome and now > given.due_at:
            given.outcome, given.ended_at = Promise.Outcome.BROKEN, given.due_at
            events.append(
                unwritten(ticket=ticket, by=None, field="promise_broken", old=due, new="", now=now)
            )
        elif not given.outcome:
            given.outcome, given.ended_at = Promise.Outcome.KEPT, now
        given.kept_at = now
        kept.append(given)
        events.append(
            unwritten(
                ticket=ticket, by=by, field="promise_kept", old=due, new=given.outcome, now=now
            )
        )
    Promise.objects.bulk_update(kept, ["outcome", "ended_at", "kept_at"])
    return events


def _unfulfilled(ticket: Ticket) -> Promise | None:
    """The last promise, when it was broken and neither fulfilled nor replaced since."""
    last = ticket.promises.order_by("-pk").first()
    return last if last is not None and _is_unfulfilled(last) else None


def _is_unfulfilled(last: Promise) -> bool:
    is_broken = last.outcome == Promise.Outcome.BROKEN
    return is_broken and last.kept_at is None and last.replaced_by_id is None
