from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from desk.words import State
from tickets import markup
from tickets.models import Handling, Ticket
from tickets.operations.judging import rejudge
from tickets.operations.refusals import TicketSettled
from tickets.operations.sending import send_waiting
from tickets.operations.vows import HoldNeedsPromise, open_promise
from tickets.operations.writing import ask_judge, event


@transaction.atomic
def change(
    *,
    ticket: Ticket,
    by: User,
    now: datetime,
    subject: str | None = None,
    kind: str | None = None,
    priority: str | None = None,
    state: str | None = None,
    quiet: bool = False,
) -> Ticket:
    """Change what a ticket is; None leaves a field as it is. Each change is an event old → new.
    A subject that nobody could see leaves the old one.

    `state` moves among the unsettled states, and a reply that still waits goes before it does;
    resolving and reopening are verbs of their own. *On hold* needs an open promise, except in what
    is told of the past (`quiet`). Raises TicketSettled, HoldNeedsPromise.
    """
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if state is not None:
        _make_way(ticket, now, quiet=quiet)
    if state == State.ON_HOLD and not quiet and open_promise(ticket) is None:
        raise HoldNeedsPromise(ticket)
    seen = markup.one_line(subject or "")[:200]
    subject = None if markup.is_blank(seen) else seen
    _change_fields(ticket, by, now, {"subject": subject, "kind": kind, "state": state})
    if priority is not None:
        _change_priority(ticket, by, now, priority)
    if not quiet:
        rejudge(ticket=ticket, now=now)
        ask_judge(ticket)
    return ticket


def _make_way(ticket: Ticket, now: datetime, *, quiet: bool) -> None:
    if ticket.is_settled:
        raise TicketSettled(ticket)
    if send_waiting(ticket=ticket, now=now, quiet=quiet):
        ticket.refresh_from_db()


def _change_fields(ticket: Ticket, by: User, now: datetime, wanted: dict[str, str | None]) -> None:
    changed = {
        field: value
        for field, value in wanted.items()
        if value is not None and value != getattr(ticket, field)
    }
    for field, value in changed.items():
        event(ticket=ticket, by=by, field=field, old=getattr(ticket, field), new=value, now=now)
        setattr(ticket, field, value)
    if changed:
        ticket.save(update_fields=list(changed))


def _change_priority(ticket: Ticket, by: User, now: datetime, priority: str) -> None:
    handling = Handling.objects.select_for_update().get(ticket=ticket)
    if handling.priority == priority:
        return
    event(ticket=ticket, by=by, field="priority", old=handling.priority, new=priority, now=now)
    handling.priority = priority
    handling.save(update_fields=["priority"])


@transaction.atomic
def write_understanding(
    *, ticket: Ticket, by: User, now: datetime, surface_request: str, need: str
) -> Handling:
    """Write what they said and what they are after: clarified once both are written."""
    Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    handling = Handling.objects.select_for_update().get(ticket=ticket)
    wanted = {"surface_request": surface_request.strip(), "need": need.strip()}
    for field, value in wanted.items():
        if getattr(handling, field) != value:
            old = getattr(handling, field)
            event(ticket=ticket, by=by, field=field, old=old, new=value, now=now)
            setattr(handling, field, value)
    handling.save(update_fields=list(wanted))
    return handling
