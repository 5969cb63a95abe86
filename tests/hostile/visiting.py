"""Sending hostile input through a door and looking at what comes back, counted and timed.

A case is one payload that went in through one door (a field, a parameter, a header, a cell) and was
looked at where it is shown: in the answer, and on the pages a leg opens afterwards.
"""

from __future__ import annotations

import gc
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes

import psutil
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from servicedesk.charsets import is_utf8
from tests.hostile import eyes
from tests.hostile.payloads import Payload, generated, sampled

FIXED_SEEDS = (11, 23, 47)
MOST_SECONDS = 2.0  # of CPU, ours and the database's
MOST_GROWTH = 200 * 1024 * 1024
BOUNDARY = "----hostile"

Pairs = Sequence[tuple[str, str]]


@dataclass
class Ledger:
    """What a leg has sent: cases by door and kind, the slowest answer, how much memory grew."""

    seed: int = field(
        default_factory=lambda: int(os.environ.get("HOSTILE_SEED") or secrets.randbits(32))
    )
    cases: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    slowest: float = 0.0
    slowest_at: str = ""
    began_with: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        gc.collect()
        self._process = psutil.Process()
        self.began_with = self.most = self._process.memory_info().rss
        self._database = _backend()
        used = self._database.cpu_times() if self._database else None
        self._database_began = used.user + used.system if used else 0.0
        self._began = time.process_time()

    @property
    def total(self) -> int:
        """How many cases there were."""
        return sum(self.cases.values())

    @property
    def growth(self) -> int:
        """By how many bytes the process was larger, at most, than at the beginning."""
        return self.most - self.began_with

    def payloads(self, wanted: int) -> Iterator[Payload]:
        """A quarter from the samples, where there are any; of the rest each seed its share.

        The fourth seed is random, and told with every failure.
        """
        rest = wanted
        if samples := sampled():
            step = max(1, len(samples) // max(1, wanted // 4))
            chosen = samples[self.seed % step :: step][: wanted // 4]
            rest -= len(chosen)
            yield from chosen
        seeds = (*FIXED_SEEDS, self.seed)
        for place, seed in enumerate(seeds):
            share = rest // len(seeds) + (place < rest % len(seeds))
            yield from generated(share, seed=seed)

    def count(self, door: str, *texts: object) -> None:
        """One case for each payload among the texts."""
        for text in texts:
            if isinstance(text, Payload):
                self.cases[door] += 1
                self.kinds[text.kind] += 1

    def time(self, seconds: float, what: str) -> None:
        """One more request or call; the memory is looked at now and then."""
        self.requests += 1
        if seconds > self.slowest:
            self.slowest, self.slowest_at = seconds, what
        if self.requests % 20 == 0:
            self.most = max(self.most, self._process.memory_info().rss)

    def cpu(self) -> float:
        """Seconds that this process and its connection's in the database have computed.

        A machine busy with other things changes nothing of it.
        """
        seconds = time.process_time()
        if self._database is not None:
            used = self._database.cpu_times()
            seconds += used.user + used.system - self._database_began
        return seconds

    def check(self, *, wanted: int) -> None:
        """As many cases as promised, none slow, the memory bounded."""
        self.most = max(self.most, self._process.memory_info().rss)
        assert self.total >= wanted, f"{self.total} of {wanted} cases: {self.cases}"
        assert self.slowest <= MOST_SECONDS, f"{self.slowest:.1f} s: {self.slowest_at}"
        assert self.growth <= MOST_GROWTH, f"grew by {self.growth >> 20} MiB"

    def told(self) -> str:
        """The figures in a line."""
        return (
            f"{self.total:,} cases in {self.requests:,} requests and calls, slowest"
            f" {self.slowest:.2f} s of CPU, memory +{self.growth >> 20} MiB, seed {self.seed}"
        )

    def figures(self) -> list[tuple[str, object]]:
        """For the report of the test (`record_property`)."""
        return [
            ("cases", self.total),
            ("doors", dict(self.cases)),
            ("kinds", dict(self.kinds)),
            ("requests", self.requests),
            ("slowest", f"{self.slowest:.2f}"),
            ("growth", self.growth >> 20),
            ("cpu", self.cpu() - self._began),
            ("seed", self.seed),
        ]


def _backend() -> psutil.Process | None:
    """The process that serves our connection, when the database runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return process if "postgres" in process.name() else None
    return None


class Visitor:
    """A client that sends bytes as they are, and looks at every answer with `eyes.dangers`.

    Every payload among the values it sends is a case, counted under its name and the value's.
    """

    def __init__(self, name: str, client: Client, ledger: Ledger) -> None:
        self.name, self.client, self.ledger = name, client, ledger

    def get(self, path: str, pairs: Pairs = (), **headers: Any) -> Any:
        """Ask for a page; `pairs` become its query."""
        self._count(pairs)
        query = encoded(pairs)
        return self._look("GET", path, b"", QUERY_STRING=query, **headers)

    def post(self, path: str, pairs: Pairs, **headers: Any) -> Any:
        """Send a form without files."""
        self._count(pairs)
        kind = "application/x-www-form-urlencoded"
        headers = {"content_type": kind} | headers
        return self._look("POST", path, encoded(pairs).encode(), **headers)

    def upload(
        self, path: str, pairs: Pairs, files: Sequence[tuple[str, str, str]], **headers: Any
    ) -> Any:
        """Send a form with files: (field, name, content)."""
        self._count(pairs)
        for _field, name, content in files:
            self.ledger.count(f"{self.name}: file name", name)
            self.ledger.count(f"{self.name}: file content", content)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self._look("POST", path, multipart(pairs, files), content_type=kind, **headers)

    def send(self, method: str, path: str, body: bytes, *cases: str, **headers: Any) -> Any:
        """Send anything; `cases` are the payloads in it."""
        self.ledger.count(self.name, *cases)
        return self._look(method, path, body, **headers)

    def page(self, address: str) -> str:
        """What a page says, after it has been looked at; it must be there."""
        path, _, query = address.partition("?")
        answer = self.get(path, parse_qsl(query))
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return "".join(eyes.read(answer.content.decode()).words)

    def _count(self, pairs: Pairs) -> None:
        for name, value in pairs:
            self.ledger.count(f"{self.name}: {name}", value)

    def _look(self, method: str, path: str, body: bytes, **headers: Any) -> Any:
        what = f"{method} {path} {headers} {body[:300]!r} (seed {self.ledger.seed})"[:900]
        answer, seconds = self._ask(method, path, body, what, **headers)
        self.ledger.time(seconds, what)
        assert answer.status_code < 500, f"{answer.status_code} at {what}"
        check_headers(answer, what)
        if answer.get("Content-Type", "").startswith("text/html"):
            found = eyes.dangers(answer.content.decode())
            assert found == [], f"{found[:5]} at {what}"
        return answer

    def _answer(self, method: str, path: str, body: bytes, **headers: Any) -> Any:
        """Django's client goes round the WSGI application: what that refuses is refused here."""
        kind = headers.get("CONTENT_TYPE") or headers.get("content_type") or ""
        if not is_utf8(kind):
            return HttpResponse(status=415)
        return self.client.generic(method, path, body, **headers)

    def _ask(
        self, method: str, path: str, body: bytes, what: str, **headers: Any
    ) -> tuple[Any, float]:
        began = self.ledger.cpu()
        try:
            answer: Any = self._answer(method, path, body, **headers)
            if answer.streaming:
                answer.content_read = answer.getvalue()
        except Exception as broken:
            raise AssertionError(f"{type(broken).__name__}: {broken} at {what}") from broken
        return answer, self.ledger.cpu() - began


def check_headers(answer: Any, what: str) -> None:
    """No line end in a header, no way to another site."""
    for name, value in answer.items():
        assert not set(f"{name}{value}") & set("\r\n\x00"), f"{name}: {value!r} at {what}"
    location = answer.get("Location", "")
    assert not location or (
        location.startswith(("/", "?")) and not location.startswith(("//", "/\\"))
    ), f"sent away to {location!r} at {what}"
    for cookie in answer.cookies.values():
        assert cookie.key in ("__Host-session", "__Host-csrf", "language", "theme"), (
            f"a cookie {cookie.key!r} at {what}"
        )


def encoded(pairs: Pairs) -> str:
    """As a browser encodes a form, half characters as the bytes they are."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode(errors="surrogatepass"), safe="").replace("%20", "+")


def multipart(pairs: Pairs, files: Iterable[tuple[str, str, str]]) -> bytes:
    """A form with files, names as hostile as they are but for what ends a header."""
    parts = []
    for name, value in pairs:
        head = f'Content-Disposition: form-data; name="{name}"\r\n\r\n'
        parts.append(head.encode(errors="surrogatepass") + value.encode(errors="surrogatepass"))
    for name, filename, content in files:
        safe = filename.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        head = f'Content-Disposition: form-data; name="{name}"; filename="{safe}"\r\n'
        head += "Content-Type: text/html\r\n\r\n"
        parts.append(f"{head}{content}".encode(errors="surrogatepass"))
    start = f"--{BOUNDARY}\r\n".encode()
    end = f"\r\n--{BOUNDARY}--\r\n".encode()
    return start + f"\r\n--{BOUNDARY}\r\n".encode().join(parts) + end


_marks = count(1)


def marked(text: Payload, *, room: int) -> tuple[Payload, str]:
    """The payload cut to its room with a word of its own at the end, and that word."""
    word = f"zq{next(_marks):x}zq"
    return text.cut(room, end=f" {word}"), word


def repeated(payloads: Iterable[Payload]) -> Iterator[Payload]:
    """The payloads again and again: a leg takes as many as its forms have fields."""
    return cycle(list(payloads))
