"""5,000 requests of two customers by eight threads: nobody is ever shown the other's.

Real logins, the whole WSGI handler: portal and desk pages, files, searches, streams, downloads and
what a browser keeps. In between a savepoint is rolled back, every connection is cut, and the
search path is set before each statement instead of once. Prints its figures with `-s`.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import override_settings

from accounts.models import Team, User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, customer_zone
from servicedesk import zones
from tests.cast import make_staff
from tests.isolation.callers import Cookies, contacts_session, host_of, staffs_session
from tests.isolation.canaries import canary
from tests.isolation.requests import Answer, Server, check_nothing_is_left_open
from tests.isolation.worlds import World
from tickets.codes import digits
from tickets.models import Attachment, Contact
from tickets.operations.storing import path_of

pytestmark = pytest.mark.real_logins

THREADS = 8
ROUNDS = 4
"""Search path set once, then once more after every connection was cut; set always, the same."""
A_ROUND = 1_250
DESK_HOST = "desk.localhost"


Path = tuple[str, bool, int]


@dataclass(frozen=True)
class Visitor:
    """Somebody of one customer, and what they ask for: (path, shows the canary, how often)."""

    customer: Customer
    host: str
    cookies: Cookies
    paths: list[Path]

    def turn(self, turns: random.Random) -> Path:
        """What they ask for next. Pages that cost much are asked for less often."""
        return turns.choices(self.paths, [often for _, _, often in self.paths])[0]


@pytest.fixture(scope="module")
def visitors(world: World) -> list[Visitor]:
    """At each customer its own people at the portal, and staff of its team only at the desk."""
    found = []
    for customer in (world.acme, world.globex):
        zones.use(zones.OWNER)
        team = Team.objects.create(name=customer.code)
        Customer.objects.filter(pk=customer.pk).update(team=team)
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
    paths = [
        ("/brand.css", False, 20), ("/", True, 1), ("/?q=canary", True, 1),
        ("/tickets/1/", True, 1), ("/tickets/new/", False, 1),
        (f"/files/{name}/", True, 12), ("/tickets/99/", False, 6),
        ("/probe/stream/", True, 12), ("/probe/roll-back/", True, 12), ("/probe/show/", True, 15),
    ]  # fmt: skip
    return Visitor(customer, host_of(customer), contacts_session(asker, customer), paths)


def _at_the_desk(customer: Customer, staff: User) -> Visitor:
    zones.use(DESK)
    with schema_of(customer):
        name = Attachment.objects.order_by("pk")[0].name
    here = f"/at/{customer.code}/tickets/1/"
    paths = [
        (here, True, 1), ("/queue/rows/", True, 2), ("/search/?q=canary", True, 1),
        (f"{here}files/{name}/", True, 15), (f"/probe/at/{customer.code}/", True, 20),
        (f"/at/{_other(customer.code)}/tickets/1/", False, 15),
    ]  # fmt: skip
    return Visitor(customer, DESK_HOST, staffs_session(staff), paths)


def _other(code: str) -> str:
    return "globex" if code == "acme" else "acme"


@pytest.fixture
def server(world: World, visitors: list[Visitor]) -> Iterator[Server]:
    """The web process on the copy, with the product's pages and the probes."""
    mixed = {
        "ROOT_URLCONF": "tests.isolation.mixed_desk",
        "PORTAL_URLCONF": "tests.isolation.mixed_portal",
    }
    with override_settings(**mixed), world.live.as_web():
        yield Server()


def _cut_every_connection(world: World) -> int:
    raw = world.live.superuser()
    with raw.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        count = int((cursor.fetchone() or (0,))[0])
    raw.close()
    return count


def test_five_thousand_requests_of_two_customers_never_mix(
    world: World, server: Server, visitors: list[Visitor]
) -> None:
    turns = random.Random(5)  # noqa: S311  the same turns in every run, no secret
    kept = {"Accept-Encoding": "identity"}
    wrong: list[str] = []
    seen: Counter[int] = Counter()
    begun = time.monotonic()

    def ask(turn: tuple[Visitor, Path]) -> None:
        visitor, (path, shows, _) = turn
        answer = server.ask(visitor.host, path, cookies=visitor.cookies, headers=kept)
        check_nothing_is_left_open()
        seen[answer.status] += 1
        wrong.extend(_wrong(visitor, path, shows, answer))

    with ThreadPoolExecutor(THREADS) as pool:
        for turn in range(ROUNDS):
            with override_settings(TENANT_LIMIT_SET_CALLS=turn < 2):
                asked = [(one, one.turn(turns)) for one in turns.choices(visitors, k=A_ROUND)]
                list(pool.map(ask, asked, chunksize=1))
            assert _cut_every_connection(world) >= THREADS
        list(pool.map(lambda _: zones.driver().forget(), range(THREADS * 4)))

    seconds = time.monotonic() - begun
    print(
        f"\n  {sum(seen.values())} requests in {seconds:.1f} s by {THREADS} threads: {dict(seen)}"
    )
    assert wrong == []
    assert sum(seen.values()) == ROUNDS * A_ROUND
    assert set(seen) == {200, 404}


def _wrong(visitor: Visitor, path: str, shows: bool, answer: Answer) -> list[str]:
    """What an answer should not have told, or should have."""
    own, foreign = visitor.customer.code, _other(visitor.customer.code)
    said = f"{own} {visitor.host}{path}: {answer.status}"
    missing = "99" in path or f"/at/{foreign}/" in path
    if answer.tells(f"canary-of-{foreign}"):
        return [f"{said} told {foreign}'s"]
    if answer.status != (404 if missing else 200):
        return [said]
    return [] if answer.tells(f"canary-of-{own}") == shows else [f"{said} shows: {shows}"]


def test_one_code_has_other_digits_at_every_customer() -> None:
    row = UUID("12345678-1234-5678-1234-567812345678")
    assert len({digits(schema=f"c_{number}", code_id=row) for number in range(50)}) == 50
