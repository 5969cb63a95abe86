"""Sending an agreed reply at one customer: each ticket once, some at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from customers.models import Customer
from desk.models import Due
from desk.operations import due
from desk.words import State
from product.models import AgreedReach, AgreedReply
from product.operations.problems import solves
from tickets import html
from tickets.models import Report, Ticket
from tickets.operations.replying import NO_WAIT, reply

AT_ONCE = 25
"""Tickets before other work has its turn."""


def send_agreed_at(*, customer: Customer, agreed_id: int, now: datetime) -> None:
    """Answer some tickets of this customer with the agreed words; asks again while some are left.

    In the requester's language and in the name of who sent it. Closed tickets are left alone.
    """
    agreed = AgreedReply.objects.select_related("by", "problem").get(pk=agreed_id)
    problems = solves([agreed.problem_id])
    for ticket_id in _untold(agreed, problems)[:AT_ONCE]:
        _send(ticket_id, agreed, problems, now)
    reach = AgreedReach.objects.filter(agreed=agreed, customer=customer)
    told = Report.objects.filter(told=agreed).values("ticket").distinct().count()
    if _untold(agreed, problems):
        reach.update(told=told)
        due.ask(customer_id=customer.pk, kind=Due.Kind.AGREED, row_id=agreed_id)
    else:
        reach.update(told=told, done_at=now)


def _untold(agreed: AgreedReply, problems: list[int]) -> list[int]:
    reports = Report.objects.filter(problem_id__in=problems).exclude(ticket__state=State.CLOSED)
    waiting = reports.filter(Q(told__isnull=True) | Q(told__lt=agreed.pk))
    return list(waiting.order_by("ticket").values_list("ticket", flat=True).distinct())


@transaction.atomic
def _send(ticket_id: int, agreed: AgreedReply, problems: list[int], now: datetime) -> None:
    Ticket.objects.select_for_update(no_key=True).get(pk=ticket_id)  # as all do: the ticket first
    reports = Report.objects.select_for_update(of=("self",)).select_related("ticket__requester")
    rows = list(reports.filter(ticket=ticket_id, problem_id__in=problems))
    untold = [row for row in rows if (row.told_id or 0) < agreed.pk]
    if len(untold) == len(rows) > 0:
        words = agreed.text(rows[0].ticket.requester.language)
        body = html.from_text(words)
        reply(ticket=rows[0].ticket, by=agreed.by, body=body, now=now, wait=NO_WAIT)
    Report.objects.filter(pk__in=[row.pk for row in untold]).update(told=agreed.pk)
