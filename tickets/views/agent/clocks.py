"""Clocks and promises on the page of a ticket: what runs, why, and what may be promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format

from accounts.policy import Permission, may
from accounts.requests import StaffRequest
from desk.asked import key
from desk.models import Terms
from desk.words import DueKind
from tickets import html
from tickets.business_time import NeverOpens
from tickets.clock_words import Clocks, Promised, Told, clocks_of, promised
from tickets.models import Contact, Ticket
from tickets.operations.clocking import calendar_of
from tickets.operations.replying import holding_words
from tickets.promise_forms import DismissalForm, VowForm, merge_problem
from tickets.promise_times import choices
from tickets.promise_words import apology, proposed_time
from tickets.surroundings import Surroundings
from tickets.thread import Thread
from tickets.views.agent.draft import Draft
from tickets.why import Why, why


def clock_context(
    request: StaffRequest,
    ticket: Ticket,
    draft: Draft,
    around: Surroundings,
    trail: Thread,
    now: datetime,
) -> dict[str, Any]:
    """What the page says and asks of clocks and promises."""
    handling = ticket.handling
    clocks = clocks_of(ticket=ticket, handling=handling, clocks=around.clocks, now=now)
    vowed = promised(around.promise, now=now)
    is_over, into = ticket.is_settled, _into(request, ticket, draft)
    return {
        "clocks": clocks,
        "promised": vowed,
        "owes": any(one.row.kind == DueKind.REAL_ANSWER for one in clocks.current),
        "why": _why(request, ticket, clocks, trail, now),
        "may_configure": may(request.user, Permission.ENTER_ADMIN),
        "vow": draft.vow or VowForm(initial=_initial(vowed) if draft.task else {}),
        "vow_choices": [] if is_over else choices(now=now, terms=handling.terms),
        "their_zone": _zone_of(ticket.requester, now),
        "dismissal": draft.dismissal or DismissalForm(),
        "into": into,
        "into_problem": merge_problem(ticket, into) if into else "",
        "into_asked": request.GET.get("into", "") if draft.task == "dismiss" else "",
    }


def prepared(ticket: Ticket, draft: Draft, around: Surroundings, now: datetime) -> Draft:
    """The draft with the words that an address asked for: an apology, the holding reply."""
    vowed = promised(around.promise, now=now)
    if draft.task == "holding" and draft.vow is None:
        return replace(draft, reply_body=html.to_text(holding_words(ticket=ticket)))
    if draft.task != "apology":
        return draft
    if vowed is None or not vowed.is_broken:
        return replace(draft, task="")
    vow = VowForm(
        initial={
            "due_at": _proposed(ticket.handling.terms, now),
            "reason": vowed.row.reason,
        }
    )
    vowed.row.ticket = ticket
    words = apology(vowed.row, ticket.requester.language)
    return replace(draft, task="", reply_body=words, vow=vow, keeps_promise=False)


def _proposed(terms: Terms | None, now: datetime) -> str:
    """A new time as an input of the browser takes it; "" where no hours say one."""
    try:
        at = proposed_time(calendar_of(terms), now) if terms else None
    except NeverOpens:
        at = None
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}" if at else ""


def _initial(vowed: Promised | None) -> dict[str, Any]:
    """A new time is mostly for the same thing."""
    return {"reason": vowed.row.reason} if vowed else {}


def _why(
    request: StaffRequest, ticket: Ticket, clocks: Clocks, trail: Thread, now: datetime
) -> Why | None:
    """The clock that the address asks about, explained."""
    asked = request.GET.get("why", "")
    told: Told | None = next(
        (one for one in (*clocks.current, *clocks.ended) if one.key == asked), None
    )
    return why(told=told, ticket=ticket, known=trail.entries, now=now) if told else None


def _zone_of(contact: Contact, now: datetime) -> dict[str, str] | None:
    """The customer's zone where its clock shows another time than the reader's."""
    zone = ZoneInfo(contact.time_zone or "UTC")
    theirs = now.astimezone(zone)
    if theirs.utcoffset() == timezone.localtime(now).utcoffset():
        return None
    return {"name": contact.time_zone, "now": date_format(theirs, "H:i")}


def _into(request: StaffRequest, ticket: Ticket, draft: Draft) -> Ticket | None:
    """The ticket that this one is to be merged into, shown before that is done."""
    asked = key(request.GET.get("into", "")) if draft.task == "dismiss" else None
    if asked is None:
        return None
    return Ticket.objects.select_related("requester").filter(number=asked).first()
