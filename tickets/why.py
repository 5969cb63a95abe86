"""Why a clock stands as it does: who started it, what it rested for, what was counted each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import accumulate, pairwise
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from desk import time_text
from desk.models import Calendar, Terms
from desk.operations.calendars import special_days
from desk.words import DueKind, Stands
from tickets import event_words
from tickets.business_time import SECOND
from tickets.clock_days import Day, by_day
from tickets.clock_values import Span
from tickets.clock_words import Told
from tickets.models import Clock, Entry, Handling, Note, Ticket
from tickets.operations.clocking import calendar_of

SHOWN_DAYS = 14
"""Days of the table that are shown one by one; what lies before them is one line."""

RULES = {
    DueKind.FIRST_RESPONSE: gettext_lazy(
        "The first response is the first word of a person of ours; a holding reply counts."
    ),
    DueKind.NEXT_RESPONSE: gettext_lazy(
        "Runs from the first message we have not answered; further messages don't start it again."
    ),
    DueKind.REAL_ANSWER: gettext_lazy(
        "We said that we are looking into it. A second holding reply is not the answer."
    ),
    DueKind.PROMISE: gettext_lazy("The customer was given this time. It runs day and night."),
    DueKind.RESOLUTION: gettext_lazy(
        "Runs until it is resolved for the first time; it rests while we wait for the customer."
    ),
    DueKind.TOTAL_RESOLUTION: gettext_lazy(
        "Runs until it is resolved for good: taken up again, it goes on."
    ),
}
_MARKS = {
    "started": gettext_lazy("Started"),
    "paused": gettext_lazy("Paused"),
    "resumed": gettext_lazy("Goes on"),
    "retargeted": gettext_lazy("New target"),
    "merged": gettext_lazy("Counts from earlier"),
    "reopened": gettext_lazy("Taken up again"),
    "met": gettext_lazy("Met"),
    "renegotiated": gettext_lazy("Replaced"),
    "broken": gettext_lazy("Broken"),
}


@dataclass(frozen=True)
class Step:
    """Something that happened to the clock; `seq` is its place in the trail, 0 for none."""

    at: datetime
    label: Any
    words: str = ""
    seq: int = 0
    anchor: str = ""
    is_due: bool = False


@dataclass(frozen=True)
class DayRow:
    """A day of the table; `counted` in the reader's words."""

    on: date
    hours: str
    counted: str
    note: str
    is_special: bool


@dataclass(frozen=True)
class Why:
    """Everything that made a clock what it is."""

    told: Told
    rule: Any
    verdict: str
    """late, left (running), met, met_late, rests or cancelled."""
    by: float
    """By how many seconds it is late, was met in time, or has left."""
    steps: list[Step]
    terms: Terms | None
    counted: str = ""
    target: str = ""
    days: list[DayRow] = field(default_factory=list)
    earlier: int = 0
    """Days before those of the table, and what was counted on them."""
    earlier_counted: str = ""
    zone: str = ""


def why(*, told: Told, ticket: Ticket, known: Sequence[Entry], now: datetime) -> Why:
    """Explain a clock from its row, the lines of the trail it names, and the terms it ran by.

    Entries that are `known` are not asked for.
    """
    clock = told.row
    rows, handling = _rows(ticket, clock, known), ticket.handling
    book = _terms(handling, rows)
    terms = None if clock.kind == DueKind.PROMISE else _own_terms(clock, handling, rows, book)
    steps = [_step(mark, clock, rows, book) for mark in clock.log]
    verdict, by = _verdict(clock, now)
    found = Why(
        told=told,
        rule=RULES[DueKind(clock.kind)],
        verdict=verdict,
        by=by,
        steps=sorted([*steps, *_due(clock)], key=lambda step: step.at),
        terms=terms,
    )
    return found if terms is None else _counted(found, clock, terms, now)


Rows = Mapping[int, Entry | Note]


def _rows(ticket: Ticket, clock: Clock, known: Sequence[Entry]) -> Rows:
    """What stands at the places of the trail that its log names, and every change of terms."""
    seqs = {seq or 1 for _at, _what, seq, _due_at in clock.log}
    found: dict[int, Entry | Note] = {entry.seq: entry for entry in known if entry.seq in seqs}
    if left := seqs - found.keys():
        found |= {row.seq: row for row in ticket.entries.filter(seq__in=left)}
    left, handling = seqs - found.keys(), ticket.handling
    if left or handling.first_terms_id != handling.terms_id:
        wanted = Q(seq__in=left) | Q(field="terms")
        found |= {row.seq: row for row in ticket.notes.filter(wanted, kind=Note.Kind.EVENT)}
    return found


def _terms(handling: Handling, rows: Rows) -> dict[int, Terms]:
    known = {handling.terms.pk: handling.terms} if handling.terms else {}
    asked = {handling.first_terms_id}
    for row in rows.values():
        if isinstance(row, Note) and row.field == "terms":
            asked |= {int(row.old), int(row.new)}
    left = [pk for pk in asked if pk and pk not in known]
    return known | (Terms.objects.in_bulk(left) if left else {})


def _own_terms(
    clock: Clock, handling: Handling, rows: Rows, book: Mapping[int, Terms]
) -> Terms | None:
    """The terms it runs by, or ran by when it ended: later ones are none of its."""
    last = clock.log[-1][2] if clock.ended_at else None
    current = handling.first_terms_id or handling.terms_id
    for seq, row in sorted(rows.items()):
        if isinstance(row, Note) and row.field == "terms" and (last is None or seq <= last):
            current = int(row.new)
    return book.get(current or 0)


# --- What happened --------------------------------------------------------------------------------


def _step(mark: Sequence[Any], clock: Clock, rows: Rows, book: Mapping[int, Terms]) -> Step:
    at, what, seq, due_at = mark
    row = rows.get(seq or 1)
    label = _MARKS.get(what, _("Cancelled"))
    words = _deed(row)
    if what == "retargeted" and isinstance(row, Note):
        words = _retargeted(row, clock, due_at, book)
    anchor = f"entry-{row.pk}" if isinstance(row, Entry) else ""
    return Step(
        at=datetime.fromisoformat(at), label=label, words=words, seq=seq or 1, anchor=anchor
    )


def _deed(row: Entry | Note | None) -> str:
    """Who wrote or did what."""
    if row is None:
        return ""
    if isinstance(row, Note):
        return event_words.sentence(row)
    return event_words.said(row)


def _retargeted(row: Note, clock: Clock, due_at: str | None, book: Mapping[int, Terms]) -> str:
    """The terms before and after, and when it was due by the old ones."""
    old, new = book.get(int(row.old)), book.get(int(row.new))
    words = event_words.change_of_terms(old, new)
    before, after = (terms.targets.get(clock.kind) if terms else None for terms in (old, new))
    if before and after and before != after:
        targets = {"old": time_text.write(before), "new": time_text.write(after)}
        words += _("; %(old)s became %(new)s") % targets
    if due_at:
        was = timezone.localtime(datetime.fromisoformat(due_at))
        words += _("; it was due %(time)s") % {"time": event_words.moment(was)}
    return words


def _due(clock: Clock) -> list[Step]:
    """The moment it was or will be due, among what happened."""
    if clock.due_at is None or clock.stands == Stands.CANCELLED:
        return []
    label = _("Due: calendar not published") if clock.is_provisional else _("Due")
    return [Step(at=clock.due_at, label=label, is_due=True)]


def _verdict(clock: Clock, now: datetime) -> tuple[str, float]:
    """How it stands or ended, and by how many seconds."""
    due, end = clock.due_at, clock.ended_at or now
    if clock.stands == Stands.CANCELLED:
        return "cancelled", 0
    if due is None:
        return "rests", 0
    by = abs((end - due).total_seconds())
    if clock.state_at(now) == "breached":
        return ("met_late" if clock.ended_at else "late"), by
    return ("met" if clock.ended_at else "left"), by


# --- What was counted -----------------------------------------------------------------------------


def _counted(found: Why, clock: Clock, terms: Terms, now: datetime) -> Why:
    calendar = calendar_of(terms)
    spans: list[Span] = [
        (datetime.fromisoformat(since), event_words.time_of(till or ""))
        for since, till in clock.spans
    ]
    until = clock.ended_at or now
    days = by_day(spans, calendar, until)
    shown, before = days[-SHOWN_DAYS:], days[:-SHOWN_DAYS]
    names = _names(terms, [day.on for day in shown if day.is_special])
    seconds = _whole_seconds(days)
    return replace(
        found,
        counted=_duration(sum(seconds)),
        target=_duration(clock.target),
        days=[
            _row(day, count, names.get(day.on, ""))
            for day, count in zip(shown, seconds[len(before) :], strict=True)
        ],
        earlier=len(before),
        earlier_counted=_duration(sum(seconds[: len(before)])),
        zone=calendar.zone,
    )


def _whole_seconds(days: Sequence[Day]) -> list[int]:
    """Seconds of each day, so rounded that they add up to those of all days."""
    sums = [total // SECOND for total in accumulate((day.counted for day in days), initial=0)]
    return [after - before for before, after in pairwise(sums)]


def _row(day: Day, seconds: int, name: str) -> DayRow:
    hours = [f"{opens:%H:%M}–{_closing(closes)}" for opens, closes in day.ranges]
    return DayRow(
        on=day.on,
        hours=", ".join(hours) or pgettext("of a day", "closed"),
        counted=_duration(seconds),
        note=_note(day, name),
        is_special=day.is_special,
    )


def _closing(closes: time) -> str:
    return "24:00" if closes in (time.max, time.min) else f"{closes:%H:%M}"


def _note(day: Day, name: str) -> str:
    """Why the day is not like its weekday; that its holidays are not published."""
    parts = []
    if day.is_special:
        usual = pgettext("of a day", "closed") if not day.ranges else _("open by way of exception")
        parts.append(f"{name}: {usual}" if name else usual)
    if not day.is_published:
        parts.append(_("calendar not published"))
    return ", ".join(parts)


def _names(terms: Terms, days: Sequence[date]) -> dict[date, str]:
    """What those days are called in the calendar as it is today, in the reader's language."""
    calendar: Calendar | None = terms.calendar if days else None
    if calendar is None:
        return {}
    special = special_days(calendar, today=days[-1], language=get_language() or "en")
    return {
        day: special[day].name or str(special[day].because.label) for day in days if day in special
    }


def _duration(seconds: int) -> str:
    """To the second where it is no whole minute."""
    return time_text.write(seconds) or _("0 min")
