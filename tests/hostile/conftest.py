"""The ledger of each test, its scene, and one table of all of them at the end of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from customers.models import Customer
from desk import segmenting
from tests.doors import DeskClient, PortalClient
from tests.hostile.legs import Scene
from tests.hostile.visiting import Ledger, Visitor
from tickets.models import Contact


@pytest.fixture
def ledger(db: None, record_property: Any) -> Iterator[Ledger]:
    """What this test sends is counted here; its figures are told in the summary."""
    segmenting.lexemes("预热")  # the dictionary is loaded once, and counts for no case
    kept = Ledger()
    yield kept
    for name, figure in kept.figures():
        record_property(f"hostile {name}", figure)


@pytest.fixture
def scene(
    acme: Customer, ada: User, olga: Contact, uma: Contact,
    desk_client: DeskClient, portal_client: PortalClient, ledger: Ledger,
) -> Scene:  # fmt: skip
    """Ada at the desk, Olga in Acme's portal, a stranger at each."""
    return Scene(
        acme, ada, olga, uma,
        desk=Visitor("desk", desk_client(ada), ledger),
        portal=Visitor("portal", portal_client(olga), ledger),
        stranger=Visitor("portal, stranger", portal_client(at=acme), ledger),
        staff_stranger=Visitor("desk, stranger", desk_client(), ledger),
        ledger=ledger,
    )  # fmt: skip


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures of the tests that ran, also when workers ran them."""
    doors: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    slowest, growth, seeds, requests, cpu = 0.0, 0, set(), 0, 0.0
    for report in terminalreporter.getreports("") + terminalreporter.getreports("failed"):
        told = {key: value for key, value in report.user_properties if key.startswith("hostile ")}
        if report.when != "teardown" or not told:
            continue
        doors.update(told["hostile doors"])
        kinds.update(told["hostile kinds"])
        slowest = max(slowest, float(told["hostile slowest"]))
        growth = max(growth, told["hostile growth"])
        requests += told["hostile requests"]
        cpu += told["hostile cpu"]
        seeds.add(told["hostile seed"])
    if not doors:
        return
    say = terminalreporter.write_line
    terminalreporter.section("hostile input")
    for door, cases in sorted(doors.items()):
        say(f"{cases:7,}  {door}")
    say(f"{doors.total():7,}  cases in {requests:,} requests and calls, {cpu:.1f} s of CPU")
    say(f"slowest {slowest:.2f} s of CPU, memory +{growth} MiB at most in a leg")
    say("by kind: " + ", ".join(f"{kind} {cases:,}" for kind, cases in kinds.most_common()))
    say(f"random seeds {sorted(seeds)} (HOSTILE_SEED=… repeats one); fixed ones every time")
