"""How long laying a customer and the verbs of a ticket take, without a request around them.

Each figure is also given as a multiple of a floor measured in the same run: one row saved and read
through Django. Run by `make bench` in a process of its own; exits 1 when one is over its budget.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connections
from django.utils import timezone

from accounts.models import User
from customers.inside import inside
from customers.models import Customer, Plan
from customers.operations import lay
from customers.roles import OWNER
from servicedesk import zones
from tests import cast, databases
from tests.cast import make_contact
from tickets import operations

BUDGET = Path(__file__).with_name("budget.toml")
CUSTOMERS = 20
TICKETS = 150
QUESTION = "<p>导出月结报表后金额列为空, please help.</p>"
ANSWER = "<p>Refresh the ledger, then export again.</p>"


@dataclass(frozen=True)
class Figure:
    """One thing measured: the median of its times, in milliseconds."""

    name: str
    milliseconds: float


def timed(name: str, times: int, work: Callable[[int], object]) -> Figure:
    """Do something so often and give the median time."""
    spent = []
    for place in range(times):
        started = time.perf_counter()
        work(place)
        spent.append((time.perf_counter() - started) * 1000)
    return Figure(name, median(spent))


def measure() -> list[Figure]:
    """The floor first, then laying and a ticket's way through the verbs."""
    return [
        timed("floor: save and read a row", 300, save_and_read),
        *laying(),
        *handling(),
    ]


def save_and_read(place: int) -> None:
    """The least a page does with the database: one row written and read again by Django."""
    plan = Plan.objects.create(code=f"floor-{place}", name="Floor")
    Plan.objects.get(pk=plan.pk)


def laying() -> list[Figure]:
    """Laying a customer, after the migrations have been planned once."""

    def lay_one(place: int) -> None:
        lay(code=f"bench-{place}", name=f"Bench {place}", now=timezone.now())

    lay_one(CUSTOMERS)
    return [timed("lay a customer", CUSTOMERS, lay_one)]


def handling() -> list[Figure]:
    """A ticket asked, answered and judged by the verbs, with the desk's login."""
    zones.use(zones.DESK)
    now, ada = timezone.now(), User.objects.get(email="ada@desk.test")
    with inside(Customer.objects.get(code="bench-1").pk) as customer:
        uma = make_contact(name="Uma", email="uma@bench.test")

        def handle(place: int) -> None:
            ticket = operations.open_ticket(
                requester=uma,
                subject=f"Invoice {place}",
                body=QUESTION,
                kind="fault",
                now=now,
                quiet=True,
            )
            operations.reply(
                ticket=ticket, by=ada, body=ANSWER, now=now, wait=timedelta(0), quiet=True
            )
            operations.judge(customer=customer, ticket_id=ticket.pk, now=now, quiet=True)

        handle(0)  # loads the dictionary
        return [timed("open, reply, judge", TICKETS, handle)]


def report(figures: list[Figure], budget: dict[str, float]) -> bool:
    """Print the table; say whether every figure is within its budget."""
    floor = figures[0].milliseconds
    print(f"{'':32}{'ms':>9}{'floors':>9}{'budget':>9}")
    is_within = True
    for figure in figures:
        floors = figure.milliseconds / floor
        allowed = budget.get(figure.name, float("inf"))
        over = "  OVER" if floors > allowed else ""
        is_within = is_within and not over
        print(f"{figure.name:32}{figure.milliseconds:9.2f}{floors:9.1f}{allowed:9.0f}{over}")
    tickets = next(figure for figure in figures if figure.name == "open, reply, judge")
    print(f"tickets through the verbs: {1000 / tickets.milliseconds:.0f}/s in one process")
    return is_within


def run() -> int:
    """Measure on a database of our own, which is dropped at the end."""
    settings.PASSWORD_HASHERS = ["tests.cast.QuickArgon2"]
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.BROKER_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    slot = databases.take_slot()
    try:
        databases.lay_public(slot)
        cast.lay_the_world()
        databases.work_on(slot.prefix, zone=OWNER)
        figures = measure()
    finally:
        connections["default"].close()
        slot.drop()
        slot.lock.close()
    return 0 if report(figures, tomllib.loads(BUDGET.read_text())["verbs"]) else 1
