"""Warnings and the ladder: when a clock's steps are reached, and when to look for them next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from desk.models import Due, Terms
from desk.operations import due
from tickets import business_time
from tickets import clock as core
from tickets.business_time import SECOND
from tickets.clock_course import reached_within
from tickets.models import Alert, Handling, Ticket
from tickets.operations.clocking import TermsBook, calendar_of
from tickets.operations.giving import owner_of
from tickets.operations.vows import open_promise

ANSWERS: tuple[core.Kind, ...] = ("first_response", "next_response", "real_answer")
"""Kinds of clocks by which a customer waits for our words."""

TRY_AGAIN = timedelta(minutes=10)
"""After this a step is looked at again that could not be taken: nobody was here to give it to."""

_MOMENT = timedelta(microseconds=1)


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


def returns_at(
    *, found: Sequence[core.Clock], terms: Terms, owner: User | None, now: datetime
) -> datetime | None:
    """When an unsettled ticket is given back: its owner is away while the customer waits.

    That is `Terms.returns_after` business seconds after a clock of theirs began to count, or the
    owner left, whichever is later. None: never, or the owner is back by then, or by now.
    """
    after = terms.returns_after
    if after is None or owner is None or owner.away_from is None:
        return None
    calendar = calendar_of(terms)
    waited = [
        reached_within(_since(clock, owner.away_from), after * SECOND, calendar)
        for clock in found
        if clock.kind in ANSWERS and clock.stands == "running"
    ]
    first = min((at for at in waited if at is not None), default=None)
    if first is None or owner.away_until is None:
        return first
    return first if max(first, now) < owner.away_until else None


def _since(clock: core.Clock, since: datetime) -> list[tuple[datetime, datetime | None]]:
    return [(max(start, since), end) for start, end in clock.spans if end is None or end > since]


def ask_step(
    *,
    ticket: Ticket,
    handling: Handling,
    found: Sequence[core.Clock],
    book: TermsBook,
    now: datetime,
    is_taken: bool = False,
) -> None:
    """Have the next step of the ladder taken when its time has come; none, when none is left.

    The breaking of the open promise and the return of an absent owner's ticket are steps too. What
    should have been done by now but was not, although all was taken, is looked at again later.
    """
    terms, customer = book.of(handling.terms_id).terms, book.customer
    reached = list(moments(found=found, terms=terms, is_vip=customer.is_vip))
    times = [moment.at for moment in untaken(ticket=ticket, reached=reached)[:1]]
    times += _breaks_at(ticket, found)
    if terms.returns_after is not None and not ticket.is_settled:
        back = returns_at(found=found, terms=terms, owner=owner_of(handling), now=now)
        times += [back] if back is not None else []
    later = now + TRY_AGAIN
    wanted = [later if is_taken and at <= now else at for at in times]
    due.set_time(
        customer_id=customer.pk,
        kind=Due.Kind.STEP,
        row_id=ticket.pk,
        due_at=min(wanted, default=None),
    )


def _breaks_at(ticket: Ticket, found: Sequence[core.Clock]) -> list[datetime]:
    """The first moment at which the open promise is broken."""
    if not any(one.kind == "promise" and one.stands == "running" for one in found):
        return []
    given = open_promise(ticket)
    return [given.due_at + _MOMENT] if given is not None else []
