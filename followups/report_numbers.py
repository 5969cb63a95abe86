"""The figures of a customer's month, counted from the customer's own rows. Ours to read alone.

Of a clock counts what was decided in the month: it ended then, in time or late, or its time passed
then and it still counts. What was withdrawn, cancelled or closed without an answer counts nowhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q

from customers.models import Customer
from desk.models import Question, ScoreItem
from desk.words import DueKind, Stands
from followups.models import Notice, Visit
from followups.report_months import Month
from tickets.models import Clock, Entry, Promise, Ticket

CLOCKS = (DueKind.FIRST_RESPONSE, DueKind.REAL_ANSWER, DueKind.RESOLUTION)
ENDED_WITHOUT_ANSWER = (Entry.Kind.WITHDRAWN, Entry.Kind.DISMISSED)

Numbers = dict[str, Any]


def numbers(*, customer: Customer, month: Month, now: datetime) -> Numbers:
    """All figures of a month as JSON holds them; a part of the month that is to come is not in."""
    over = min(month.until, now)
    return {
        "opened": opened(month).count(),
        "resolved": resolved(month).count(),
        "clocks": {kind.value: _in_target(kind, month, over) for kind in CLOCKS},
        "promises": promises(month, over),
        "scores": _scores(customer, month),
        "releases": within(Notice.objects, "told_at", month).aggregate(
            count=Count("release", distinct=True)
        )["count"],
        "visits": within(Visit.objects, "held_at", month).count(),
    }


def opened(month: Month) -> Any:
    """Tickets that were asked in it, without those that ended without an answer."""
    return _without_dismissed(within(Ticket.objects, "opened_at", month))


def resolved(month: Month) -> Any:
    """Tickets that were resolved in it and are still."""
    return _without_dismissed(within(Ticket.objects, "settled_at", month))


def promises(month: Month, over: datetime) -> dict[str, int]:
    """Times we gave in it, and what became of those that ended in it; what is late is broken."""
    ended = within(Promise.objects, "ended_at", month).aggregate(
        kept=Count("pk", filter=Q(outcome=Promise.Outcome.KEPT)),
        broken=Count("pk", filter=Q(outcome=Promise.Outcome.BROKEN)),
        moved=Count("pk", filter=Q(outcome=Promise.Outcome.RENEGOTIATED)),
    )
    late = Promise.objects.open().filter(due_at__gte=month.since, due_at__lt=over).count()
    given = within(Promise.objects, "given_at", month).count()
    return {"given": given, **ended, "broken": ended["broken"] + late}


def _in_target(kind: DueKind, month: Month, over: datetime) -> dict[str, int]:
    """How many clocks of a kind were decided in the month, and how many of them in time."""
    clocks = Clock.objects.filter(kind=kind)
    met = Q(stands=Stands.MET, ended_at__gte=month.since, ended_at__lt=month.until)
    still = Q(stands__in=[Stands.RUNNING, Stands.PAUSED], due_at__gte=month.since, due_at__lt=over)
    found: dict[str, int] = clocks.filter(met | still).aggregate(
        n=Count("pk"), met=Count("pk", filter=met & (Q(due_at=None) | Q(ended_at__lte=F("due_at"))))
    )
    return found


def _scores(customer: Customer, month: Month) -> dict[str, Any]:
    """Satisfaction, one to five, of answers as they stand."""
    items = ScoreItem.objects.filter(customer=customer, kind=Question.Kind.CSAT)
    found: dict[str, Any] = within(items, "answered_at", month).aggregate(
        n=Count("pk"), mean=Avg("value"), low=Count("pk", filter=Q(is_low=True))
    )
    mean = found["mean"]
    return found | {"mean": None if mean is None else round(float(mean), 2)}


def within(rows: Any, field: str, month: Month) -> Any:
    return rows.filter(**{f"{field}__gte": month.since, f"{field}__lt": month.until})


def _without_dismissed(tickets: Any) -> Any:
    ended = Entry.objects.filter(kind__in=ENDED_WITHOUT_ANSWER)
    return tickets.exclude(Q(settled_at__isnull=False) & Q(pk__in=ended.values("ticket")))
