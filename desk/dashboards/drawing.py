"""Rows behind figures as they are shown: tickets, scores, low scores, time, customers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.policy import ROLE_NAMES, Role
from customers.models import Customer
from desk import places
from desk.dashboards.counting import names_of
from desk.dashboards.serving import Scope
from desk.dashboards.shapes import Line
from desk.figures import Ended, outcome, step_time
from desk.models import CallbackItem, ClockItem, QueueItem, RescueItem, ScoreItem, SearchDocument
from desk.models import TimeItem as Time
from desk.rescue_lane import score
from desk.words import DueKind, State

Place = tuple[int, int]


class Known(NamedTuple):
    """What a ticket is called, and who owns it while it is in the queue."""

    number: int
    subject: str
    owner_id: int | None
    state: str


def drawn(scope: Scope, figure: str, rows: list[Any]) -> list[Line]:
    """These rows in their order; three statements at most."""
    return _LINES[type(rows[0])](scope, rows) if rows else []


def tickets_at(places_: Iterable[Place]) -> dict[Place, Known]:
    """Tickets of the queue and, settled long ago, of the search; two statements."""
    wanted = Q(pk__in=[])
    for customer, ticket in set(places_):
        wanted |= Q(customer=customer, ticket_id=ticket)
    found = {}
    for model, owner in ((SearchDocument, None), (QueueItem, "owner_id")):
        columns = ["customer_id", "ticket_id", "number", "subject", "state"]
        for row in model.objects.filter(wanted).values(*columns, *([owner] if owner else [])):
            found[row["customer_id"], row["ticket_id"]] = Known(
                row["number"], row["subject"], row.get("owner_id"), row["state"]
            )
    return found


def of_ticket(customer: Customer, known: Known | None, **more: Any) -> Line:
    """A line about a ticket; one that is nowhere any more has no name."""
    plain: dict[str, Any] = dict.fromkeys(("who", "how"), "")
    plain |= dict.fromkeys(("at", "due_at", "ended_at"))
    told = {"ref": "", "subject": "", "href": ""}
    if known is not None:
        told = {
            "ref": f"{customer.prefix}-{known.number}",
            "subject": known.subject,
            "href": places.ticket(customer.code, known.number),
        }
    return Line(**(plain | told | {"customer": customer.name} | more))


def customers_of(rows: Iterable[Any]) -> dict[int, Customer]:
    """The customers of these rows; one statement."""
    return Customer.objects.in_bulk({row.customer_id for row in rows})


def _clocks(scope: Scope, rows: list[ClockItem]) -> list[Line]:
    known = tickets_at((row.customer_id, row.ticket_id) for row in rows)
    firms, names = customers_of(rows), names_of(row.staff_id for row in rows)
    return [
        of_ticket(
            firms[row.customer_id],
            known.get((row.customer_id, row.ticket_id)),
            who=names.get(row.staff_id or 0, ""),
            at=row.started_at,
            due_at=row.due_at,
            ended_at=row.ended_at,
            how=_how(scope, row),
            value=_took(row),
            unit="minutes",
        )
        for row in rows
    ]


def _took(row: ClockItem) -> int | None:
    """What was counted of one that was met, in minutes: pauses left out."""
    spans = tuple((start, end) for start, end in row.spans)
    time = step_time([Ended(row.due_at, row.ended_at, row.stands, spans=spans)])
    return time.seconds // 60 if time else None


def _how(scope: Scope, row: ClockItem) -> str:
    ended = Ended(row.due_at, row.ended_at, row.stands, row.reason)
    told = outcome(ended, now=scope.now)
    is_promise = row.kind == DueKind.PROMISE
    words = {
        "open": _("open"),
        "kept": _("kept") if is_promise else _("in time"),
        "broken": _("broken") if is_promise else _("too late"),
        "moved": _("given a new time"),
        "void": _("cancelled"),
    }
    return words[told]


def _queue(scope: Scope, rows: list[QueueItem]) -> list[Line]:
    names = {state.value: str(state.label) for state in State}
    return [
        of_ticket(
            row.customer,
            Known(row.number, row.subject, row.owner_id, row.state),
            who=row.owner.name if row.owner else "",
            at=row.opened_at,
            due_at=row.next_due_at,
            ended_at=row.settled_at,
            how=names[row.state],
        )
        for row in rows
    ]


def _scores(scope: Scope, rows: list[ScoreItem]) -> list[Line]:
    wanted = Q(pk__in=[])
    for row in rows:
        wanted |= Q(customer=row.customer_id, callback_id=row.callback_id)
    asked = {
        (one.customer_id, one.callback_id): one
        for one in CallbackItem.objects.filter(wanted).select_related("customer", "agent")
    }
    return [
        _callback(asked[row.customer_id, row.callback_id])._replace(
            ended_at=row.answered_at, value=row.value, unit="score"
        )
        for row in rows
        if (row.customer_id, row.callback_id) in asked
    ]


def _callbacks(scope: Scope, rows: list[CallbackItem]) -> list[Line]:
    return [_callback(row) for row in rows]


def _callback(row: CallbackItem) -> Line:
    firm = row.customer
    is_low = row.answered_at is not None and row.is_low
    return Line(
        ref=f"{firm.prefix}-{row.number}" if row.number else "",
        subject=row.words or row.subject or row.contact_name,
        href=places.callback(firm.code, row.callback_id),
        customer=firm.name,
        who=row.agent.name if row.agent else "",
        at=row.asked_at,
        due_at=None,
        ended_at=row.answered_at,
        how=_("low") if is_low else _("answered") if row.answered_at else _("not answered"),
    )


def _rescues(scope: Scope, rows: list[RescueItem]) -> list[Line]:
    return [
        Line(
            ref=f"{row.customer.prefix}-{row.number}" if row.number else "",
            subject=row.subject or row.contact_name,
            href=places.rescue(row.customer.code, row.rescue_id),
            customer=row.customer.name,
            who=row.consultant.name if row.consultant else "",
            at=row.opened_at,
            due_at=row.due_at,
            ended_at=row.contacted_at,
            how=f"{score(row)} · {row.get_state_display()}",
        )
        for row in rows
    ]


def _times(scope: Scope, rows: list[Time]) -> list[Line]:
    known = tickets_at((row.customer_id, row.ticket_id) for row in rows)
    firms, names = customers_of(rows), names_of(row.staff_id for row in rows)
    return [
        of_ticket(
            firms[row.customer_id],
            known.get((row.customer_id, row.ticket_id)),
            who=names.get(row.staff_id or 0, ""),
            at=row.spent_at,
            how=_("suggested") if row.is_suggested else _role(row.role),
            value=row.minutes,
            unit="minutes",
        )
        for row in rows
    ]


def _role(role: str) -> str:
    return str(ROLE_NAMES[Role(role)]) if role in set(Role) else role


def _customers(scope: Scope, rows: list[Customer]) -> list[Line]:
    return [
        Line(
            ref=row.prefix,
            subject=row.name,
            href=places.customer(row.code),
            customer=row.name,
            who=row.consultant.name if row.consultant else "",
            at=row.created_at,
            due_at=None,
            ended_at=None,
            how=row.get_stage_display(),
        )
        for row in rows
    ]


_LINES: dict[type, Callable[[Scope, Any], list[Line]]] = {
    ClockItem: _clocks,
    QueueItem: _queue,
    ScoreItem: _scores,
    CallbackItem: _callbacks,
    RescueItem: _rescues,
    Time: _times,
    Customer: _customers,
}
