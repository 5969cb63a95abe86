"""Rows of a ticket as plain values, in the shapes that the schema promises."""

from __future__ import annotations

from typing import Any

from customers.models import Customer
from tickets import html
from tickets.models import Entry, Handling, Note, Ticket

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


def ticket(row: Ticket) -> dict[str, Any]:
    """A ticket with its last entries, in the order of the trail. Two queries more."""
    entries, before = _last_entries(row)
    return summary(row) | {"entries": [entry(one) for one in entries], "entries_before": before}


def desk_ticket(row: Ticket, customer: Customer) -> dict[str, Any]:
    """A ticket with our handling, which is loaded with its owner. Three queries more."""
    entries, before = _last_entries(row)
    notes = _last_notes(row)
    places = [one.seq for one in (*entries, *notes)]
    return {
        "customer": customer.code,
        **summary(row),
        **_handling(row.handling),
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
