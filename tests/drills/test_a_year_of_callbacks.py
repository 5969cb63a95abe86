"""A year of quarterly callbacks over many customers: as often as planned, never too soon.

DRILL_CUSTOMERS says how many (1,000). The year is 2027, which no due row of the database's clock
reaches: the drill does what is due in its order and hands over the time of it; each thing is done
twice, as by two beats. At every tenth customer somebody has a ticket resolved every other month.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.operations import lay
from desk import doing
from desk.models import CallbackItem, CallbackPlan, Due
from desk.operations import due
from desk.operations.callback_plans import lay_due
from servicedesk import zones
from tests.cast import make_contact, make_ticket
from tests.living import Live
from tickets import operations, tasks
from tickets.models import Contact

pytestmark = [pytest.mark.drill, pytest.mark.real_logins, pytest.mark.timeout(3000)]

CUSTOMERS = int(os.environ.get("DRILL_CUSTOMERS", "1000"))
FEW = 10
SEED = datetime(2026, 12, 15, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC")
PEOPLE = (Contact.Role.EXECUTOR, Contact.Role.DECISION_MAKER)
MINE = (Due.Kind.SURVEY, Due.Kind.CALLBACK)


def test_a_year_of_callbacks(live: Live) -> None:
    began = time.monotonic()
    Customer.objects.all().update(stage=Customer.Stage.LEFT)  # the cast's own stay out of it
    _lay(0, FEW)
    few = _tick()
    _lay(FEW, CUSTOMERS)
    many = _tick()
    print(f"\n{CUSTOMERS:,} customers laid in {time.monotonic() - began:.0f} s")
    print(
        f"a tick with nothing due: {few[0]} statements, {few[1]:.2f} ms at {FEW} customers;"
        f" {many[0]} statements, {many[1]:.2f} ms at {CUSTOMERS:,}"
    )
    assert many[0] == few[0]
    began = time.monotonic()
    done = _live_through()
    spent = time.monotonic() - began
    print(
        f"the year took {spent:.0f} s: {done['survey']:,} times a plan was due at a customer,"
        f" {done['callback']:,} times a ticket, {spent / done.total() * 1000:.0f} ms each"
    )
    _check()


def _lay(first: int, last: int) -> None:
    """Customers with two people each; the due rows of all are laid by one statement."""
    zones.use(zones.OWNER)
    for number in range(first, last):
        zone = ZONES[number % len(ZONES)]
        code = f"y{number:04}"
        customer = lay(code=code, name=f"Yearly {number}", now=SEED, time_zone=zone)
        with schema_of(customer):
            for role in PEOPLE:
                make_contact(name=f"{role} {number}", email=f"{role}@{code}.test", role=role)
    zones.use(zones.DESK)
    with CaptureQueriesContext(connection) as laid:
        rows = lay_due(now=SEED)
    took = sum(float(one["time"]) for one in laid) * 1000
    print(f"\ndue rows laid: {rows:,} by {len(laid)} statements, {took:.0f} ms", flush=True)
    assert rows == last - first
    assert lay_due(now=SEED) == 0


def _tick() -> tuple[int, float]:
    """Statements of the sweep that finds nothing due, and the median of its milliseconds."""
    tasks.sweep_due()
    with CaptureQueriesContext(connection) as asked:
        tasks.sweep_due()
    times = []
    for _ in range(50):
        began = time.perf_counter()
        tasks.sweep_due()
        times.append(time.perf_counter() - began)
    return len(asked), statistics.median(times) * 1000


def _live_through() -> Counter[str]:
    """Do everything in the order it is due, and resolve tickets when their day comes."""
    customers = {one.pk: one for one in Customer.objects.filter(code__startswith="y")}
    resolved = _resolutions(list(customers.values()))
    done: Counter[str] = Counter()
    while True:
        mine = Due.objects.filter(kind__in=MINE, due_at__lt=END, customer__in=customers)
        rows = list(mine.order_by("due_at", "pk")[:200])
        until = rows[0].due_at + timedelta(hours=1) if rows else END
        while resolved and resolved[0][0] < until:
            at, customer = resolved.pop(0)
            _resolve(customer, at)
            rows = []  # what that made due may come before
        if not rows and not resolved:
            return done
        for row in rows:
            if row.due_at <= until:
                _do(row, customers[row.customer_id])
                done[row.kind] += 1


def _do(row: Due, customer: Customer) -> None:
    now = row.due_at + timedelta(seconds=1)
    with schema_of(customer):
        for _ in range(2):
            doing.doer_of(row.kind)(customer, row.row_id, now)
    due.finish(row=row)


def _resolutions(customers: list[Customer]) -> list[tuple[datetime, Customer]]:
    """Every other month at every tenth customer, on days of their own."""
    first = datetime(2027, 1, 4, 9, tzinfo=UTC)
    return sorted(
        (
            (first + timedelta(days=60 * month + number % 27), customer)
            for number, customer in enumerate(customers[::10])
            for month in range(6)
        ),
        key=lambda one: one[0],
    )


def _resolve(customer: Customer, at: datetime) -> None:
    ada = User.objects.get(email="ada@desk.test")
    with schema_of(customer):
        asker = Contact.objects.get(role=Contact.Role.EXECUTOR)
        ticket = make_ticket(now=at, requester=asker)
        operations.resolve(ticket=ticket, by=ada, now=at)
        due.set_time(customer_id=customer.pk, kind=Due.Kind.CALLBACK, row_id=ticket.pk, due_at=at)


def _check() -> None:
    """Each person four times by the plan, and never twice within its days by whatever plan."""
    plan = CallbackPlan.objects.get(kind="periodic")
    zone_of = dict(Customer.objects.values_list("pk", "time_zone"))
    times: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    periods: dict[tuple[int, int], list[str]] = defaultdict(list)
    items = CallbackItem.objects.filter(customer__code__startswith="y").order_by("asked_at")
    for item in items.iterator():
        person = (item.customer_id, item.contact_id)
        times[person].append(item.asked_at)
        if item.plan_id == plan.pk:
            periods[person].append(item.period)
            here = item.asked_at.astimezone(ZoneInfo(zone_of[item.customer_id]))
            assert here.weekday() < 5, item
            assert 10 <= here.hour < 18, item
    quarters = [f"2027-{month:02}-01" for month in (1, 4, 7, 10)]
    assert len(periods) == CUSTOMERS * len(PEOPLE)
    assert all(found == quarters for found in periods.values())
    between = [later - earlier for all_of in times.values() for earlier, later in pairwise(all_of)]
    assert min(between) >= timedelta(days=plan.fatigue_days)
    asked = sum(len(found) for found in periods.values())
    after = sum(len(found) for found in times.values()) - asked
    print(
        f"asked by the plan {asked:,} times, {len(quarters)} times each of {len(periods):,} people;"
        f" after tickets {after:,} times; the least time between two askings of one person:"
        f" {min(between)}"
    )
