"""Counting every clock of the open customer again, and comparing all that was made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from customers.models import Customer
from desk.models import Due, Terms
from tickets.models import Alert, Clock, Entry, Handling, Note, Promise, Ticket
from tickets.operations.clock_rows import columns_of, differences
from tickets.operations.clocking import TOLD, Recounted, TermsBook, keep, recounted, shown
from tickets.operations.judging import judge
from tickets.operations.verifying_promises import promise_differences
from tickets.operations.warning import ask_step, moments

BATCH = 250
"""Tickets whose trail is in memory at a time."""

_UNREAD = ("body", "salt", "digest", "link")
_ALERTS = ("clock__kind", "clock__seq", "level", "percent", "delay", "target")


@dataclass
class Told:
    """A ticket with all of its trail that a clock is told, and all that is kept of its clocks."""

    ticket: Ticket
    entries: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    taken: set[tuple[Any, ...]] = field(default_factory=set)
    has_step: bool = False

    @property
    def handling(self) -> Handling:
        return self.ticket.handling

    def recounted(self, book: TermsBook, now: datetime) -> Recounted:
        """Its clocks, counted from the trail alone. Raises Terms.DoesNotExist."""
        return recounted(
            ticket=self.ticket,
            handling=self.handling,
            entries=self.entries,
            notes=self.notes,
            book=book,
            now=now,
        )


def clock_differences(*, customer: Customer, now: datetime) -> Iterator[tuple[int, str, bool]]:
    """Give number, what differs, and whether it can be mended, of every ticket that was counted.

    A ticket that differs is looked at once more while nobody can write to it; what is about to be
    judged is left out.
    """
    book = TermsBook(customer)
    for ids in _batches(_counted(customer)):
        for one in _told(ids, customer):
            if not _differences(one, book, now):
                continue
            with transaction.atomic():
                for again in _locked(one.ticket.pk, customer):
                    found = _differences(again, book, now)
                    yield from ((one.ticket.number, what, mends) for what, mends in found)


def not_yet_counted(*, customer: Customer) -> int:
    """How many tickets were judged before there were clocks and have none: no difference."""
    return _uncounted(customer).count()


def mend_clocks(*, customer: Customer, now: datetime) -> None:
    """Make the rows of clocks anew where they differ, and count what was not counted yet."""
    book = TermsBook(customer, is_kept=True)
    for ids in _batches(_counted(customer)):
        for one in _told(ids, customer):
            if any(mends for _what, mends in _differences(one, book, now)):
                _mend(one.ticket.pk, customer, book, now)
    for ticket_id in list(_uncounted(customer).values_list("pk", flat=True)):
        judge(customer=customer, ticket_id=ticket_id, now=now, quiet=True, indexes=False, book=book)


@transaction.atomic
def _mend(ticket_id: int, customer: Customer, book: TermsBook, now: datetime) -> None:
    for one in _locked(ticket_id, customer):
        handling = Handling.objects.select_for_update().get(ticket_id=ticket_id)
        found = one.recounted(book, now)
        keep(ticket=one.ticket, handling=handling, found=found)
        handling.save()
        ask_step(ticket=one.ticket, handling=handling, found=found.clocks, book=book, now=now)


def _differences(one: Told, book: TermsBook, now: datetime) -> list[tuple[str, bool]]:
    try:
        found = one.recounted(book, now)
    except Terms.DoesNotExist:
        return [("the terms it was judged by are not there", False)]
    return [
        *((what, True) for what in _of_rows(one, found)),
        *((what, True) for what in _of_the_handling(one, found)),
        *((what, True) for what in _of_steps(one, found, book)),
        *(
            (what, False)
            for what in promise_differences(given=one.promises, clocks=found.clocks, now=now)
        ),
    ]


def _of_rows(one: Told, found: Recounted) -> Iterator[str]:
    kept = {(row.kind, row.seq): row for row in one.clocks}
    for clock in found.clocks:
        row = kept.pop(clock.key, None)
        if row is None:
            yield f"clock {clock.kind} {clock.seq} is missing"
        elif wrong := differences(row=row, columns=columns_of(clock=clock, staff=found.staff)):
            yield f"clock {clock.kind} {clock.seq} differs in {', '.join(wrong)}"
    yield from (f"clock {kind} {seq} was never started" for kind, seq in kept)


def _of_the_handling(one: Told, found: Recounted) -> Iterator[str]:
    columns = shown(ticket=one.ticket, found=found)
    wrong = [name for name, value in columns.items() if getattr(one.handling, name) != value]
    if wrong:
        yield f"what is due next differs in {', '.join(wrong)}"


def _of_steps(one: Told, found: Recounted, book: TermsBook) -> Iterator[str]:
    """What was reached before the ticket came to us (an import) tells nobody; the rest is asked."""
    judged_at = one.handling.judged_at
    if one.has_step or judged_at is None:
        return
    terms = book.of(one.handling.terms_id).terms
    reached = moments(found=found.clocks, terms=terms, is_vip=book.customer.is_vip)
    is_left = any(moment.at > judged_at and moment.key not in one.taken for moment in reached)
    if is_left or any(given.outcome == "" for given in one.promises):
        yield "nobody is asked for the next step of the ladder"


# --- Reading -------------------------------------------------------------------------------------


def _counted(customer: Customer) -> QuerySet[Ticket]:
    return Ticket.objects.filter(handling__terms_id__isnull=False).exclude(_is_awaited(customer))


def _uncounted(customer: Customer) -> QuerySet[Ticket]:
    judged = Ticket.objects.filter(
        handling__terms_id__isnull=True, handling__judged_at__isnull=False
    )
    return judged.exclude(_is_awaited(customer))


def _is_awaited(customer: Customer) -> Q:
    """Somebody will judge it in a moment."""
    rows = Due.objects.filter(customer=customer, kind=Due.Kind.JUDGE, row_id=OuterRef("pk"))
    return Q(Exists(rows))


def _batches(tickets: QuerySet[Ticket]) -> Iterator[list[int]]:
    ids = list(tickets.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _locked(ticket_id: int, customer: Customer) -> list[Told]:
    """The ticket while nobody else can write to it; nothing when it is to be judged first."""
    Ticket.objects.select_for_update(no_key=True).get(pk=ticket_id)
    ids = list(_counted(customer).filter(pk=ticket_id).values_list("pk", flat=True))
    return _told(ids, customer)


def _told(ids: Sequence[int], customer: Customer) -> list[Told]:
    tickets = Ticket.objects.filter(pk__in=ids).select_related("handling").order_by("number")
    found = {ticket.pk: Told(ticket) for ticket in tickets}
    for entry in Entry.objects.filter(ticket__in=ids).order_by("seq").defer(*_UNREAD):
        found[entry.ticket_id].entries.append(entry)
    events = Note.objects.filter(ticket__in=ids, kind=Note.Kind.EVENT, field__in=TOLD)
    for note in events.order_by("seq").defer(*_UNREAD):
        found[note.ticket_id].notes.append(note)
    for clock in Clock.objects.filter(ticket__in=ids):
        found[clock.ticket_id].clocks.append(clock)
    for given in Promise.objects.filter(ticket__in=ids).order_by("pk"):
        found[given.ticket_id].promises.append(given)
    _add_steps(found, customer)
    return list(found.values())


def _add_steps(found: dict[int, Told], customer: Customer) -> None:
    alerts = Alert.objects.filter(clock__ticket__in=found)
    for ticket_id, *key in alerts.values_list("clock__ticket_id", *_ALERTS):
        found[ticket_id].taken.add(tuple(key))
    steps = Due.objects.filter(customer=customer, kind=Due.Kind.STEP, row_id__in=found)
    for ticket_id in steps.values_list("row_id", flat=True):
        found[ticket_id].has_step = True
