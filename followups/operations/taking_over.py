"""What follows at one customer when a colleague's work was handed over. Safe to repeat and to kill.

Whatever is still the colleague's is found by whose it is: what was given is not found again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, record
from customers.models import Customer
from desk.models import Bell, Due, Succession
from desk.operations import due
from desk.words import SETTLED, RescueState
from followups.models import Rescue, Visit
from followups.operations.closing_rescues import held
from followups.operations.naming import name
from followups.operations.rescue_log import log_consultant
from followups.operations.rescue_telling import About
from tickets.models import Ask, Handling
from tickets.operations.assigning import assign
from tickets.operations.consulting import hand_ask
from tickets.operations.giving import can_serve, least_loaded

AT_ONCE = 25
"""Tickets given in one transaction; then others have their turn."""


class NobodyTakesOver(Exception):
    """Nobody here may serve this customer: it is tried again until somebody does."""


@transaction.atomic
def take_over(*, customer: Customer, from_id: int, now: datetime) -> None:
    """Give what is somebody's at the open customer to whoever took over from them last.

    Where that person may not serve the customer any more, to the agent with the least to do. Of
    many tickets some at a time: the rest is asked for again. Raises NobodyTakesOver.
    """
    succession = _last(from_id)
    if succession is None:
        return  # came back from a backup of another desk
    giver, by = succession.from_user, succession.by
    taker = _taker(succession, customer, now)
    if taker.pk == giver.pk:
        return  # it came back to them meanwhile
    given = {
        "tickets": _tickets(giver, taker, by, now),
        "rescues": _rescues(customer, giver, taker, by, now),
        "visits": _visits(giver, taker, now),
        "asks": _asks(giver, taker, by, now),
    }
    if len(given["tickets"]) == AT_ONCE:
        due.ask(customer_id=customer.pk, kind=Due.Kind.HANDOVER, row_id=from_id)
    if not any(given.values()):
        return
    _ring(customer, giver, taker, given["tickets"], now)
    told = {kind: ["", ", ".join(rows)] for kind, rows in given.items() if rows}
    record(
        action="handed_over",
        of=customer,
        changes={"owner": [giver.name, taker.name], **told},
        by=By(by),
        now=now,
        customer_code=customer.code,
    )


def _last(from_id: int) -> Succession | None:
    rows = Succession.objects.select_related("from_user", "to_user", "by").newest_first()
    return rows.filter(from_user=from_id).first()


def _taker(succession: Succession, customer: Customer, now: datetime) -> User:
    """Who took over, or whoever took over from them since; each once."""
    seen = {succession.from_user_id}
    taker, known = succession.to_user, succession.pk
    while taker.pk not in seen:
        seen.add(taker.pk)
        later = _last(taker.pk)
        if later is None or later.pk < known:
            break
        taker, known = later.to_user, later.pk
    if taker.pk == succession.from_user_id or can_serve(person=taker, customer=customer):
        return taker
    other = least_loaded(customer=customer, now=now, besides=succession.from_user_id)
    if other is None:
        raise NobodyTakesOver(customer.code)
    return User.objects.get(pk=other.pk)


def _tickets(giver: User, taker: User, by: User, now: datetime) -> list[str]:
    """Open tickets, the first ones; each tells in its trail whose it was. Returns their numbers."""
    rows = Handling.objects.filter(owner=giver).exclude(ticket__state__in=SETTLED)
    first = rows.select_related("ticket").order_by("ticket_id")[:AT_ONCE]
    tickets = [handling.ticket for handling in first]
    for ticket in tickets:
        assign(ticket=ticket, owner=taker, by=by, now=now, quiet=True)
    return [str(ticket.number) for ticket in tickets]


def _rescues(customer: Customer, giver: User, taker: User, by: User, now: datetime) -> list[str]:
    """The open rescue; one that waits for a new score rings for nobody."""
    found = Rescue.objects.filter(consultant=giver, closed_at__isnull=True)
    ids = list(found.values_list("pk", flat=True))
    for pk in ids:
        rescue = held(pk)
        if rescue.state != RescueState.ASKED:
            name(about=About(customer, rescue, now), to=taker, by=by)
            due.ask(customer_id=customer.pk, kind=Due.Kind.RESCUE, row_id=pk)
            continue
        rescue.consultant = taker
        rescue.save(update_fields=["consultant"])
        log_consultant(rescue=rescue, by=by, old=giver.name, new=taker.name, now=now)
    return [str(pk) for pk in ids]


def _visits(giver: User, taker: User, now: datetime) -> list[str]:
    rows = Visit.objects.filter(
        consultant=giver, held_at__isnull=True, called_off_at__isnull=True
    ).select_for_update(of=("self",), no_key=True)
    days = {visit.pk: visit.due_on.isoformat() for visit in rows.order_by("pk")}
    Visit.objects.filter(pk__in=list(days)).update(consultant=taker, updated_at=now)
    return list(days.values())


def _asks(giver: User, taker: User, by: User, now: datetime) -> list[str]:
    rows = Ask.objects.filter(owner=giver, answered_at__isnull=True, withdrawn_at__isnull=True)
    asks = list(rows.order_by("pk"))
    for ask in asks:
        hand_ask(ask=ask, owner=taker, by=by, now=now)
    return [str(ask.pk) for ask in asks]


def _ring(customer: Customer, giver: User, taker: User, numbers: list[str], now: datetime) -> None:
    """One bell a customer and go, however many tickets: it leads to the customer."""
    if not numbers:
        return
    bell = Bell(
        user=taker,
        key=f"c{customer.pk}:handed:{giver.pk}:{numbers[0]}:{taker.pk}:{now:%Y%m%d%H%M%S}",
        kind=Bell.Kind.HANDED,
        customer=customer,
        number=0,
        subject=", ".join(f"{customer.prefix}-{number}" for number in numbers)[:200],
        count=len(numbers),
        by_name=giver.name,
        rung_at=now,
    )
    Bell.objects.bulk_create([bell], ignore_conflicts=True)
