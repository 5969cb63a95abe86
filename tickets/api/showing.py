"""Rows of a ticket as plain values, in the shapes that the schema promises."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from customers.models import Customer
from desk.words import DueKind
from tickets import html
from tickets.api.vows import OPEN
from tickets.models import Clock, Entry, Handling, Note, Promise, Ticket

MOST_ENTRIES = 500
"""Entries of one ticket in one answer: the last ones."""


def summary(ticket: Ticket) -> dict[str, Any]:
    """A ticket without its entries; its requester is loaded."""
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "kind": ticket.kind,
        "state": ticket.state,
        "channel": ticket.channel,
        "requester": ticket.requester.name,
        "opened_at": ticket.opened_at,
        "updated_at": ticket.updated_at,
    }


def entry(row: Entry) -> dict[str, Any]:
    """An entry as the customer may see it."""
    return {
        "kind": row.kind,
        "author_kind": row.author_kind,
        "author_name": row.author_name,
        "body": html.shown(row.body),
        "at": row.written_at,
    }


def desk_entry(row: Entry) -> dict[str, Any]:
    """An entry as staff see it."""
    return entry(row) | {"seq": row.seq}


def note(row: Note) -> dict[str, Any]:
    """A note."""
    return {
        "author_name": row.author_name,
        "body": html.shown(row.body),
        "at": row.written_at,
        "seq": row.seq,
    }


def ticket(row: Ticket, now: datetime) -> dict[str, Any]:
    """A ticket with its last entries, in the order of the trail. Three queries more."""
    entries, before = _last_entries(row)
    given = row.promises.open().filter(due_at__gte=now).first()
    return {
        **summary(row),
        "promise": {"due_at": given.due_at, "reason": given.reason} if given else None,
        "entries": [entry(one) for one in entries],
        "entries_before": before,
    }


def clock(row: Clock, now: datetime) -> dict[str, Any]:
    """A clock as it looks at that moment."""
    return {
        "kind": row.kind,
        "state": row.state_at(now),
        "due_at": row.due_at,
        "met_at": row.met_at,
    }


def promise(row: Promise, now: datetime) -> dict[str, Any]:
    """A promise; one whose time has passed is broken, whether that was written down yet or not."""
    is_late = not row.outcome and now > row.due_at
    return {
        "due_at": row.due_at,
        "reason": row.reason,
        "given_at": row.given_at,
        "given_by": row.given_by_name,
        "outcome": Promise.Outcome.BROKEN if is_late else row.outcome or OPEN,
        "ended_at": row.due_at if is_late else row.ended_at,
        "kept_at": row.kept_at,
    }


def desk_ticket(row: Ticket, customer: Customer, now: datetime) -> dict[str, Any]:
    """A ticket with our handling, which is loaded with its owner. Five queries more."""
    entries, before = _last_entries(row)
    notes = _last_notes(row)
    places = [one.seq for one in (*entries, *notes)]
    return {
        "customer": customer.code,
        **summary(row),
        **_handling(row.handling),
        "clocks": [clock(one, now) for one in _clocks(row)],
        "promises": [promise(one, now) for one in row.promises.order_by("pk")],
        "entries": [desk_entry(one) for one in entries],
        "entries_before": before,
        "notes": [note(one) for one in notes],
        "last_seq": max(places, default=0),
    }


def resolution(row: Entry) -> dict[str, Any]:
    """The entry that says resolved, with what we learned."""
    handling = Handling.objects.get(ticket=row.ticket)
    return {
        "number": row.ticket.number,
        "state": row.ticket.state,
        "at": row.written_at,
        "author_name": row.author_name,
        **_learned(handling),
    }


def dismissal(row: Entry) -> dict[str, Any]:
    """The entry that says that a ticket ended, with why, and where it goes on."""
    told = row.ticket.notes.filter(kind=Note.Kind.EVENT, field="dismissed").order_by("seq").last()
    into = told.old.rpartition("-")[2] if told else ""
    return {
        "number": row.ticket.number,
        "state": row.ticket.state,
        "reason": told.new if told else "",
        "into": int(into) if into else None,
        "at": row.written_at,
        "author_name": row.author_name,
    }


def _clocks(row: Ticket) -> list[Clock]:
    """Oldest first; of those that started together in the order of their kinds."""
    kinds = DueKind.values
    return sorted(row.clocks.all(), key=lambda one: (one.started_at, kinds.index(one.kind)))


def _handling(handling: Handling) -> dict[str, Any]:
    owner = handling.owner
    return {
        "priority": handling.priority,
        "owner": owner.email if owner else None,
        "owner_name": owner.name if owner else None,
        "next_due_at": handling.next_due_at,
        "next_due_kind": handling.next_due_kind or None,
        "surface_request": handling.surface_request,
        "need": handling.need,
        **_learned(handling),
    }


def _learned(handling: Handling) -> dict[str, Any]:
    return {name: getattr(handling, name) for name in ("cause", "rationale", "prevention")}


def _last_entries(row: Ticket) -> tuple[list[Entry], int]:
    newest = list(row.entries.order_by("-seq")[:MOST_ENTRIES])[::-1]
    if len(newest) < MOST_ENTRIES:
        return newest, 0
    return newest, row.entries.filter(seq__lt=newest[0].seq).count()


def _last_notes(row: Ticket) -> list[Note]:
    notes = row.notes.filter(kind=Note.Kind.NOTE).order_by("-seq")
    return list(notes[:MOST_ENTRIES])[::-1]
