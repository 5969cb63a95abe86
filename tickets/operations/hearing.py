"""Who hears of a step of the ladder: the owner, the lead, the managers, and who stands in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from accounts.policy import Permission, Role, may, serves
from customers.models import Customer
from desk.words import Level

NEXT: dict[str, str] = {Level.OWNER: Level.LEAD, Level.LEAD: Level.MANAGER}
"""Who hears it when nobody of a level is here."""


def heard_by(
    *, level: str, owner: User | None, customer: Customer, now: datetime
) -> dict[int, User]:
    """People by id who hear a step of that level, all of whom may read the customer's tickets.

    Whoever is away hears it together with a deputy, and that one's, until one is here. When none
    of them is, or there is nobody of that level, the next level hears it too.
    """
    people = {person.pk: person for person in _with_deputies(_of(level, owner, customer), now)}
    heard = {pk: person for pk, person in people.items() if _may_hear(person, customer)}
    if level in NEXT and not any(not person.is_away(now) for person in heard.values()):
        heard |= heard_by(level=NEXT[level], owner=owner, customer=customer, now=now)
    return heard


def _of(level: str, owner: User | None, customer: Customer) -> Iterable[User]:
    if level == Level.OWNER:
        return [owner] if owner is not None else []
    if level == Level.LEAD:
        lead = customer.team.lead if customer.team is not None else None
        return [lead] if lead is not None else []
    return User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk")


def _with_deputies(people: Iterable[User], now: datetime) -> Iterable[User]:
    seen: set[int] = set()
    for person in people:
        one: User | None = person
        while one is not None and one.pk not in seen:
            seen.add(one.pk)
            yield one
            one = one.deputy if one.is_away(now) else None


def _may_hear(person: User, customer: Customer) -> bool:
    return may(person, Permission.READ_TICKETS) and serves(person, team_id=customer.team_id)
