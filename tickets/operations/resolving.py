from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from desk.words import State
from tickets.models import Entry, Handling, Ticket
from tickets.operations.judging import rejudge
from tickets.operations.refusals import TicketNotSettled, TicketSettled
from tickets.operations.sending import send_waiting
from tickets.operations.vows import fulfil
from tickets.operations.writing import ask_judge, cleaned, entry_by_staff, event


@transaction.atomic
def resolve(
    *,
    ticket: Ticket,
    by: User,
    now: datetime,
    cause: str = "",
    rationale: str = "",
    prevention: str = "",
    quiet: bool = False,
) -> Entry:
    """Say that it is solved: what still waits goes first, then the customer is asked if it works.

    Cause, rationale and prevention are the further output; they stay with us (PRODUCT, section 3).
    It keeps the open promise, and answers nothing: clocks of answers run on.
    Raises TicketSettled.
    """
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if ticket.is_settled:
        raise TicketSettled(ticket)
    if send_waiting(ticket=ticket, now=now, quiet=quiet):
        ticket.refresh_from_db()
    fulfil(ticket=ticket, by=by, now=now)
    output = {"cause": cause, "rationale": rationale, "prevention": prevention}
    _write_output(ticket, output, by=by, now=now)
    entry = entry_by_staff(
        ticket=ticket, kind=Entry.Kind.RESOLVED, by=by, body="", now=now, quiet=quiet
    )
    _settle(ticket, State.RESOLVED, by, now, quiet=quiet)
    return entry


@transaction.atomic
def reopen(
    *, ticket: Ticket, by: User, now: datetime, body: str = "", quiet: bool = False
) -> Entry:
    """Take a settled ticket up again and tell the customer. Raises TicketNotSettled."""
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if not ticket.is_settled:
        raise TicketNotSettled(ticket)
    if send_waiting(ticket=ticket, now=now, quiet=quiet):
        ticket.refresh_from_db()
    entry = entry_by_staff(
        ticket=ticket,
        kind=Entry.Kind.REOPENED,
        by=by,
        body=cleaned(body, has_files=True),
        now=now,
        quiet=quiet,
    )
    _settle(ticket, State.OPEN, by, now, quiet=quiet)
    return entry


@transaction.atomic
def close(*, ticket: Ticket, by: User, now: datetime, quiet: bool = False) -> Ticket:
    """Close a resolved ticket for good: nothing is left to ask. Raises TicketNotSettled."""
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if ticket.state != State.RESOLVED:
        raise TicketNotSettled(ticket)
    _settle(ticket, State.CLOSED, by, now, quiet=quiet)
    return ticket


def _write_output(ticket: Ticket, output: dict[str, str], *, by: User, now: datetime) -> None:
    written = {field: text.strip() for field, text in output.items() if text.strip()}
    if not written:
        return
    handling = Handling.objects.select_for_update().get(ticket=ticket)
    for field, text in written.items():
        old = getattr(handling, field)
        if old != text:
            event(ticket=ticket, by=by, field=field, old=old, new=text, now=now)
            setattr(handling, field, text)
    handling.save(update_fields=list(written))


def _settle(ticket: Ticket, state: State, by: User, now: datetime, *, quiet: bool) -> None:
    event(ticket=ticket, by=by, field="state", old=ticket.state, new=state, now=now)
    ticket.state = state
    ticket.settled_at = (ticket.settled_at or now) if ticket.is_settled else None
    ticket.updated_at = max(ticket.updated_at, now)
    ticket.save(update_fields=["state", "settled_at", "updated_at"])
    if not quiet:
        rejudge(ticket=ticket, now=now)
        ask_judge(ticket)
