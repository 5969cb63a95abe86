"""Every address by every method, asked by one caller: what must not happen, as a check.

It raises AssertionError with each answer that told something, failed, or wrote. The tests run it
for each caller; `tests/sabotage` breaks the product and shows that it would tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from urllib.parse import urlencode
from zlib import crc32

from tests.architecture.addresses import Address, listed
from tests.isolation.callers import Caller
from tests.isolation.canaries import canary
from tests.isolation.requests import Answer, Server
from tests.isolation.rows import READING_WRITES, fingerprints, written
from tests.isolation.targets import Target

SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_API_QUERIES = {"api/v1/queue/": "limit=200&customer=globex", "api/v1/tickets/": "limit=200"}
"""The API refuses parameters that it does not know."""
ENDS_SESSIONS = ("sign-out/", "logout/")
"""Asked last, so that whoever is signed in stays so."""


@dataclass(frozen=True)
class Asked:
    """One cell, and what came back."""

    caller: Caller
    method: str
    address: Address
    path: str
    answer: Answer

    def __str__(self) -> str:
        return f"{self.caller.name}: {self.method} {self.address}: {self.answer.status}"


def asked(
    server: Server,
    caller: Caller,
    target: Target,
    addresses: Sequence[Address],
    methods: Sequence[str] = METHODS,
    *,
    by_all: bool = True,
) -> Iterator[Asked]:
    """Ask for each address by each method: with forms and JSON, with a query and without.

    Unless `by_all`, of the methods that it does not take one is tried, another at each address.
    """
    paths = [(address, target.path_of(address, **caller.words)) for address in _in_order(addresses)]
    numbers = count(1)
    for address, path in paths:
        tried = set(methods) - (set() if by_all else _spared(caller, address, methods))
        for method, query, body, content_type in _ways(address, target):
            if method not in tried:
                continue
            answer = server.ask(
                caller.host,
                f"{path}{query}",
                method=method,
                cookies=caller.cookies,
                headers=caller.headers,
                body=body,
                content_type=content_type,
                address=_from(next(numbers)),
            )
            yield Asked(caller, method, address, path, answer)


def _spared(caller: Caller, address: Address, methods: Sequence[str]) -> set[str]:
    """All that the address does not take, but one; that one hangs on who asks where.

    A HEAD is what a GET is, undrawn.
    """
    taken = _taken().get((address.door, address.route), METHODS)
    others = [one for one in methods if one not in taken]
    turn = crc32(f"{caller.name} {address}".encode())
    return set(others) - {others[turn % len(others)]} if others else set()


@cache
def _taken() -> dict[tuple[str, str], Sequence[str]]:
    return {(one.door, one.route): one.methods for one in listed()}


def _from(number: int) -> str:
    """Another address for each request, so that no limit of tries hides an answer."""
    return f"10.0.{number // 250}.{number % 250 + 1}"


def _in_order(addresses: Sequence[Address]) -> list[Address]:
    return sorted(addresses, key=lambda address: address.route.endswith(ENDS_SESSIONS))


def _ways(address: Address, target: Target) -> Iterator[tuple[str, str, bytes, str]]:
    """(method, query, body, its type)."""
    form = urlencode(target.form).encode()
    is_api = address.route.startswith("api/")
    for method in METHODS:
        if method in SAFE:
            yield method, "", b"", ""
        elif method == "POST" and not is_api:
            yield method, "", form, FORM
        else:
            yield method, "", target.json, JSON
    yield "GET", f"?{_API_QUERIES.get(address.route, target.query)}", b"", ""


def check_nothing_is_told(cells: Iterable[Asked], words: Sequence[str]) -> int:
    """Fail if an answer holds one of the words, anywhere, or is a 5xx; say how many there were."""
    wrong, total = [], 0
    for cell in cells:
        total += 1
        told = [word for word in words if cell.answer.tells(word)]
        if told or cell.answer.status >= 500:
            wrong.append(f"{cell} told {told}" if told else f"{cell} failed")
    assert wrong == [], "\n".join(wrong)
    return total


def check_a_stranger_gets_nothing(
    server: Server,
    caller: Caller,
    target: Target,
    addresses: Sequence[Address],
    *,
    names: Sequence[str] = (),
    by_all: bool = True,
) -> int:
    """Ask everything as that caller: nothing is told, nothing fails, nothing is written."""
    allowed = caller.may_write
    before = fingerprints(target.customer, allowed=allowed, besides=caller.at_home)
    words = [canary(target.customer), *names]
    cells = asked(server, caller, target, addresses, by_all=by_all)
    total = check_nothing_is_told(cells, words)
    after = fingerprints(target.customer, allowed=allowed, besides=caller.at_home)
    wrong = written(before, after, allowed)
    assert wrong == [], f"{caller.name} wrote {wrong}"
    return total


def check_reading_writes_nothing(
    server: Server,
    caller: Caller,
    target: Target,
    addresses: Sequence[Address],
    *,
    names: Sequence[str] = (),
    by_all: bool = True,
) -> tuple[int, set[str]]:
    """Ask everything by GET, HEAD and OPTIONS as somebody who belongs there: no row changes.

    Returns how many cells there were, and the routes that told its own people one of the words.
    """
    allowed = caller.own(READING_WRITES)
    before = fingerprints(target.customer, allowed=allowed)
    cells = list(asked(server, caller, target, addresses, SAFE, by_all=by_all))
    failed = [str(cell) for cell in cells if cell.answer.status >= 500]
    assert failed == [], "\n".join(failed)
    wrong = written(before, fingerprints(target.customer, allowed=allowed), allowed)
    assert wrong == [], f"{caller.name} wrote by reading: {wrong}"
    words = [canary(target.customer), *names]
    shown = {cell.address.route for cell in cells if any(map(cell.answer.tells, words))}
    return len(cells), shown
