"""The work of an import: one customer's tickets after another, in this process or in several."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import Any

from django.db import connection

from customers.inside import NoSuchCustomer, inside
from customers.models import Customer
from tickets.importing.words import BadRow, ImportedTicket
from tickets.management.waking import wake
from tickets.operations.importing import NotImportable, People, import_ticket, known_keys

Group = list[ImportedTicket]


@dataclass
class Effort:
    """How many statements the database was given, and how long we waited for it."""

    statements: int = 0
    seconds: float = 0.0

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.statements += 1
            self.seconds += time.perf_counter() - started


@dataclass
class Outcome:
    """What became of some tickets."""

    imported: int = 0
    known: int = 0
    bad: list[BadRow] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    effort: Effort = field(default_factory=Effort)
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """How many tickets this is about."""
        return self.imported + self.known + len(self.bad)

    def add(self, other: Outcome) -> None:
        """Count what became of further tickets."""
        self.imported += other.imported
        self.known += other.known
        self.bad += other.bad
        self.notices += other.notices
        self.effort.statements += other.effort.statements
        self.effort.seconds += other.effort.seconds
        self.seconds += other.seconds


def take_over(*, group: Group, customer_id: int, now: datetime) -> Iterator[Outcome]:
    """Import one customer's tickets, oldest first, so that numbers follow time; tell of each."""
    try:
        with inside(customer_id) as customer:
            known = known_keys(source=group[0].source)
            people = People(customer=customer, source=group[0].source, colleagues={})
            for one in sorted(group, key=lambda one: (one.opened_at, one.line)):
                if one.key in known:
                    yield Outcome(known=1)
                else:
                    yield _one(one, people, now)
    except NoSuchCustomer:
        for one in group:
            yield Outcome(bad=[_left_out(one, "its customer is not open")])


def _one(one: ImportedTicket, people: People, now: datetime) -> Outcome:
    outcome, started = Outcome(), time.perf_counter()
    try:
        with connection.execute_wrapper(outcome.effort):
            import_ticket(imported=one, people=people, now=now)
        outcome.imported = 1
        outcome.notices = [f"line {one.line}: {notice}" for notice in one.notices]
    except NotImportable as refused:
        outcome.bad.append(_left_out(one, str(refused)))
    outcome.seconds = time.perf_counter() - started
    return outcome


def _left_out(one: ImportedTicket, reason: str) -> BadRow:
    return BadRow(line=one.line, reason=reason, raw={"key": one.key})


def take_over_all(
    groups: dict[str, Group], *, customers: dict[str, Customer], now: datetime, jobs: int
) -> Iterator[Outcome]:
    """Import all groups, by customer code; with several jobs each takes a customer at a time.

    The names of our people must be known before (`People.colleague`), so that no two jobs add one.
    """
    work = {code: customers[code].pk if code in customers else 0 for code in groups}
    if jobs == 1 or len(groups) == 1:
        for code, group in groups.items():
            yield from take_over(group=group, customer_id=work[code], now=now)
        return
    largest_first = sorted(groups, key=lambda code: -len(groups[code]))
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=wake) as pool:
        tasks = [pool.submit(_leg, groups[code], work[code], now) for code in largest_first]
        for task in as_completed(tasks):
            yield task.result()


def _leg(group: Group, customer_id: int, now: datetime) -> Outcome:
    total = Outcome()
    for outcome in take_over(group=group, customer_id=customer_id, now=now):
        total.add(outcome)
    return total
