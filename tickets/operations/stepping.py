"""Taking the steps of the ladder whose time has come: each once, whoever runs twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from customers.models import Customer
from desk.models import Bell, Terms
from desk.operations.beating import back_since
from desk.words import Level
from tickets import clock as core
from tickets.models import Alert, Entry, Handling, Promise, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.clocking import SPOKEN, TermsBook, set_clocks
from tickets.operations.giving import give, least_loaded, owner_of, stand_in
from tickets.operations.hearing import heard_by
from tickets.operations.promising import break_overdue
from tickets.operations.ringing import Warned, ring_missed, ring_returned, ring_steps
from tickets.operations.warning import ANSWERS, Moment, ask_step, moments, returns_at, untaken

IN_TIME = timedelta(minutes=5)
"""How long after its moment a step still is news; later ones are bundled (docs/jobs.md)."""

FORGOTTEN = timedelta(days=7)
"""Steps older than this are taken without telling anybody: an import, a policy of today."""


@dataclass
class _Round:
    """One ticket while its steps are taken; the rows are locked."""

    ticket: Ticket
    handling: Handling
    customer: Customer
    now: datetime
    found: Sequence[core.Clock]
    owner: User | None
    back_since: datetime | None
    warned: list[tuple[datetime, Warned]] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """What every bell says."""
        return {"ticket": self.ticket, "customer": self.customer, "now": self.now}

    def is_news(self, at: datetime) -> bool:
        """Whether a step of that moment is taken in time, and not by a beat that came back."""
        is_late = self.now - at > IN_TIME
        return not is_late and (self.back_since is None or at >= self.back_since)

    @property
    def bundle(self) -> datetime:
        """Since when late steps are counted into one bell: the beat's return, or the full hour."""
        back = self.back_since
        if back is not None and timedelta(0) <= self.now - back < timedelta(hours=1):
            return back
        return self.now.replace(minute=0, second=0, microsecond=0)

    def is_away_too_long(self, terms: Terms) -> bool:
        """Whether the customer has waited for an absent owner as long as the policy allows."""
        back = returns_at(found=self.found, terms=terms, owner=self.owner, now=self.now)
        return back is not None and back <= self.now and not self.ticket.is_settled

    def tell(self, moment: Moment, kind: str) -> None:
        """Note whom a step tells; those that nobody was told of for days tell nobody."""
        if self.now - moment.at > FORGOTTEN:
            return
        step = ":".join(str(part) for part in moment.key)
        people = heard_by(
            level=moment.level, owner=self.owner, customer=self.customer, now=self.now
        )
        for user_id in people:
            one = Warned(user_id, kind, moment.clock, moment.level, step)
            self.warned.append((moment.at, one))

    def furthest(self) -> list[tuple[datetime, Warned]]:
        """Of several steps of one clock only the last for each person, in the order of people."""
        last: dict[tuple[int, tuple[str, int]], tuple[datetime, Warned]] = {}
        for at, one in sorted(self.warned, key=_reach):
            last[one.user_id, one.clock.key] = at, one
        return sorted(last.values(), key=lambda pair: (pair[1].user_id, pair[0]))


def _reach(pair: tuple[datetime, Warned]) -> tuple[datetime, bool]:
    at, one = pair
    return at, one.kind == Bell.Kind.BROKEN


@transaction.atomic
def take_steps(*, customer: Customer, ticket_id: int, now: datetime) -> list[Alert]:
    """Take every step of the ticket's clocks whose time has come by `now`, and ask for the next.

    People hear of it by bells: of what is more than IN_TIME late, or waited for an absent beat, by
    one for all of it. The open promise is broken when its time has passed. An overdue ticket goes
    to whoever has the least to do where the policy says so, an absent owner's to whom stands in.
    Safe to repeat.
    """
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket_id)
    handling = Handling.objects.select_for_update().get(ticket=ticket)
    broken = break_overdue(ticket=ticket, now=now)
    book = TermsBook(customer)
    entries = list(ticket.entries.order_by("seq"))
    found = set_clocks(ticket=ticket, handling=handling, entries=entries, book=book, now=now)
    terms = book.of(handling.terms_id).terms
    around = _Round(ticket, handling, customer, now, found, owner_of(handling), back_since())
    reached = moments(found=found, terms=terms, is_vip=customer.is_vip)
    steps = untaken(ticket=ticket, reached=[one for one in reached if one.at <= now])
    late = [step for step in steps if terms.reassigns and _breaches(around, step, entries)]
    for step in steps:
        around.tell(step, Bell.Kind.SOON if step.percent < 100 else Bell.Kind.LATE)
    for step in _breaks(broken, found):
        around.tell(step, Bell.Kind.BROKEN)
    alerts = _write(around, steps)
    if late:
        _reassign(around, late[0])
    elif around.owner is not None and around.is_away_too_long(terms):
        _return(around, around.owner)
    handling.save()
    ask_step(ticket=ticket, handling=handling, found=found, book=book, now=now, is_taken=True)
    _ring(around)
    return alerts


def _write(around: _Round, steps: Sequence[Moment]) -> list[Alert]:
    clocks = {(row.kind, row.seq): row for row in around.ticket.clocks.all()} if steps else {}
    return Alert.objects.bulk_create(
        Alert(
            clock=clocks[step.clock.key],
            level=step.level,
            percent=step.percent,
            delay=step.delay,
            target=step.clock.target,
            reached_at=step.at,
            raised_at=around.now,
        )
        for step in steps
    )


def _breaks(broken: Promise | None, found: Sequence[core.Clock]) -> Iterator[Moment]:
    """Owner and lead hear that a promise was broken, whatever the policy's ladder says."""
    running = [one for one in found if one.kind == "promise" and one.stands == "running"]
    if broken is not None:
        for level in (Level.OWNER, Level.LEAD):
            yield from (Moment(broken.due_at, clock, level, 100, 0) for clock in running)


def _ring(around: _Round) -> None:
    """In the order of people, last of all: others who ring for the same people wait shortly."""
    told = around.furthest()
    fresh = [one for at, one in told if around.is_news(at)]
    ring_steps(warned=fresh, **around.facts)
    late = [one for at, one in told if not around.is_news(at)]
    ring_missed(warned=late, since=around.bundle, **around.facts)


# --- Whose it is now -----------------------------------------------------------------------------


def _breaches(around: _Round, step: Moment, entries: Sequence[Entry]) -> bool:
    """Whether the step says for the first time that an answer is overdue and we are silent."""
    if (
        around.ticket.is_settled
        or step.clock.kind not in ANSWERS
        or (step.level, step.percent) != (Level.OWNER, 100)
        or around.now - step.at > FORGOTTEN
    ):
        return False
    spoke = any(
        entry.seq > step.clock.seq
        and entry.author_kind == AuthorKind.STAFF
        and entry.kind in SPOKEN
        for entry in entries
    )
    kind, seq = step.clock.key
    before = Alert.objects.filter(
        clock__ticket=around.ticket, clock__kind=kind, clock__seq=seq, level=Level.OWNER,
        percent=100,
    )  # fmt: skip
    return not spoke and not before.exists()


def _reassign(around: _Round, step: Moment) -> None:
    to = least_loaded(customer=around.customer, now=around.now, besides=around.handling.owner_id)
    if to is None:
        return
    give(handling=around.handling, to=to, **around.facts)
    if around.owner is not None and around.is_news(step.at):
        ring_returned(owner=around.owner, to=to, clock=step.clock.kind, **around.facts)


def _return(around: _Round, owner: User) -> None:
    to = stand_in(owner=owner, customer=around.customer, now=around.now)
    if to is not None:
        give(handling=around.handling, to=to, **around.facts)
        ring_returned(owner=owner, to=to, **around.facts)
