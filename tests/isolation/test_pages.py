"""Requests of two customers by eight threads: nobody is ever shown the other's.

Real logins, the whole WSGI handler: portal and desk pages, the API, files, searches, streams, the
audit log's file, and what a browser keeps. In between a savepoint is rolled back, every connection
is cut, and the search path is set before each statement instead of once. Prints its figures.

300 requests in every run; 5,000 as a drill.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.conf import settings
from django.test import override_settings

from accounts.models import User
from servicedesk import zones
from tests.isolation.callers import Cookies, staffs_session
from tests.isolation.mixing import THREADS, Visitor, check_customers_are_never_mixed
from tests.isolation.requests import Server
from tests.isolation.worlds import World
from tickets.codes import digits

pytestmark = pytest.mark.real_logins

ROUNDS = (True, True, False, False)
"""TENANT_LIMIT_SET_CALLS in each round; after each every connection is cut, and the next heals."""


@pytest.fixture
def meis(world: World) -> Cookies:
    """A manager's session, who may take the audit log along."""
    zones.use(zones.OWNER)
    cookies = staffs_session(User.objects.get(email="mei@desk.test"))
    zones.leave()
    return cookies


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


def _close(pool: ThreadPoolExecutor) -> None:
    """Close what the threads have parked."""
    list(pool.map(lambda _: zones.driver().forget(), range(THREADS * 4)))


def ask_and_count(
    world: World, meis: Cookies, server: Server, visitors: list[Visitor], *, requests: int
) -> None:
    """Ask that often in four rounds; fail if anybody was shown another's."""
    seen: Counter[int] = Counter()
    a_round = requests // len(ROUNDS)
    begun = time.monotonic()

    with ThreadPoolExecutor(THREADS) as pool, ThreadPoolExecutor(1) as beside:
        for turn, is_set_once in enumerate(ROUNDS):
            with override_settings(TENANT_LIMIT_SET_CALLS=is_set_once):
                taking = beside.submit(_take_the_log_along, server, meis)
                seen += check_customers_are_never_mixed(
                    server, visitors, pool, requests=a_round, seed=turn
                )
                assert taking.result() == 5
            assert _cut_every_connection(world) >= THREADS
        _close(pool)
        _close(beside)

    seconds = time.monotonic() - begun
    print(
        f"\n  {sum(seen.values())} requests in {seconds:.1f} s by {THREADS} threads: {dict(seen)}"
    )
    assert sum(seen.values()) == len(ROUNDS) * a_round == requests
    assert set(seen) == {200, 304, 404}


def test_three_hundred_requests_of_two_customers_never_mix(
    world: World, meis: Cookies, mixed_server: Server, visitors: list[Visitor]
) -> None:
    ask_and_count(world, meis, mixed_server, visitors, requests=300)


@pytest.mark.drill
@pytest.mark.timeout(300)
def test_five_thousand_requests_of_two_customers_never_mix(
    world: World, meis: Cookies, mixed_server: Server, visitors: list[Visitor]
) -> None:
    ask_and_count(world, meis, mixed_server, visitors, requests=5_000)


def _take_the_log_along(server: Server, cookies: Cookies) -> int:
    """Stream the audit log meanwhile; how often it came whole."""
    path = "/accounts/auditevent/csv/"
    answers = [server.ask(settings.ADMIN_HOST, path, cookies=cookies) for _ in range(5)]
    return sum(one.status == 200 and one.tells("canary-of-acme") for one in answers)


def test_one_code_has_other_digits_at_every_customer() -> None:
    row = UUID("12345678-1234-5678-1234-567812345678")
    assert len({digits(schema=f"c_{number}", code_id=row) for number in range(50)}) == 50
