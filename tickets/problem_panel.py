"""The problems a ticket belongs to or may belong to, and tickets like it: beside the ticket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from accounts.models import User
from accounts.policy import Permission, may
from customers.models import Customer
from desk import places
from desk.asked import words
from desk.words import State
from product.models import NoticeItem, Problem
from product.operations.similar import Similar, similar
from product.problem_list import by_words
from tickets.models import Report, Ticket

SHOWN = 6
ALIKE = 5


class Alike(NamedTuple):
    """A ticket like this one, and the one press that makes them the same problem."""

    found: Similar
    href: str
    ref: str
    percent: int
    joins: Problem | None
    """This ticket goes into the other's problem."""
    brings: Problem | None
    """The other ticket goes into this one's problem."""
    pick: str
    """Neither has one: the address where both get one."""


@dataclass(frozen=True)
class Panel:
    """What a ticket's page shows of problems; `found` answers what was `sought`.

    `held`: it is on hold though all it belongs to is live; ``told`` when its asker was told of that
    and nothing follows by itself, ``untold`` when they were not.
    """

    linked: list[Problem]
    may_link: bool
    sought: str = ""
    found: list[Problem] = field(default_factory=list)
    alike: list[Alike] | None = None
    """None: not asked for yet."""
    unlinked: str = ""
    held: str = ""


def panel(
    *, ticket: Ticket, customer: Customer, reader: User, linked: list[Problem], asked: Any
) -> Panel | None:
    """The panel for this reader; asks the database only when the address does.

    `asked` is the address: ``problem=words``, ``similar=1``, ``unlinked=key``.
    """
    if not may(reader, Permission.SEE_PROBLEMS):
        return None
    sought, held = words(asked.get("problem", "")), {one.pk for one in linked}
    found: list[Problem] = []
    if sought:
        rows = by_words(sought).exclude(state=Problem.State.MERGED).exclude(pk__in=held)
        found = list(rows.select_related("owner").order_by("-state_at", "-pk")[:SHOWN])
    unlinked = words(asked.get("unlinked", ""))
    return Panel(
        linked=linked,
        may_link=may(reader, Permission.LINK_PROBLEMS),
        sought=sought,
        found=found,
        alike=alike(ticket=ticket, customer=customer, reader=reader, linked=linked)
        if "similar" in asked
        else None,
        unlinked="" if unlinked in {one.key for one in linked} else unlinked,
        held=_held(ticket, customer, linked),
    )


def _held(ticket: Ticket, customer: Customer, linked: list[Problem]) -> str:
    if ticket.state != State.ON_HOLD or not linked:
        return ""
    if any(one.state != Problem.State.LIVE for one in linked):
        return ""
    told = NoticeItem.objects.filter(
        release__items__problem__in=linked, customer=customer, contact_id=ticket.requester_id
    )
    return "told" if told.exists() else "untold"


def linked_to(ticket: Ticket) -> list[Problem]:
    """The problems of a ticket, those that stand; one statement."""
    reports = Report.objects.filter(ticket=ticket).order_by("pk")
    rows = reports.select_related("problem__owner", "problem__merged_into__owner")
    standing = [row.problem.merged_into or row.problem for row in rows]
    return list({one.pk: one for one in standing}.values())


def alike(
    *, ticket: Ticket, customer: Customer, reader: User, linked: list[Problem]
) -> list[Alike]:
    """Tickets of all customers one may serve that are like this one, the likest first."""
    found = similar(user=reader, customer_id=customer.pk, ticket_id=ticket.pk, limit=ALIKE)
    own = f"{customer.code}-{ticket.number}"
    return [_alike(one, own, linked) for one in found]


def _alike(one: Similar, own: str, linked: list[Problem]) -> Alike:
    held = {problem.pk for problem in linked}
    code = f"{one.customer.code}-{one.number}"
    joins = one.problem if one.problem and one.problem.pk not in held else None
    return Alike(
        found=one,
        href=places.ticket(one.customer.code, one.number),
        ref=f"{one.customer.prefix}-{one.number}",
        percent=round(100 * one.score),
        joins=joins,
        brings=linked[0] if linked and one.problem is None else None,
        pick="" if linked or one.problem else f"?ticket={own}&ticket={code}",
    )
