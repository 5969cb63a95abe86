"""Drafting stories: who asked what, and what it brought, from tickets resolved and visits held.

A draft holds what the customer wrote and what it was sent. What we wrote for ourselves (need, why
this solution, how to avoid it) is shown beside it to whoever puts it into words, and never in it.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Length

from desk.words import Kind
from followups.models import Story, Visit
from followups.report_months import Month
from followups.report_numbers import resolved, within
from tickets import markup
from tickets.html import to_text
from tickets.models import Entry, Ticket
from tickets.models.trail import AuthorKind

CANDIDATES = 40
"""So many of a month are drafted at most; more can be added by hand."""

WHO, WHAT, VALUE = 160, 600, 1_200
"""Letters that each part of a story may have."""

_WEIGHT = {Kind.REQUEST: 0, Kind.COMPLAINT: 1, Kind.FAULT: 2, Kind.QUESTION: 3}


def draft_stories(*, month: Month, now: datetime) -> int:
    """Lay a story for each ticket and visit of the month that has none; say how many are new.

    For the caller's transaction, which holds the month's draft. What is there is left as it is.
    """
    first = month.first
    known = Story.objects.filter(month=first)
    told = set(known.filter(ticket__isnull=False).values_list("ticket_id", flat=True))
    seen = set(known.filter(visit__isnull=False).values_list("visit_id", flat=True))
    drafts = [_of_visit(one, first, now) for one in _visits(month) if one.pk not in seen]
    drafts += [_of_ticket(one, first, now) for one in _tickets(month) if one.pk not in told]
    place = known.count()
    room = max(0, CANDIDATES - place)
    for position, story in enumerate(drafts[:room], start=place + 1):
        story.position = position
    return len(Story.objects.bulk_create(drafts[:room]))


def shortened(text: str, *, most: int) -> str:
    """The text within so many letters, at the end of a word where there is one near."""
    text = text.strip()
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    space = cut.rfind(" ")
    return f"{cut[:space] if space > most * 3 // 4 else cut}…"


def _tickets(month: Month) -> list[Ticket]:
    """What was resolved, wishes and complaints first; each with the fullest reply it got."""
    said = Entry.objects.filter(
        ticket=OuterRef("pk"), kind=Entry.Kind.REPLY, author_kind=AuthorKind.STAFF
    )
    reply = said.order_by(Length("body").desc(), "-seq").values("body")[:1]
    found = resolved(month).select_related("requester").annotate(reply=Subquery(reply))
    rows = list(found.order_by("settled_at", "pk"))
    return sorted(rows, key=lambda one: _WEIGHT[Kind(one.kind)])[:CANDIDATES]


def _of_ticket(ticket: Ticket, first: date, now: datetime) -> Story:
    reply = to_text(getattr(ticket, "reply", "") or "")
    return Story(
        month=first,
        ticket=ticket,
        who=shortened(markup.one_line(ticket.requester.name), most=WHO),
        what=shortened(markup.one_line(ticket.subject), most=WHAT),
        value=shortened(reply, most=VALUE),
        updated_at=now,
    )


def _visits(month: Month) -> list[Visit]:
    held = within(Visit.objects.filter(~Q(words="")), "held_at", month)
    return list(held.prefetch_related("people__contact").order_by("held_at", "pk"))


def _of_visit(visit: Visit, first: date, now: datetime) -> Story:
    names = [markup.one_line(person.contact.name) for person in visit.people.all()]
    return Story(
        month=first,
        visit=visit,
        who=shortened(", ".join(names), most=WHO),
        what=shortened(visit.words, most=WHAT),
        value=shortened(visit.next_step, most=VALUE),
        updated_at=now,
    )
