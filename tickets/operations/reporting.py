"""Saying that a ticket belongs to a problem, and that it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from customers.inside import current_customer_id, schema_of
from customers.models import Customer
from product.models import AgreedReply, Meeting, Problem
from product.operations.events import log
from product.operations.problems import held_standing, make_problem
from tickets import html
from tickets.models import Entry, Report, Ticket
from tickets.operations.writing import event


@transaction.atomic
def report(
    *,
    ticket: Ticket,
    problem: Problem,
    by: User,
    now: datetime,
    meeting: Meeting | None = None,
) -> tuple[Report, bool]:
    """Link a ticket to a problem, or to the one it was merged into; whether that is new.

    One that was linked before, and had the agreed reply then, has it still.
    """
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    problem = held_standing(problem)
    row, is_new = Report.objects.get_or_create(
        ticket=ticket, problem=problem, defaults={"linked_at": now, "linked_by": by}
    )
    if is_new:
        if heard := _heard(ticket, problem):
            Report.objects.filter(pk=row.pk).update(told=heard)
        event(ticket=ticket, by=by, field="problem", old="", new=problem.key, now=now)
        code = _code(ticket)
        log(field="linked", by=by, now=now, problem=problem, meeting=meeting, new=code)
    return row, is_new


@transaction.atomic
def report_new(*, ticket: Ticket, title: str, by: User, now: datetime) -> Problem:
    """Make a problem in the writer's own words and link the ticket: none of its text goes in."""
    problem = make_problem(title=title, by=by, now=now)
    report(ticket=ticket, problem=problem, by=by, now=now)
    return problem


def report_all(
    *, picked: Mapping[Customer, Iterable[int]], problem: Problem, by: User, now: datetime
) -> int:
    """Link tickets of several customers, by number: one transaction each; how many were new."""
    new = 0
    for customer, numbers in picked.items():
        with schema_of(customer), transaction.atomic():
            for ticket in Ticket.objects.filter(number__in=list(numbers)).order_by("pk"):
                new += report(ticket=ticket, problem=problem, by=by, now=now)[1]
    return new


@transaction.atomic
def unreport(
    *,
    ticket: Ticket,
    problem: Problem,
    by: User,
    now: datetime,
    meeting: Meeting | None = None,
) -> bool:
    """Take a ticket from a problem, and from what was merged into it; whether it was there."""
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    problem = held_standing(problem)
    merged = problem.merged.values_list("pk", flat=True)
    rows = Report.objects.filter(ticket=ticket, problem_id__in=[problem.pk, *merged])
    if not rows.delete()[0]:
        return False
    event(ticket=ticket, by=by, field="problem", old=problem.key, new="", now=now)
    log(field="unlinked", by=by, now=now, problem=problem, meeting=meeting, old=_code(ticket))
    return True


def _heard(ticket: Ticket, problem: Problem) -> AgreedReply | None:
    """The agreed reply that was sent last, when its words stand in the ticket already."""
    last = AgreedReply.objects.filter(problem=problem).order_by("-pk").first()
    if last is None:
        return None
    bodies = [html.from_text(words) for words in (last.text_en, last.text_zh) if words]
    said = ticket.entries.filter(kind=Entry.Kind.REPLY, body__in=bodies)
    return last if said.exists() else None


def _code(ticket: Ticket) -> str:
    prefix = Customer.objects.get(pk=current_customer_id()).prefix
    return f"{prefix}-{ticket.number}"
