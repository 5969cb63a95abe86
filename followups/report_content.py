"""What a service report says of a month, as plain JSON: figures, and the lines behind them.

Everything here is published to the customer, so it holds what they may read: subjects, names of
their own people, promises they were given, releases they were told of. No note, no need, no cause,
no name of a problem, no word of a rescue or a visit. Texts stand as they were written; whatever is
ours to say (a state, a kind) is a key that the reader's language has a word for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from customers.models import Customer
from desk.words import Kind, RescueState, State
from followups.models import Notice, NoticeTicket, Rescue, Visit
from followups.report_months import Month
from followups.report_numbers import numbers, opened, resolved, within
from product.models import Problem
from tickets import markup
from tickets.models import Promise, Report, Ticket

FORM = 1
"""Which form the JSON has, for whoever reads it in years."""

TICKETS, PEOPLE, LINES, RELEASES = 60, 12, 20, 12
"""So many lines of each list at most; how many more there were stands beside it."""

Content = dict[str, Any]


def content_of(*, customer: Customer, month: Month, now: datetime) -> Content:
    """What the report of a month says, as the rows stand now."""
    asked = list(opened(month).select_related("requester").order_by("opened_at", "pk"))
    solved = list(resolved(month).select_related("requester").order_by("settled_at", "pk"))
    return {
        "form": FORM,
        "customer": customer.name,
        "prefix": customer.prefix,
        "zone": month.zone,
        "month": month.first.isoformat(),
        "counted_at": now.isoformat(),
        "is_over": now >= month.until,
        "numbers": numbers(customer=customer, month=month, now=now),
        "before": _before(customer, month, now),
        "kinds": _by(asked, solved, _kind, [kind.value for kind in Kind]),
        "people": _people(asked, solved),
        "tickets": _cut([_ticket(one) for one in _each_once([*asked, *solved])], TICKETS),
        "promises": _promises(month, min(month.until, now)),
        "releases": _releases(month),
        "low": _low(month),
        "visits": _visits(month),
        "next": _next(customer, now),
    }


def _before(customer: Customer, month: Month, now: datetime) -> Content | None:
    """The month before, if the group was open for some of it."""
    if customer.laid_at is None or customer.laid_at >= month.since:
        return None
    return numbers(customer=customer, month=month.before, now=now)


def _kind(ticket: Ticket) -> str:
    return ticket.kind


def _by(
    asked: Iterable[Ticket], solved: Iterable[Ticket], of: Any, keys: Iterable[str]
) -> list[Content]:
    opened_by, resolved_by = Counter(map(of, asked)), Counter(map(of, solved))
    rows = [{"key": key, "opened": opened_by[key], "resolved": resolved_by[key]} for key in keys]
    return [row for row in rows if row["opened"] or row["resolved"]]


def _people(asked: list[Ticket], solved: list[Ticket]) -> Content:
    """Who asked how much, most first."""
    names = [one.requester.name for one in (*asked, *solved)]
    rows = _by(asked, solved, _who, dict.fromkeys(names))
    rows.sort(key=lambda row: (-row["opened"], -row["resolved"], row["key"]))
    return _cut(rows, PEOPLE)


def _who(ticket: Ticket) -> str:
    return ticket.requester.name


def _ticket(ticket: Ticket) -> Content:
    return {
        "number": ticket.number,
        "subject": markup.one_line(ticket.subject),
        "kind": ticket.kind,
        "who": markup.one_line(ticket.requester.name),
        "opened_at": ticket.opened_at.isoformat(),
        "state": State.RESOLVED.value if ticket.is_settled else ticket.state,
        "settled_at": ticket.settled_at.isoformat() if ticket.settled_at else "",
    }


def _promises(month: Month, over: datetime) -> Content:
    """Each time that was not kept, or moved: said openly, with what became of it."""
    ended = within(Promise.objects.all(), "ended_at", month).filter(
        outcome__in=[Promise.Outcome.BROKEN, Promise.Outcome.RENEGOTIATED]
    )
    late = Promise.objects.open().filter(due_at__gte=month.since, due_at__lt=over)
    found = Promise.objects.filter(Q(pk__in=ended) | Q(pk__in=late))
    rows = found.select_related("ticket", "replaced_by").order_by("due_at", "pk")
    return _cut([_promise(one) for one in rows], LINES)


def _promise(one: Promise) -> Content:
    moved_to = one.replaced_by.due_at.isoformat() if one.replaced_by else ""
    return {
        "number": one.ticket.number,
        "subject": markup.one_line(one.ticket.subject),
        "due_at": one.due_at.isoformat(),
        "outcome": one.outcome or Promise.Outcome.BROKEN.value,
        "kept_at": one.kept_at.isoformat() if one.kept_at else "",
        "moved_to": moved_to,
    }


def _releases(month: Month) -> Content:
    """What went live for them: each release that told one of them, with the tickets it was for."""
    told = within(Notice.objects.filter(release__isnull=False), "told_at", month)
    about: dict[int, set[int]] = {}
    links = NoticeTicket.objects.filter(notice__in=told).select_related("notice", "ticket")
    for link in links:
        about.setdefault(link.notice.release_id or 0, set()).add(link.ticket.number)
    rows: dict[int, Content] = {}
    for notice in told.select_related("release").order_by("told_at", "pk"):
        release = notice.release
        if release is None or release.pk in rows:
            continue
        rows[release.pk] = {
            "name": markup.one_line(release.name),
            "version": markup.one_line(release.version),
            "notes_en": release.notes_en,
            "notes_zh": release.notes_zh,
            "told_at": notice.told_at.isoformat(),
            "numbers": sorted(about.get(release.pk, ())),
        }
    return _cut(list(rows.values()), RELEASES)


def _low(month: Month) -> Content:
    """What low scores led to: somebody of ours took it up, and the same people were asked again."""
    rescues = list(within(Rescue.objects.all(), "opened_at", month))
    return {
        "taken_up": sum(one.contacted_at is not None for one in rescues),
        "asked_again": sum(one.asked_at is not None for one in rescues),
        "closed": sum(one.state == RescueState.CLOSED for one in rescues),
        "all": len(rescues),
    }


def _visits(month: Month) -> Content:
    """When we were there or called, and with whom; what was found is told in stories."""
    held = within(Visit.objects.all(), "held_at", month)
    rows = held.prefetch_related("people__contact").order_by("held_at", "pk")
    lines = [
        {
            "kind": one.kind,
            "held_at": one.held_at.isoformat() if one.held_at else "",
            "people": [markup.one_line(person.contact.name) for person in one.people.all()],
        }
        for one in rows
    ]
    return _cut(lines, LINES)


def _next(customer: Customer, now: datetime) -> Content:
    """What comes next: times we have promised, what is on its way, and our next visit."""
    due = Promise.objects.open().filter(due_at__gt=now).select_related("ticket")
    promised = [_promise(one) | {"outcome": ""} for one in due.order_by("due_at", "pk")]
    visit = Visit.objects.filter(held_at=None, called_off_at=None, due_on__gte=_today(now))
    coming = visit.order_by("due_on", "pk").first()
    return {
        "promises": _cut(promised, LINES),
        "requests": _cut(_requests(), LINES),
        "visit": None if coming is None else {"kind": coming.kind, "on": str(coming.due_on)},
    }


def _requests() -> list[Content]:
    """Their own wishes that became requests of ours, by their own words, and how far each is."""
    rows = Report.objects.filter(
        problem__kind=Problem.Kind.REQUEST, ticket__kind=Kind.REQUEST
    ).select_related("ticket", "problem")
    return [
        {
            "number": one.ticket.number,
            "subject": markup.one_line(one.ticket.subject),
            "stage": "underway" if one.problem and one.problem.target_id else "received",
        }
        for one in rows.order_by("ticket__number")
        if one.problem is not None and one.problem.state != Problem.State.LIVE
    ]


def _today(now: datetime) -> date:
    return now.date()


def _each_once(tickets: Iterable[Ticket]) -> list[Ticket]:
    return sorted({one.pk: one for one in tickets}.values(), key=lambda one: one.number)


def _cut(rows: list[Content], most: int) -> Content:
    """The first so many, and how many more there are."""
    return {"rows": rows[:most], "more": max(0, len(rows) - most)}
