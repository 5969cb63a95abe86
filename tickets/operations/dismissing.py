"""Ending a ticket without an answer: withdrawn, a duplicate, spam. Only that cancels clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from customers.inside import current_customer_id
from customers.models import Customer
from desk.models import Due
from desk.operations import due
from desk.words import Dismissal, State
from tickets import html
from tickets.models import Entry, Note, Promise, Ticket
from tickets.operations.judging import rejudge
from tickets.operations.refusals import TicketClosed
from tickets.operations.reporting import report, unreport
from tickets.operations.sending import send_waiting
from tickets.operations.vows import end_open
from tickets.operations.writing import ask_judge, entry_by_staff, event


class Heir(Protocol):
    """Lets what points to a ticket that was merged point to the one where it goes on, too."""

    def __call__(self, *, ticket: Ticket, into: Ticket) -> None: ...


_heirs: list[Heir] = []


def hand_over_also(heir: Heir) -> None:
    """Have `heir` called within each merge; told once, when the app is ready."""
    _heirs.append(heir)


class OtherRequester(Exception):
    """Somebody else asked that ticket, who would not see this one's answer; answer both."""

    def __init__(self, into: Ticket) -> None:
        super().__init__(f"ticket {into.number} was asked by another person")
        self.into = into


class IntoItself(ValueError):
    """A ticket is no duplicate of itself; name the other one's number."""


@transaction.atomic
def dismiss(
    *, ticket: Ticket, by: User, reason: str, now: datetime, into: Ticket | None = None
) -> Entry:
    """Close a ticket because nothing is asked by it; its clocks are cancelled, its promise void.

    With `into` it is merged: a duplicate whose people are answered there, and have waited since
    they asked here. They are told, except of spam. Raises TicketClosed (of either), IntoItself,
    OtherRequester.
    """
    if into is not None:
        return _merge(ticket=ticket, into=into, by=by, now=now)
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if reason == Dismissal.SPAM:
        for linked in ticket.reports.exclude(problem=None).select_related("problem").order_by("pk"):
            unreport(ticket=ticket, problem=linked.problem, by=by, now=now)
    return _end(ticket, by, Dismissal(reason), now, _("Closed: %(why)s."), "")


def _merge(*, ticket: Ticket, into: Ticket, by: User, now: datetime) -> Entry:
    if ticket.pk == into.pk:
        raise IntoItself
    rows = Ticket.objects.select_for_update(no_key=True).filter(pk__in=[ticket.pk, into.pk])
    locked = {row.pk: row for row in rows.order_by("pk")}
    ticket, into = locked[ticket.pk], locked[into.pk]
    if into.state == State.CLOSED:
        raise TicketClosed(into)
    if into.requester_id != ticket.requester_id:
        raise OtherRequester(into)
    entry = _end(ticket, by, Dismissal.DUPLICATE, now, _("Goes on in %(into)s."), _name(into))
    _take_over(ticket, into, by, now)
    return entry


def _end(
    ticket: Ticket, by: User, reason: Dismissal, now: datetime, words: str, into: str
) -> Entry:
    if ticket.state == State.CLOSED:
        raise TicketClosed(ticket)
    if send_waiting(ticket=ticket, now=now):
        ticket.refresh_from_db()
    end_open(ticket=ticket, by=by, now=now, outcome=Promise.Outcome.VOID)
    event(ticket=ticket, by=by, field="dismissed", old=into, new=reason, now=now)
    with translation.override(ticket.requester.language):
        said = _(words) % {"why": reason.label, "into": into}
    entry = entry_by_staff(
        ticket=ticket,
        kind=Entry.Kind.DISMISSED,
        by=by,
        body=html.from_text(said),
        now=now,
        quiet=reason == Dismissal.SPAM,
    )
    event(ticket=ticket, by=by, field="state", old=ticket.state, new=State.CLOSED, now=now)
    if ticket.is_settled:  # somebody may have been asked how it went
        due.ask(customer_id=current_customer_id(), kind=Due.Kind.CALLBACK, row_id=ticket.pk)
    ticket.state, ticket.settled_at = State.CLOSED, ticket.settled_at or now
    ticket.updated_at = max(ticket.updated_at, now)
    ticket.save(update_fields=["state", "settled_at", "updated_at"])
    rejudge(ticket=ticket, now=now)
    ask_judge(ticket)
    return entry


def _take_over(ticket: Ticket, into: Ticket, by: User, now: datetime) -> None:
    """The other ticket's people have waited since the first words here that nobody answered.

    A debt goes along: what was held here is owed there since then.
    """
    answers = ["first_response", "next_response", "real_answer"]
    waiting = ticket.clocks.filter(kind__in=answers, stands="cancelled", ended_at=now)
    since = waiting.order_by("started_at").values_list("started_at", flat=True).first()
    event(
        ticket=into,
        by=by,
        field="merged",
        old=_name(ticket),
        new=since.isoformat() if since else "",
        now=now,
    )
    for linked in ticket.reports.exclude(problem=None).select_related("problem").order_by("pk"):
        report(ticket=into, problem=linked.problem, by=by, now=now)
        unreport(ticket=ticket, problem=linked.problem, by=by, now=now)
    for heir in _heirs:
        heir(ticket=ticket, into=into)
    asked = ticket.entries.filter(kind__in=[Entry.Kind.QUESTION, Entry.Kind.MESSAGE])
    for entry in asked.order_by("seq"):
        Note.objects.create(
            ticket=into,
            kind=Note.Kind.NOTE,
            author_name=entry.author_name,
            body=entry.body,
            written_at=now,
        )
    if into.is_settled or into.state == State.WAITING:
        _take_up(into, by, now)
    rejudge(ticket=into, now=now)
    ask_judge(into)


def _take_up(into: Ticket, by: User, now: datetime) -> None:
    event(ticket=into, by=None, field="state", old=into.state, new=State.OPEN, now=now)
    into.state, into.settled_at = State.OPEN, None
    into.updated_at = max(into.updated_at, now)
    into.save(update_fields=["state", "settled_at", "updated_at"])


def _name(ticket: Ticket) -> str:
    prefix = Customer.objects.get(pk=current_customer_id()).prefix
    return f"{prefix}-{ticket.number}"
