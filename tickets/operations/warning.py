"""Warnings and the ladder: who is told when a clock nears its time or passes it, each step once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.models import Customer
from desk.models import Due, Terms
from desk.operations import due
from tickets import business_time
from tickets import clock as core
from tickets.business_time import SECOND
from tickets.clock_course import reached_within
from tickets.models import Alert, Ticket


@dataclass(frozen=True)
class Moment:
    """When a step of the ladder is reached by a clock; `step` is what tells it from others."""

    at: datetime
    clock: core.Clock
    level: str
    percent: int
    delay: int

    @property
    def key(self) -> tuple[str, int, str, int, int, int]:
        return (*self.clock.key, self.level, self.percent, self.delay, self.clock.target)


def moments(*, found: Sequence[core.Clock], terms: Terms, is_vip: bool) -> Iterator[Moment]:
    """Every step that the running clocks have reached or will reach, in no order.

    A clock that rests reaches nothing more; for VIP customers the delays are half.
    """
    for clock in (one for one in found if one.stands == "running"):
        for kind, level, percent, delay in terms.steps:
            if kind not in ("", clock.kind):
                continue
            at = _reached(clock, percent, delay // 2 if is_vip else delay)
            if at is not None:
                yield Moment(at, clock, level, percent, delay)


def _reached(clock: core.Clock, percent: int, delay: int) -> datetime | None:
    if clock.kind != "promise":
        wanted = clock.target * SECOND * percent // 100 + delay * SECOND
        return reached_within(clock.spans, wanted, clock.calendar)
    at = clock.started_at + timedelta(seconds=clock.target) * percent / 100
    return business_time.reached(at, delay * SECOND, clock.calendar) if delay else at


def untaken(*, ticket: Ticket, reached: Sequence[Moment]) -> list[Moment]:
    """Those of the moments whose step was not taken yet, the earliest first."""
    taken = set(
        Alert.objects.filter(clock__ticket=ticket).values_list(
            "clock__kind", "clock__seq", "level", "percent", "delay", "target"
        )
    )
    left = [moment for moment in reached if moment.key not in taken]
    return sorted(left, key=lambda moment: moment.at)


def ask_step(
    *, ticket: Ticket, found: Sequence[core.Clock], terms: Terms, customer: Customer
) -> None:
    """Have the next step of the ladder taken when its time has come; none, when none is left."""
    reached = list(moments(found=found, terms=terms, is_vip=customer.is_vip))
    left = untaken(ticket=ticket, reached=reached)
    due.set_time(
        customer_id=customer.pk,
        kind=Due.Kind.STEP,
        row_id=ticket.pk,
        due_at=left[0].at if left else None,
    )
