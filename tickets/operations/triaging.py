"""What a triage meeting does inside a customer: its tickets are linked, its minutes entered."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from customers.models import Customer
from desk.models import Due
from desk.operations import due
from product.models import Event, Meeting, MeetingItem, ReportItem
from product.operations.triage import spoken_of
from tickets.models import Note, Ticket
from tickets.operations.reporting import report
from tickets.operations.writing import event

AT_ONCE = 25
"""Trails before other work has its turn."""


def link_line(*, customer: Customer, item_id: int, now: datetime) -> None:
    """Link the ticket of a line to the problem it was grouped into, in the name of who did that."""
    lines = MeetingItem.objects.select_related("meeting__opened_by", "problem__merged_into")
    item = lines.filter(pk=item_id, customer=customer, problem__isnull=False).first()
    if item is None or item.problem is None or item.ticket_id is None:
        return
    ticket = Ticket.objects.filter(pk=item.ticket_id).first()
    if ticket is None:
        return
    by = _grouper(item) or item.meeting.opened_by
    report(ticket=ticket, problem=item.problem, by=by, now=now, meeting=item.meeting)


def _grouper(item: MeetingItem) -> User | None:
    grouped = Event.objects.filter(meeting=item.meeting, problem=item.problem, field="grouped")
    last = grouped.select_related("by").order_by("-pk").first()
    return last.by if last else None


def enter_minutes(*, customer: Customer, meeting_id: int, now: datetime) -> None:
    """Say in the trails of this customer's tickets at which meeting they were spoken about.

    Each once; asks again while some are left.
    """
    meeting = Meeting.objects.get(pk=meeting_id)
    if meeting.closed_at is None:
        return
    told = Note.objects.filter(ticket=OuterRef("pk"), field="triage", written_at=meeting.closed_at)
    waiting = Ticket.objects.filter(~Exists(told), pk__in=_spoken_of(meeting, customer))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    for ticket_id in ids[:AT_ONCE]:
        _enter(ticket_id, meeting)
    if len(ids) > AT_ONCE:
        due.ask(customer_id=customer.pk, kind=Due.Kind.MINUTES, row_id=meeting_id)


def _spoken_of(meeting: Meeting, customer: Customer) -> set[int]:
    problems = spoken_of(meeting)
    lines = MeetingItem.objects.filter(meeting=meeting, customer=customer, problem__isnull=False)
    reports = ReportItem.objects.filter(customer=customer, problem__in=problems)
    found = set(lines.values_list("ticket_id", flat=True))
    return {pk for pk in found | set(reports.values_list("ticket_id", flat=True)) if pk}


@transaction.atomic
def _enter(ticket_id: int, meeting: Meeting) -> None:
    """In the name of the system, at the time the meeting was closed: that tells it was done."""
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket_id)
    is_told = Q(field="triage", written_at=meeting.closed_at)
    if meeting.closed_at and not ticket.notes.filter(is_told).exists():
        title = str(meeting)
        event(ticket=ticket, by=None, field="triage", old="", new=title, now=meeting.closed_at)
