"""Asking how a ticket went: once it has been resolved for a while, and no longer once it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from customers.models import Customer
from desk.models import CallbackPlan, Due
from desk.operations import due
from desk.operations.callback_plans import Diary, diary, plans_for
from desk.words import NotAsked
from followups.models import Callback, Calling
from followups.operations.asking import Whose, ask
from followups.operations.sparing import roles_of, spared
from followups.operations.voiding import void
from tickets.models import Contact, Entry, Handling, Note, Origin, Ticket
from tickets.operations.writing import event

TOO_LATE = timedelta(days=7)
"""So long after its time nobody is asked about a ticket any more: it is history, or an import."""

RESOLVES = (Entry.Kind.RESOLVED, Entry.Kind.LIVE)
"""Entries by which a ticket is resolved: by one of ours, or by a release it was held for."""


@dataclass(frozen=True)
class Resolution:
    """By which entry a ticket stands resolved, and since when."""

    entry: Entry
    at: datetime

    @property
    def period(self) -> str:
        """What a callback about it is about."""
        return f"resolved:{self.entry.ticket_id}:{self.entry.seq}"


@transaction.atomic
def ask_after(*, customer: Customer, ticket_id: int, now: datetime) -> None:
    """Ask who asked a ticket how it went, or take the question back. May repeat.

    The first running plan that fits asks, when its minutes are over and no day without callbacks
    is on; else the due row is set to that time. Who is not asked although a plan fits has the
    reason in the ticket's trail, which only we see. What was asked of an earlier resolution, or of
    one that stands no more, is voided unless it is answered; a rescue's new callback stays.
    """
    asked = _waiting(ticket_id)  # before the ticket, as an answer locks them
    locked = Ticket.objects.select_for_update(of=("self",), no_key=True)
    ticket = locked.select_related("requester").filter(pk=ticket_id).first()
    if ticket is None:
        return
    resolution, gone = _standing(ticket)
    for callback in asked:
        if resolution is None or callback.period != resolution.period:
            void(customer=customer, callback_id=callback.pk, reason=gone, now=now)
    if resolution is not None and not _was_imported(resolution):
        _ask(customer, ticket, resolution, now)


def _waiting(ticket_id: int) -> list[Callback]:
    rows = Callback.objects.select_for_update(of=("self",), no_key=True).filter(
        ticket=ticket_id,
        period__startswith="resolved:",
        answered_at__isnull=True,
        voided_at__isnull=True,
    )
    return list(rows.order_by("pk"))


def _standing(ticket: Ticket) -> tuple[Resolution | None, str]:
    """How it is resolved; without that, or for what was asked before, why that is void."""
    if not ticket.is_settled or ticket.settled_at is None:
        return None, Calling.Void.REOPENED
    entries = ticket.entries.filter(kind__in=RESOLVES, written_at__lte=ticket.settled_at)
    entry = entries.order_by("-seq").first()
    if (
        entry is None
        or Note.objects.filter(ticket=ticket, field="dismissed", seq__gt=entry.seq).exists()
    ):
        return None, Calling.Void.DISMISSED
    return Resolution(entry, ticket.settled_at), Calling.Void.REOPENED


def _was_imported(resolution: Resolution) -> bool:
    """Whether it was resolved elsewhere, before it came here."""
    ticket_id = resolution.entry.ticket_id
    return Origin.objects.filter(ticket=ticket_id, imported_at__gte=resolution.at).exists()


def _ask(customer: Customer, ticket: Ticket, resolution: Resolution, now: datetime) -> None:
    plan = plan_for(customer=customer, ticket=ticket)
    if plan is None or not ticket.requester.is_active:
        return
    days = diary(plan=plan, customer=customer, now=now)
    planned = resolution.at + timedelta(minutes=plan.delay_minutes)
    at = max(planned, now)
    if off := days.blackout_on(days.day_of(at)):
        at = days.at_ten(off.last_on + timedelta(days=1))
    if at > planned + TOO_LATE:
        if days.off and now <= planned + TOO_LATE:
            _leave_out(ticket, resolution, NotAsked.BLACKOUT, now)
        return
    if at > now:
        due.set_time(customer_id=customer.pk, kind=Due.Kind.CALLBACK, row_id=ticket.pk, due_at=at)
        return
    _ask_now(days, ticket, resolution, now)


def _ask_now(days: Diary, ticket: Ticket, resolution: Resolution, now: datetime) -> None:
    # One at a time asks a person: two tickets of theirs may have been resolved at once.
    contact = Contact.objects.select_for_update(no_key=True).get(pk=ticket.requester_id)
    earlier = Callback.objects.filter(plan=days.plan, contact=contact, period=resolution.period)
    if earlier.exists():
        return
    if reason := spared(diary=days, contacts=[contact], now=now).get(contact.pk):
        _leave_out(ticket, resolution, reason.why, now)
        return
    ask(
        customer=days.customer,
        plan=days.plan,
        contact=contact,
        ticket=ticket,
        period=resolution.period,
        whose=whose(customer=days.customer, entry=resolution.entry),
        now=now,
    )


def plan_for(*, customer: Customer, ticket: Ticket) -> CallbackPlan | None:
    """By which plan its requester is asked about a ticket: the first that fits and has questions
    for them."""
    for plan in plans_for(customer=customer, kind=CallbackPlan.Kind.RESOLVED):
        fits_kind = not plan.kinds or ticket.kind in plan.kinds
        if fits_kind and ticket.requester.role in roles_of(plan):
            return plan
    return None


def whose(*, customer: Customer, entry: Entry) -> Whose:
    """Whose the ticket of an entry was when that resolved it."""
    handling = Handling.objects.get(ticket=entry.ticket_id)
    return Whose(
        agent_id=handling.resolved_owner_id or entry.staff_id,
        team_id=handling.resolved_team_id or customer.team_id,
    )


def _leave_out(ticket: Ticket, resolution: Resolution, why: NotAsked, now: datetime) -> None:
    said = Note.objects.filter(ticket=ticket, field="not_asked", old=resolution.period)
    if not said.exists():
        event(ticket=ticket, by=None, field="not_asked", old=resolution.period, new=why, now=now)
