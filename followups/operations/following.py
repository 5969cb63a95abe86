"""What follows from an answer to a notice: the desk's part of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from customers.models import Customer
from followups.models import Notice
from product.models import Event, Problem
from product.operations.events import log
from tickets.models import Entry, Report, Ticket
from tickets.operations.ringing import ring_answered


@transaction.atomic
def follow(*, customer: Customer, notice_id: int, now: datetime) -> None:
    """Put the problems back that do not work for somebody, and tell their owners. May repeat."""
    notice = Notice.objects.select_related("release").get(pk=notice_id)
    if notice.answer != Notice.Answer.NOT_WORKING:
        return
    tickets = list(Ticket.objects.filter(notices__notice=notice).order_by("pk"))
    _held(notice, tickets)  # all of them, in the order of all
    for ticket in tickets:
        for problem in _held(notice, [ticket]):
            _put_back(problem, notice, ticket, customer, now)


def _held(notice: Notice, tickets: list[Ticket]) -> list[Problem]:
    """Problems of these tickets that are in the notice's release, locked."""
    linked = Report.objects.filter(ticket__in=tickets).values_list("problem_id", flat=True)
    rows = Problem.objects.filter(pk__in=list(linked)).values_list("pk", "merged_into")
    problems = Problem.objects.select_for_update(of=("self",), no_key=True).filter(
        release_items__release=notice.release, pk__in=[into or pk for pk, into in rows]
    )
    return list(problems.order_by("pk"))


def _put_back(
    problem: Problem, notice: Notice, ticket: Ticket, customer: Customer, now: datetime
) -> None:
    code = f"{customer.prefix}-{ticket.number}"
    known = Event.objects.filter(
        problem=problem, release=notice.release, field="back", new=code, at__gte=notice.answered_at
    )
    if known.exists():
        return
    log(field="back", by=None, now=now, problem=problem, release=notice.release, new=code)
    if problem.state == Problem.State.LIVE:
        problem.state, problem.state_at = Problem.State.BACK, now
        problem.save(update_fields=["state", "state_at"])
    said = ticket.entries.filter(kind=Entry.Kind.NOT_WORKING, contact=notice.contact)
    entry = said.order_by("-seq").first()
    if problem.owner_id is not None and entry is not None:
        # rung as at the ticket: who owns both hears it once
        ring_answered(entry=entry, ticket=ticket, customer=customer, owner_id=problem.owner_id)
