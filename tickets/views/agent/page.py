"""The ticket beside its queue: what every view about one ticket answers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import parse_qsl

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.policy import Permission, may
from accounts.requests import StaffRequest
from customers.models import Customer
from desk import places
from desk.asked import key
from desk.at_once import Part, at_once
from desk.last_scores import Lines, lines_of, lines_part
from desk.listing import listing
from desk.words import Kind, Priority, State
from desk.workspace import show
from tickets import html
from tickets.asks_shown import asks_of
from tickets.forms import ResolutionForm, UnderstandingForm
from tickets.mail_here import mail_here, with_mail
from tickets.mail_told import name_of, told, waiting
from tickets.models import Handling, Pending, Ticket
from tickets.problem_panel import panel
from tickets.surroundings import surroundings
from tickets.thread import LAST, Thread, thread
from tickets.views.agent.clocks import clock_context, prepared
from tickets.views.agent.draft import Draft as Draft  # views about one ticket take it from here

P = ParamSpec("P")
R = TypeVar("R")

MOVES = (State.OPEN, State.WAITING)
TASKS = ("resolve", "promise", "hold", "holding", "dismiss", "apology")
"""What an address may ask the page to stand ready for; only dismissing needs no open ticket."""


class AtCustomer(StaffRequest):
    """A request of staff at a customer they may serve; the customer's schema is open."""

    customer: Customer


def ticket_of(number: int) -> Ticket:
    """The open customer's ticket with that number, with what a page of it needs; else 404."""
    rows = Ticket.objects.select_related("requester", "handling__owner", "handling__terms")
    return get_object_or_404(with_mail(rows), number=number)


def known(number: int) -> Ticket:
    """The same ticket for an operation that reads it anew under its lock: the key, or 404."""
    return get_object_or_404(Ticket.objects.only("pk"), number=number)


def to_ticket(request: AtCustomer, number: int, *, more: str = "") -> HttpResponse:
    """Back to the ticket after something was done, with the same queue beside it."""
    kept = request.GET.copy()
    for name in ("do", "entry", "again", "into", "why", "problem", "unlinked", "from"):
        kept.pop(name, None)
    query = "&".join(part for part in (kept.urlencode(), more) if part)
    return redirect(f"{places.ticket(request.customer.code, number)}?{query}".rstrip("?"))


def posted(view: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """Let only POST in; who comes by GET (from signing in anew, say) goes to the ticket."""

    @wraps(view)
    def answer(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        if request.method in ("GET", "HEAD"):
            return to_ticket(request, cast(int, kwargs["number"]))
        return require_POST(view)(request, *args, **kwargs)

    return answer


def show_ticket(
    request: AtCustomer, ticket: Ticket, *, draft: Draft | None = None, status: int = 200
) -> HttpResponse:
    """Answer with the ticket beside its queue; the number of queries does not grow with it."""
    now, customer = timezone.now(), request.customer
    draft = draft or _asked(request, ticket)
    shown = listing(user=request.user, asked=request.GET.dict(), now=now)
    around, asks, mail, *lines = at_once(*_parts(request, ticket, now))
    trail = thread(
        ticket=ticket,
        reader=request.user,
        whole="all" in request.GET,
        seen_seq=draft.fresh_from,
        around=around,
        mail=told(mail),
    )
    draft = prepared(ticket, draft, around, now)
    may_answer = may(request.user, Permission.ANSWER_TICKETS)
    only_notes = not may_answer or ticket.state == State.CLOSED
    context = {
        "ticket": ticket,
        "draft": _as_note(draft) if only_notes else draft,
        "trail": trail,
        "current": f"{customer.code}-{ticket.number}",
        "ref": f"{customer.prefix}-{ticket.number}",
        "here": places.ticket(customer.code, ticket.number),
        "back": f"?{shown.here}",
        "list_query": parse_qsl(shown.here),
        "may_answer": may_answer,
        "may_route": may(request.user, Permission.ROUTE_MAIL),
        "followers": mail.followers,
        "offered": [(one, name_of(one)) for one in mail.unknown],
        "follower_form": draft.follower,
        "waiting": waiting(mail),
        "only_notes": only_notes,
        "toast": _toast(trail, request.user),
        **_handling(ticket, draft),
        **clock_context(request, ticket, draft, around, trail, now),
        "asks": asks,
        "problems": panel(
            ticket=ticket,
            customer=customer,
            reader=request.user,
            linked=around.problems,
            asked=request.GET,
        ),
        "ask_form": draft.ask,
        "lines": lines[0] if lines else None,
        "staff": around.staff,
        "people": around.people,
        "others": [(one, places.ticket(customer.code, one.number)) for one in around.others],
        "customer_href": places.customer(customer.code),
    }
    return show(
        request,
        "tickets/agent/ticket.html",
        context,
        now=now,
        at=shown,
        status=status,
    )


def _parts(request: AtCustomer, ticket: Ticket, now: datetime) -> list[Part[Any]]:
    """What stands around the ticket, its asks, and the scores that the reader may see."""
    customer, reader = request.customer, request.user
    parts: list[Part[Any]] = [
        surroundings(customer, ticket),
        asks_of(ticket=ticket, customer=customer, reader=reader),
        mail_here(customer, ticket, lines=None if "all" in request.GET else LAST),
    ]
    if may(reader, Permission.SEE_CALLBACKS):
        about = {"contact_id": ticket.requester_id, "ticket_id": ticket.pk}
        parts.append(lines_part(customer=customer, now=now, **about))
    return parts


def satisfaction(request: AtCustomer) -> Lines | None:
    """The customer's satisfaction line; None for who may not see it."""
    if not may(request.user, Permission.SEE_CALLBACKS):
        return None
    return lines_of(customer=request.customer, now=timezone.now())


def _asked(request: AtCustomer, ticket: Ticket) -> Draft:
    """What the address asks the page to stand ready for: a task, or a reply taken back."""
    task, draft = request.GET.get("do", ""), Draft()
    if task in TASKS and (task == "dismiss" or not ticket.is_settled):
        return replace(draft, task="" if ticket.state == State.CLOSED else task)
    if task == "correct" and (entry_id := key(request.GET.get("entry", ""))):
        entry = ticket.entries.filter(pk=entry_id, staff=request.user).first()
        return replace(draft, task=task if entry else "", entry=entry)
    return again(ticket, request.user, key(request.GET.get("again", "")))


def again(ticket: Ticket, user: User, pending_id: int | None) -> Draft:
    """A draft with the words and files of a reply that its author took back; else an empty one."""
    if pending_id is None:
        return Draft()
    undone = ticket.pendings.filter(pk=pending_id, author=user, undone_at__isnull=False)
    pending = undone.prefetch_related("files").first()
    if pending is None or pending.kind == Pending.Kind.HOLDING:
        return Draft()
    return Draft(
        reply_body=html.to_text(pending.body), then_state=pending.then_state, again=pending
    )


def _as_note(draft: Draft) -> Draft:
    """Where no reply is possible, its words stand where a note is written, with what was wrong."""
    if not draft.reply_errors:
        return draft
    return replace(
        draft,
        note_body=draft.note_body or draft.reply_body,
        problems=[*draft.problems, *draft.reply_errors],
    )


def _toast(trail: Thread, reader: User) -> Pending | None:
    waiting = [line.row for line in trail.lines if line.kind == "pending"]
    return next((pending for pending in waiting if pending.author_id == reader.pk), None)


def _handling(ticket: Ticket, draft: Draft) -> dict[str, Any]:
    handling = ticket.handling
    output = {name: getattr(handling, name) for name in ResolutionForm.base_fields}
    said = {name: getattr(handling, name) for name in UnderstandingForm.base_fields}
    return {
        "handling": handling,
        "steps": _steps(ticket, handling),
        "moves": [(state.value, state.label) for state in MOVES if state != ticket.state],
        "kinds": Kind.choices,
        "priorities": Priority.choices,
        "asks_why": ticket.kind in (Kind.FAULT, Kind.COMPLAINT),
        "resolution": draft.resolution or ResolutionForm(initial=output),
        "understanding": draft.understanding or UnderstandingForm(initial=said),
    }


def _steps(ticket: Ticket, handling: Handling) -> list[dict[str, Any]]:
    """The standard handling as far as it can be told from the trail; proposals come later."""
    stations = (
        (_("Respond"), handling.first_responded_at is not None),
        (_("Clarify"), bool(handling.surface_request and handling.need)),
        (_("Resolve"), ticket.is_settled),
        (_("Explain why"), bool(handling.cause or handling.rationale or handling.prevention)),
    )
    current = next((place for place, (_label, done) in enumerate(stations) if not done), -1)
    return [
        {"label": label, "is_done": done, "is_current": place == current}
        for place, (label, done) in enumerate(stations)
    ]
