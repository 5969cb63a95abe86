"""One run of the bench: lay what is missing, measure two installations in turns, judge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from statistics import median
from typing import Any

from servicedesk import env
from servicedesk.embedded.valkey import Broker
from tests.bench import judging, laying
from tests.bench.judging import LARGE, SMALL, Figure, Memory, Tick

KINDS = {
    "queue page": "read",
    "queue of a customer": "read",
    "ticket, 5 entries": "read",
    "ticket, 50 entries": "read",
    "search, rare word": "read",
    "search, common word": "read",
    "search, Chinese word": "read",
    "portal home": "read",
    "queue (API)": "read",
    "create (portal)": "write",
    "reply (desk)": "write",
    "sign-in (portal, code)": "write",
    "sign-in (desk, password)": "password",
}
IS_QUICK = "--quick" in sys.argv
ROUNDS, EACH = (3, 3) if IS_QUICK else (10, 4)
REQUESTS = 10  # of a visit to one customer, see Serving.visit
VERBS = "import django; django.setup(); from tests.bench.measuring import run; exit(run())"
VISITED = 50 if IS_QUICK else LARGE


@dataclass
class Web:
    """A web process of one installation that does what it is told, a line of JSON at a time."""

    process: subprocess.Popen[str]
    samples: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: {"floor": [], "product": []})
    )
    statements: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def tell(self, **wanted: Any) -> dict[str, Any]:
        """Have something done and give what came of it."""
        assert self.process.stdin is not None
        print(json.dumps(wanted), file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line of the process; it ends the run when there is none."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit("A web process of the bench has ended; what it said stands above.")
        found: dict[str, Any] = json.loads(line)
        return found

    def measure(self, name: str, times: int) -> None:
        """Floor and product in turns, so many times, kept with what was measured before."""
        found = self.tell(verb="measure", name=name, floor=KINDS[name], times=times)
        for part, spent in self.samples[name].items():
            spent += found[part]
        self.statements[name] = max(self.statements[name], found["statements"])

    def figure(self, name: str, customers: int) -> Figure:
        """All that was kept of one thing."""
        warm = EACH if KINDS[name] != "password" else 1  # the first round fills caches
        spent = {part: times[warm:] for part, times in self.samples[name].items()}
        return Figure(
            name=name,
            kind=KINDS[name],
            customers=customers,
            product=spent["product"],
            floor=spent["floor"],
            statements=self.statements[name],
        )


def run() -> int:
    """Do all of it; 1 when something is over its budget."""
    started = time.monotonic()
    env.ensure_database()
    broker = Broker(env.VAR / "bench")
    try:
        address = broker.use()
        for customers in (SMALL, LARGE):
            lay_once(customers, address)
            laying.tidy(installation(customers))  # after a run that was cut short
        _command("manage.py", "collectstatic", "--no-input", "--verbosity=0", address=address)
        figures = compared(address)
        print(f"\n{judging.table(figures)}\n", flush=True)
        memory = remembered(address)
        ticks = ticked(SMALL, address), ticked(LARGE, address)
        looked, rated, managed = previewed(address), counted(address), steered(address)
        verbs = _command("-c", VERBS, address=address, check=False)
    finally:
        broker.stop()
    verdicts = judging.judge(figures, None if IS_QUICK else memory, judging.budget())
    verdicts += judging.judge_ticks(*ticks, judging.budget())
    verdicts.append(judging.judge_preview(looked, judging.budget()))
    verdicts.append(judging.judge_satisfaction(rated, judging.budget()))
    verdicts += judging.judge_dashboards(*managed, judging.budget())
    print("\n".join(map(str, verdicts)))
    print(f"measured in {time.monotonic() - started:.0f} s")
    return max(judging.exit_status(verdicts), verbs)


def lay_once(customers: int, address: str) -> None:
    """Lay an installation unless it is there already."""
    name = installation(customers)
    if laying.is_laid(name, customers):
        return
    print(f"laying {name}: {customers * laying.TICKETS:,} tickets, once", flush=True)
    _command("-m", "tests.bench.laying", str(customers), address=address, customers=customers)


def compared(address: str) -> list[Figure]:
    """Measure everything at both installations in turns, so that noise hits all alike."""
    with serving(SMALL, address) as small, serving(LARGE, address) as large:
        webs = {SMALL: small, LARGE: large}
        for _ in range(1 + ROUNDS):
            for name, web in product(KINDS, webs.values()):
                web.measure(name, 1 if KINDS[name] == "password" else EACH)
    for customers in webs:
        laying.tidy(installation(customers))
    return [web.figure(name, customers) for name in KINDS for customers, web in webs.items()]


def remembered(address: str) -> Memory:
    """Let a fresh web process answer at every customer, and see what it holds then."""
    with serving(LARGE, address) as web:
        found: dict[str, Any] = {}
        for first in range(1, VISITED + 1, 50):
            found = web.tell(verb="visit", first=first, last=first + 49)
    laying.tidy(installation(LARGE))
    memory = Memory(VISITED * REQUESTS, found["mebibytes"])
    print(f"{memory.requests:,} requests over {VISITED:,} customers: {memory.mebibytes:.0f} MiB")
    return memory


def ticked(customers: int, address: str) -> Tick:
    """Find what is due in a fresh process of the installation, as a worker does."""
    tick = Tick(customers, **_said("tests.bench.ticking", address, customers))
    print(f"tick at {customers:,} customers: {tick.p50:.1f} ms", flush=True)
    return tick


def previewed(address: str) -> list[float]:
    """Milliseconds of the page of a release that 20,000 people asked for."""
    found: list[float] = _said("tests.bench.previewing", address, LARGE)["looking"]
    print(f"page of a release, of 20,000 who asked: {median(found):.0f} ms", flush=True)
    return found


def counted(address: str) -> list[float]:
    """Milliseconds of the page of satisfaction over 20,000 scores."""
    found: list[float] = _said("tests.bench.rating", address, LARGE)["looking"]
    print(f"page of satisfaction, of 20,000 scores: {median(found):.0f} ms", flush=True)
    return found


def steered(address: str) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Milliseconds and statements of each dashboard over 200,000 tickets."""
    found = _said("tests.bench.managing", address, LARGE)
    for name, spent in found["pages"].items():
        print(f"dashboard {name}: {median(spent):.0f} ms", flush=True)
    return found["pages"], found["statements"]


def _said(module: str, address: str, customers: int) -> dict[str, Any]:
    """What a fresh process of the installation printed last."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=env.BASE_DIR,
        env=_environ(address, customers),
        check=True,
        timeout=300,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def serving(customers: int, address: str) -> Iterator[Web]:
    """A web process of the installation, ready; ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.serving", str(customers)],
        cwd=env.BASE_DIR,
        env=_environ(address, customers) | {"SERVICEDESK_ZONE": "router"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    web = Web(process)
    try:
        web.answer()
        yield web
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)


def installation(customers: int) -> str:
    """The name of its database, and what its logins' names begin with."""
    return f"{env.INSTALLATION}_bench_{customers}"


def _environ(address: str, customers: int | None) -> dict[str, str]:
    kept = {name: word for name, word in os.environ.items() if name != "SERVICEDESK_ZONE"}
    name = installation(customers) if customers else env.INSTALLATION
    return {
        **kept,
        "SERVICEDESK_INSTALLATION": name,
        "DJANGO_SETTINGS_MODULE": "servicedesk.settings",
        "SERVICEDESK_REQUIRE_TOTP": "0",
        "REDIS_URL": address,
    }


def _command(*command: str, address: str, customers: int | None = None, check: bool = True) -> int:
    environ = _environ(address, customers)
    done = subprocess.run(
        [sys.executable, *command], cwd=env.BASE_DIR, env=environ, check=check, timeout=1800
    )
    return done.returncode
