"""Answering a customer. Every reply is a `Pending` first: one path, with or without a wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from customers.inside import current_customer_id
from desk.models import Due
from desk.words import State
from tickets.models import Entry, Pending, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.refusals import TicketClosed
from tickets.operations.sending import let_go, send_waiting
from tickets.operations.storing import Upload, attach_internally, publish
from tickets.operations.vows import (
    HoldingNeedsPromise,
    HoldNeedsPromise,
    check_vow,
    open_promise,
)
from tickets.operations.writing import cleaned

UNDO_WINDOW = timedelta(seconds=10)
NO_WAIT = timedelta(0)


class TrailMoved(Exception):
    """Somebody said something after the author last looked; look at `entries`, then send again.

    Without entries a colleague's reply is just about to go: let it, or see what it says.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(f"{len(entries)} entries the author has not seen")
        self.entries = entries


@dataclass(frozen=True)
class Vow:
    """A promise that goes out with a reply: by when, and what for."""

    due_at: datetime
    reason: str


@transaction.atomic
def reply(
    *,
    ticket: Ticket,
    by: User,
    body: str,
    now: datetime,
    kind: str = Pending.Kind.REPLY,
    wait: timedelta = UNDO_WINDOW,
    then_state: str = State.WAITING,
    uploads: Sequence[Upload] = (),
    seen_seq: int | None = None,
    vow: Vow | None = None,
    keeps_promise: bool = True,
    quiet: bool = False,
) -> Pending:
    """Put a reply on its way: it goes after `wait`, until then it can be undone.

    `seen_seq` is the last place of the trail the author saw; None asks for no guard. What already
    waited at the ticket goes first. The same words by the same author while they still wait are the
    same reply: a form sent twice answers once. With `vow` it gives a promise; else a real answer
    keeps the open one, if `keeps_promise`. A second holding reply, and *on hold*, need a promise.
    Raises TrailMoved, TicketClosed, EmptyBody, HoldNeedsPromise, HoldingNeedsPromise and what a
    promise refuses (PromiseInThePast, PromiseTooFar, NoReason).
    """
    body = cleaned(body, has_files=bool(uploads))
    promised = _promised(vow, now + wait)
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if ticket.state == State.CLOSED:
        raise TicketClosed(ticket)
    waiting, has_moved = _looked_at(ticket, by, seen_seq)
    twin = None if quiet or uploads else _twin(waiting, by, kind, body)
    if twin is not None:
        return twin
    if has_moved:
        raise TrailMoved(_unseen(ticket, by, seen_seq))
    _send_first(ticket, waiting, now, quiet)
    _need_promise(ticket, kind, then_state, is_met=quiet or vow is not None)
    pending = Pending.objects.create(
        ticket=ticket,
        kind=kind,
        author=by,
        author_name=by.name,
        body=body,
        then_state=then_state,
        keeps_promise=keeps_promise,
        **promised,
        written_at=now,
        send_at=now + wait,
    )
    attach_internally(pending=pending, uploads=uploads, now=now)
    if wait == NO_WAIT:
        entry = let_go(ticket=ticket, pending=pending, by=by, now=now, quiet=quiet)
        if uploads:
            publish(pending=pending, entry=entry)
    else:
        Due.objects.create(
            customer_id=current_customer_id(),
            kind=Due.Kind.SEND,
            row_id=pending.pk,
            due_at=pending.send_at,
        )
    return pending


def acknowledge(
    *,
    ticket: Ticket,
    by: User,
    now: datetime,
    body: str = "",
    wait: timedelta = UNDO_WINDOW,
    then_state: str = State.OPEN,
    seen_seq: int | None = None,
    vow: Vow | None = None,
    quiet: bool = False,
) -> Pending:
    """Send a holding reply: "we have it, we are looking". From then on we owe a real answer.

    Without a body the standard words go out in the requester's language. Raises as `reply` does.
    """
    return reply(
        ticket=ticket,
        by=by,
        body=body or holding_words(ticket=ticket),
        now=now,
        kind=Pending.Kind.HOLDING,
        wait=wait,
        then_state=then_state,
        seen_seq=seen_seq,
        vow=vow,
        quiet=quiet,
    )


def holding_words(*, ticket: Ticket) -> str:
    """The standard holding reply, as HTML in the requester's language."""
    with translation.override(ticket.requester.language):
        words = _("We have your message and are looking into it. You will hear from us again here.")
    return f"<p>{words}</p>"


def _promised(vow: Vow | None, now: datetime) -> dict[str, Any]:
    """The columns of a promise that a reply gives. Raises what a promise refuses."""
    if vow is None:
        return {}
    check_vow(due_at=vow.due_at, reason=vow.reason, now=now)
    return {"promise_due_at": vow.due_at, "promise_reason": vow.reason.strip()}


def _need_promise(ticket: Ticket, kind: str, then_state: str, *, is_met: bool) -> None:
    """Raises HoldNeedsPromise, HoldingNeedsPromise where a promise is needed and none is open."""
    if is_met:
        return
    is_second = kind == Pending.Kind.HOLDING and owes_answer(ticket=ticket)
    if not (is_second or then_state == State.ON_HOLD) or open_promise(ticket) is not None:
        return
    raise HoldingNeedsPromise(ticket) if is_second else HoldNeedsPromise(ticket)


def owes_answer(*, ticket: Ticket) -> bool:
    """Whether our last words were a holding reply: a debt stands."""
    ours = ticket.entries.filter(
        author_kind=AuthorKind.STAFF, kind__in=[Entry.Kind.REPLY, Entry.Kind.HOLDING]
    )
    last = ours.order_by("-seq").values_list("kind", flat=True).first()
    return last == Entry.Kind.HOLDING


def _twin(waiting: Sequence[Pending], by: User, kind: str, body: str) -> Pending | None:
    said = (by.pk, kind, body)
    same = (one for one in waiting if (one.author_id, one.kind, one.body) == said)
    return next(same, None)


# After the ticket is locked, so that nobody says anything in between; rarely is there anything.
_LOOKED_AT = """
SELECT
  EXISTS (SELECT FROM tickets_pending p
    WHERE p.ticket_id = %(ticket)s AND p.sent_at IS NULL AND p.undone_at IS NULL),
  EXISTS (SELECT FROM tickets_entry e WHERE e.ticket_id = %(ticket)s AND e.seq > %(seen)s
    AND e.kind <> 'asked'
    AND NOT (e.author_kind = 'staff' AND e.staff_id IS NOT DISTINCT FROM %(by)s))
"""


def _looked_at(ticket: Ticket, by: User, seen_seq: int | None) -> tuple[list[Pending], bool]:
    """What waits at the ticket; whether others spoke after what was seen, or are just about to."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOKED_AT, {"ticket": ticket.pk, "seen": seen_seq, "by": by.pk})
        waits, has_moved = cursor.fetchone()
    waiting = list(Pending.objects.waiting().filter(ticket=ticket).order_by("pk")) if waits else []
    if seen_seq is None:
        return waiting, False
    return waiting, has_moved or any(pending.author_id != by.pk for pending in waiting)


def _send_first(ticket: Ticket, waiting: Sequence[Pending], now: datetime, quiet: bool) -> None:
    """Let what waits go before something later is said."""
    if waiting:
        send_waiting(ticket=ticket, now=now, quiet=quiet)
        ticket.refresh_from_db()


def _unseen(ticket: Ticket, by: User, seen_seq: int | None) -> list[Entry]:
    unseen = ticket.entries.filter(seq__gt=seen_seq or 0).exclude(kind=Entry.Kind.ASKED)
    return list(unseen.exclude(author_kind=AuthorKind.STAFF, staff=by).order_by("seq"))
