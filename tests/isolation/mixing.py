"""Visitors of two customers who ask by many threads at once, and that none is shown another's."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.test import override_settings

from accounts.models import Team, User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, customer_zone
from servicedesk import zones
from tests.cast import make_staff
from tests.isolation.callers import (
    Cookies,
    bearer,
    contacts_session,
    contacts_token,
    host_of,
    staffs_session,
    staffs_token,
)
from tests.isolation.canaries import canary
from tests.isolation.requests import Answer, Server, check_nothing_is_left_open
from tests.isolation.worlds import World
from tickets.models import Attachment, Contact
from tickets.operations.storing import path_of

THREADS = 8
OTHER = {"acme": "globex", "globex": "acme"}
COLOURS = {"acme": "#aa3300", "globex": "#0033aa"}
BRAND = "/brand.css"


@dataclass(frozen=True)
class Wish:
    """An address that a visitor asks for, whether it shows their canary, and how often."""

    path: str
    shows: bool
    often: int
    status: int = 200


@dataclass(frozen=True)
class Visitor:
    """Somebody of one customer, with cookie and token."""

    code: str
    host: str
    cookies: Cookies
    token: dict[str, str]
    wishes: list[Wish]

    def wish(self, turns: random.Random) -> Wish:
        """What they ask for next. Pages that cost much are asked for less often."""
        return turns.choices(self.wishes, [wish.often for wish in self.wishes])[0]


@dataclass
class Tally:
    """What came of it: statuses counted, what was wrong, each host's brand by its ETag."""

    seen: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    brands: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@pytest.fixture(scope="module")
def visitors(world: World) -> list[Visitor]:
    """At each customer one of its people at the portal, and at the desk one of its team only."""
    found = []
    for customer in (world.acme, world.globex):
        zones.use(zones.OWNER)
        team = Team.objects.create(name=customer.code)
        facts = {"team": team, "brand_colour": COLOURS[customer.code]}
        Customer.objects.filter(pk=customer.pk).update(**facts)
        staff = make_staff(
            name="Nia", email=f"nia@{customer.code}.desk", serves_all=False, teams=[team]
        )
        found += [_at_the_portal(customer), _at_the_desk(customer, staff)]
    zones.leave()
    return found


def _at_the_portal(customer: Customer) -> Visitor:
    zones.use(customer_zone(customer.pk))
    with schema_of(customer):
        asker = Contact.objects.get(tickets__number=1)
        name = Attachment.objects.order_by("pk")[0].name
        path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canary(customer).encode())
    wishes = [
        Wish(BRAND, False, 18), Wish("/", True, 1), Wish("/?q=canary", True, 1),
        Wish("/tickets/1/", True, 1), Wish("/tickets/new/", False, 1),
        Wish(f"/files/{name}/", True, 10), Wish("/tickets/99/", False, 5, 404),
        Wish("/api/v1/tickets/", True, 2), Wish("/api/v1/tickets/1/", True, 1),
        Wish("/probe/stream/", True, 12), Wish("/probe/roll-back/", True, 12),
        Wish("/probe/show/", True, 14),
    ]  # fmt: skip
    token = bearer(contacts_token(asker, customer))
    cookies = contacts_session(asker, customer)
    return Visitor(customer.code, host_of(customer), cookies, token, wishes)


def _at_the_desk(customer: Customer, staff: User) -> Visitor:
    zones.use(DESK)
    with schema_of(customer):
        name = Attachment.objects.order_by("pk")[0].name
    code = customer.code
    here, there = f"/at/{code}/tickets/1/", f"/at/{OTHER[code]}/tickets/1/"
    wishes = [
        Wish(here, True, 1), Wish("/queue/rows/", True, 1), Wish("/search/?q=canary", True, 1),
        Wish(f"{here}files/{name}/", True, 12), Wish(f"/probe/at/{code}/", True, 40),
        Wish("/api/v1/queue/", True, 1), Wish(f"/api/v1/customers/{code}/tickets/1/", True, 1),
        Wish(f"/api/v1/customers/{OTHER[code]}/tickets/1/", False, 3, 404),
        Wish(there, False, 12, 404),
    ]  # fmt: skip
    token = bearer(staffs_token(staff))
    return Visitor(code, settings.DESK_HOST, staffs_session(staff), token, wishes)


@pytest.fixture
def mixed_server(world: World, visitors: list[Visitor]) -> Iterator[Server]:
    """The web process on the copy, with the product's pages and the probes beside them."""
    mixed = {
        "ROOT_URLCONF": "tests.isolation.mixed_desk",
        "PORTAL_URLCONF": "tests.isolation.mixed_portal",
    }
    with override_settings(**mixed), world.live.as_web():
        yield Server()


def ask_at_once(
    server: Server, pool: ThreadPoolExecutor, visits: list[tuple[Visitor, Wish]], tally: Tally
) -> None:
    """Let the pool's threads ask, in turn whatever comes, and note what they were answered."""

    def ask(visit: tuple[Visitor, Wish]) -> None:
        visitor, wish = visit
        known = tally.brands[visitor.host] if wish.path == BRAND else None
        headers = {"If-None-Match": next(iter(known))} if known else {}
        if wish.path.startswith("/api/"):
            headers |= visitor.token
        answer = server.ask(visitor.host, wish.path, cookies=visitor.cookies, headers=headers)
        check_nothing_is_left_open()
        tally.seen[answer.status] += 1
        if known is not None:
            known.add(dict(answer.headers)["ETag"])
        tally.wrong.extend(_wrong(visitor, wish, answer))

    list(pool.map(ask, visits))


def _wrong(visitor: Visitor, wish: Wish, answer: Answer) -> list[str]:
    """What an answer should not have told, or should have."""
    said = f"{visitor.code} {visitor.host}{wish.path}: {answer.status}"
    if answer.tells(f"canary-of-{OTHER[visitor.code]}"):
        return [f"{said} told {OTHER[visitor.code]}'s"]
    if answer.status != wish.status and not (wish.path == BRAND and answer.status == 304):
        return [said]
    shows = answer.tells(f"canary-of-{visitor.code}")
    return [] if shows == wish.shows else [f"{said} shows: {shows}"]


def check_customers_are_never_mixed(
    server: Server, visitors: list[Visitor], pool: ThreadPoolExecutor, *, requests: int, seed: int
) -> Counter[int]:
    """Ask that often, the same turns for the same seed; fail if anybody was shown another's."""
    turns, tally = random.Random(seed), Tally()  # noqa: S311  the same turns each run, no secret
    visits = [(one, one.wish(turns)) for one in turns.choices(visitors, k=requests)]
    ask_at_once(server, pool, visits, tally)
    assert tally.wrong == [], "\n".join(tally.wrong[:20])
    brands = list(tally.brands.values())
    assert [len(found) for found in brands] == [1] * len(brands), "a brand was another's"
    assert len(set.union(*brands)) == len(brands), "two customers have one brand"
    return tally.seen
