"""Of a burst exactly the allowed number comes through, with real logins and threads."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from accounts import tokens
from accounts.limits import Allowance
from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from servicedesk import zones
from tests.api.conftest import Ask, contact_token, staff_token
from tests.isolation.requests import Server
from tests.living import Live
from tickets.models import Contact

TEN = Allowance(tries=10, window=timedelta(minutes=1))
BURST, THREADS = 200, 12


def test_six_hundred_a_minute_are_let_through_by_each_token(
    desk_api: Ask, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Allowance(tries=600, window=timedelta(minutes=1)) == tokens.PER_TOKEN
    monkeypatch.setattr(tokens, "PER_TOKEN", TEN)
    one, other = desk_api(ada), desk_api(ada)

    statuses = [one.get("/api/v1/queue/").status_code for _ in range(12)]

    assert statuses == [200] * 10 + [429] * 2
    refused = one.get("/api/v1/queue/")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Retry-After"] in refused.json()["detail"]
    assert other.get("/api/v1/queue/").status_code == 200


@pytest.mark.real_logins
def test_of_a_burst_of_two_hundred_exactly_ten_come_through(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "PER_TOKEN", TEN)
    acme, ada = Customer.objects.get(code="acme"), User.objects.get(email="ada@desk.test")
    with schema_of(acme):
        uma = Contact.objects.get(email="uma@acme.test")
    doors = [
        ("desk.localhost", "/api/v1/queue/", staff_token(ada)),
        ("acme.localhost", "/api/v1/tickets/", contact_token(uma)),
    ]
    with live.as_web():
        for host, path, token in doors:
            assert _burst(host, path, token) == {200: 10, 429: BURST - 10}


def _burst(host: str, path: str, token: str) -> Counter[int]:
    server = Server()

    def ask(_: int) -> int:
        return server.ask(host, path, headers={"Authorization": f"Bearer {token}"}).status

    with ThreadPoolExecutor(THREADS) as pool:
        statuses = Counter(pool.map(ask, range(BURST)))
        list(pool.map(lambda _: zones.driver().forget(), range(THREADS * 4)))
    return statuses
