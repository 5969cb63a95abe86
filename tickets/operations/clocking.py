"""From trail to clocks: what the clock is told, by which terms, and the rows that keep it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, cast

from customers.models import Customer
from desk.models import Terms
from desk.operations.policies import Asked, special_days, terms_for, week
from desk.words import State
from tickets import clock as core
from tickets.clock import Calendar, Happening, Said, Targets
from tickets.models import Entry, Handling, Note, Pending, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.clock_rows import keep_rows
from tickets.operations.writing import event

SPOKEN = (
    Entry.Kind.QUESTION,
    Entry.Kind.MESSAGE,
    Entry.Kind.REPLY,
    Entry.Kind.HOLDING,
    Entry.Kind.PROMISE,
    Entry.Kind.NOT_WORKING,
)
"""Kinds of entries that are somebody's words; the others say what was done."""

TOLD = ("state", "promise", "promise_kept", "dismissed", "merged", "terms")
"""Fields of events that mean something to a clock."""

LONGEST_WAIT = timedelta(minutes=1)
"""How long a reply may have waited to be looked at for what overtook it."""


@dataclass(frozen=True)
class Counted:
    """Terms as the clock takes them."""

    terms: Terms
    targets: Targets
    calendar: Calendar


def counted_by(terms: Terms) -> Counted:
    """Terms made ready for counting."""
    return Counted(terms, Targets(**terms.targets, soon=terms.soon), calendar_of(terms))


def calendar_of(terms: Terms) -> Calendar:
    """The hours of the terms, as the clock takes them."""
    return Calendar(
        zone=terms.zone,
        weekly=week(terms),
        days=special_days(terms),
        published_until=terms.published_until,
    )


class TermsBook:
    """Terms by what they were asked for and by id, so that many tickets cost few questions."""

    def __init__(self, customer: Customer, *, is_kept: bool = False) -> None:
        self.customer = customer
        self._is_kept = is_kept
        self._by_id: dict[int, Counted] = {}
        self._by_ticket: dict[Asked, int] = {}

    def of(self, terms_id: int | None) -> Counted:
        """The terms of this id. Raises Terms.DoesNotExist, for None as well."""
        if terms_id is None:
            raise Terms.DoesNotExist
        if terms_id not in self._by_id:
            self._by_id[terms_id] = counted_by(Terms.objects.get(pk=terms_id))
        return self._by_id[terms_id]

    def for_ticket(self, ticket: Ticket, handling: Handling, now: datetime) -> Counted:
        """The terms that hold for such a ticket today. Raises NoPolicy."""
        asked = Asked(ticket.kind, handling.priority, ticket.channel)
        found = self._by_ticket.get(asked)
        if found is None:
            terms = terms_for(customer=self.customer, now=now, asked=asked)
            found = terms.pk
            self._by_id.setdefault(found, counted_by(terms))
            if self._is_kept:
                self._by_ticket[asked] = found
        return self._by_id[found]


def set_clocks(
    *, ticket: Ticket, handling: Handling, entries: Sequence[Entry], book: TermsBook, now: datetime
) -> list[core.Clock]:
    """Give the ticket its terms, count its clocks, and keep them; the handling is for its caller.

    An unsettled ticket follows the policy of today: other terms than before are an event.
    """
    _set_terms(ticket, handling, book, now)
    found = recounted(ticket=ticket, handling=handling, entries=entries, book=book, now=now)
    keep(ticket=ticket, handling=handling, found=found)
    return found.clocks


@dataclass(frozen=True)
class Recounted:
    """The clocks of a ticket as its trail has them, and who did what at which place of it."""

    trail: list[Happening]
    clocks: list[core.Clock]
    staff: dict[int, int | None]


def recounted(
    *,
    ticket: Ticket,
    handling: Handling,
    entries: Sequence[Entry],
    book: TermsBook,
    now: datetime,
    notes: Sequence[Note] | None = None,
) -> Recounted:
    """Count a ticket's clocks from its trail alone; changes nothing.

    `notes` are the events a clock is told of, in their order, where the caller has them already.
    Raises Terms.DoesNotExist.
    """
    if notes is None:
        notes = list(ticket.notes.filter(kind=Note.Kind.EVENT, field__in=TOLD).order_by("seq"))
    trail = told(ticket=ticket, entries=entries, notes=notes, book=book)
    first = book.of(handling.first_terms_id or handling.terms_id)
    rows: Iterable[Entry | Note] = (*entries, *notes)
    return Recounted(
        trail=trail,
        clocks=core.clocks(trail, first.targets, first.calendar, now),
        staff={row.seq: row.staff_id for row in rows},
    )


def keep(*, ticket: Ticket, handling: Handling, found: Recounted) -> None:
    """Have the rows of a ticket be what was counted; writes only what differs.

    What the handling shows of it is set, and left to its caller to be saved.
    """
    for column, value in shown(ticket=ticket, found=found).items():
        setattr(handling, column, value)
    keep_rows(ticket=ticket, clocks=found.clocks, staff=found.staff)


def shown(*, ticket: Ticket, found: Recounted) -> dict[str, Any]:
    """What the handling says of the clocks, by column."""
    due = core.next_due(found.clocks, cast(core.State, ticket.state))
    columns: dict[str, Any] = {
        "next_due_at": due.due_at if due else None,
        "next_due_kind": due.kind if due else "",
        "due_since": due.started_at if due else None,
        "first_responded_at": core.first_responded_at(found.trail),
    }
    first = next((one for one in found.clocks if one.kind == "first_response"), None)
    return columns | ({"first_due_at": first.due_at} if first else {})


def _set_terms(ticket: Ticket, handling: Handling, book: TermsBook, now: datetime) -> None:
    if handling.terms_id is not None and ticket.is_settled:
        return
    terms = book.for_ticket(ticket, handling, now).terms
    if handling.terms_id is None:
        handling.first_terms_id = terms.pk
    elif handling.terms_id != terms.pk:
        old, new = str(handling.terms_id), str(terms.pk)
        event(ticket=ticket, by=None, field="terms", old=old, new=new, now=now)
    handling.terms_id, handling.policy_id = terms.pk, terms.policy_id


def told(
    *, ticket: Ticket, entries: Sequence[Entry], notes: Sequence[Note], book: TermsBook
) -> list[Happening]:
    """The trail as the clock takes it: what was said and done, in the order it was written."""
    placed: list[tuple[float, Happening]] = [(0, core.Opened(ticket.opened_at))]
    overtaken = _overtaken(entries)
    placed += [
        (overtaken.get(entry.pk, entry.seq), _said(entry))
        for entry in entries
        if entry.kind in SPOKEN and not _is_void(entry, notes)
    ]
    placed += [(note.seq, _done(note, book)) for note in notes]
    return [happening for _place, happening in sorted(placed, key=lambda one: one[0])]


def _is_void(entry: Entry, notes: Sequence[Note]) -> bool:
    """Whether it was said of what went live at a ticket that was dismissed, and did not open it:
    nothing is asked there, so nobody waits.
    """
    if entry.kind != Entry.Kind.NOT_WORKING:
        return False
    moves = [
        one for one in notes
        if one.field == "dismissed" or (one.field == "state" and one.new != State.CLOSED)
    ]  # fmt: skip
    before = [one for one in moves if one.seq < entry.seq]
    opens = any(one.seq == entry.seq + 1 for one in moves)
    return bool(before) and before[-1].field == "dismissed" and not opens


def said(entries: Sequence[Entry]) -> list[Happening]:
    """The words of a trail alone, in its order: what the first response is read from."""
    return [_said(entry) for entry in entries if entry.kind in SPOKEN]


def _said(entry: Entry) -> Said:
    return Said(
        at=entry.written_at,
        side="customer" if entry.author_kind == AuthorKind.CONTACT else "us",
        is_holding=entry.kind == Entry.Kind.HOLDING,
        is_automatic=entry.author_kind == AuthorKind.SYSTEM,
        is_promise=entry.kind == Entry.Kind.PROMISE,
        seq=entry.seq,
    )


def _done(note: Note, book: TermsBook) -> Happening:
    at, seq = note.written_at, note.seq
    match note.field:
        case "promise":
            return core.Promised(at, datetime.fromisoformat(note.new), seq)
        case "promise_kept":
            return core.Kept(at, seq)
        case "dismissed":
            return core.Dismissed(at, note.new, seq)
        case "merged":
            since = datetime.fromisoformat(note.new) if note.new else None
            return core.Merged(at, since, seq)
        case "terms":
            terms = book.of(int(note.new))
            return core.Retargeted(at, terms.targets, terms.calendar, seq)
    state = cast(Literal["new"], note.new)
    return core.Moved(at, state, by_us=note.staff_id is not None, seq=seq)


def _overtaken(entries: Sequence[Entry]) -> dict[int, float]:
    """Places of replies that stand before what the customer said while they waited to go."""
    crossed = [
        entry.pk
        for before, entry in pairwise(entries)
        if (before.author_kind, entry.author_kind) == (AuthorKind.CONTACT, AuthorKind.STAFF)
        and entry.written_at - before.written_at <= LONGEST_WAIT
    ]
    if not crossed:
        return {}
    written = Pending.objects.filter(entry__in=crossed).values_list("entry_id", "written_at")
    places = {}
    for entry_id, written_at in written:
        seqs = [
            one.seq
            for one in entries
            if one.author_kind == AuthorKind.CONTACT and one.written_at > written_at
        ]
        own = next(one.seq for one in entries if one.pk == entry_id)
        places[entry_id] = min([own, *seqs]) - 0.5
    return places
