"""Visits and calls of our consultants: planned, moved, held with what was found, or called off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, Changes, changes_between, record
from customers.models import Customer, Rhythm
from followups.models import Visit, VisitPerson, VisitPicture
from tickets import files
from tickets.models import Contact
from tickets.operations.giving import can_serve
from tickets.operations.storing import TooManyFiles, Upload, kept

MOST_PICTURES = 30
"""Pictures of one visit, in all."""

_MASKED = frozenset({"words", "next_step"})


class VisitOver(Exception):
    """It was held or called off by now: open it and look."""


class CannotVisit(ValueError):
    """That person does not serve this customer; choose another consultant."""


class NoWords(ValueError):
    """Say what was found, or why it is called off."""


class NotHeldYet(Exception):
    """It was not held yet: write down what was found first."""


class HeldLater(ValueError):
    """A visit was not held in the future."""


class NoPicture(ValueError):
    """That file is no picture we can draw: JPEG, PNG, GIF or WebP."""

    def __init__(self, filename: str) -> None:
        super().__init__(filename)
        self.filename = filename


@dataclass(frozen=True)
class Doing:
    """Who does it, from where and when, at which customer; its schema is open."""

    customer: Customer
    by: User
    now: datetime
    address: str | None = None

    def tell(self, *, visit: Visit, action: str, changes: Changes) -> None:
        """Write it into the audit log; call it last in the transaction."""
        record(
            action=action,
            of=visit,
            changes=changes,
            by=By(self.by, self.address),
            now=self.now,
            customer_code=self.customer.code,
        )


@dataclass(frozen=True)
class Notes:
    """What a visit brought: when, what was found, what follows, with whom, and pictures of it."""

    held_at: datetime
    words: str
    next_step: str = ""
    people: Sequence[Contact] = ()
    pictures: Sequence[Upload] = ()


@transaction.atomic
def plan(
    *, doing: Doing, kind: str, due_on: date, consultant: User, rhythm: Rhythm | None = None
) -> Visit:
    """Plan a visit or call for somebody who serves the customer. Raises CannotVisit."""
    if not can_serve(person=consultant, customer=doing.customer):
        raise CannotVisit(consultant.pk)
    visit = Visit.objects.create(
        kind=kind,
        due_on=due_on,
        consultant=consultant,
        rhythm=rhythm,
        written_by=doing.by,
        created_at=doing.now,
        updated_at=doing.now,
    )
    told = {"kind": ["", kind], "due_on": ["", due_on.isoformat()]}
    told["consultant"] = ["", consultant.name]
    doing.tell(visit=visit, action="added", changes=told)
    return visit


@transaction.atomic
def move(*, doing: Doing, visit: Visit, due_on: date, kind: str, consultant: User) -> Visit:
    """Give an open visit another day, kind or consultant. Raises VisitOver, CannotVisit."""
    visit = _open(visit)
    is_new = consultant.pk != visit.consultant_id
    if is_new and not can_serve(person=consultant, customer=doing.customer):
        raise CannotVisit(consultant.pk)
    before = _facts(visit)
    visit.due_on, visit.kind, visit.consultant = due_on, kind, consultant
    return _save(doing, visit, before, "moved")


@transaction.atomic
def hold(*, doing: Doing, visit: Visit, notes: Notes) -> Visit:
    """Write down what a visit brought; of one that was held, better words and more pictures.

    Pictures are drawn anew (`tickets.operations.storing`), and nothing else is taken. Raises
    VisitOver, NoWords, HeldLater, NoPicture, TooManyFiles.
    """
    visit = _locked(visit)
    if visit.called_off_at is not None:
        raise VisitOver(visit.pk)
    _refuse(doing, visit, notes)
    before, is_first = _facts(visit), visit.held_at is None
    visit.held_at, visit.words = notes.held_at, notes.words.strip()
    visit.next_step, visit.written_by = notes.next_step.strip(), doing.by
    _set_people(visit, notes.people)
    for facts in kept(uploads=notes.pictures, now=doing.now):
        VisitPicture.objects.create(visit=visit, **facts)
    more = {"pictures": [0, len(notes.pictures)]} if notes.pictures else {}
    return _save(doing, visit, before, "held" if is_first else "changed", more)


@transaction.atomic
def call_off(*, doing: Doing, visit: Visit, why: str) -> Visit:
    """Say that an open visit does not take place, and why. Raises VisitOver, NoWords."""
    visit = _open(visit)
    if not why.strip():
        raise NoWords
    before = _facts(visit)
    visit.called_off_at, visit.why = doing.now, why.strip()[:300]
    return _save(doing, visit, before, "called_off")


def _locked(visit: Visit) -> Visit:
    rows = Visit.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("consultant", "problem").get(pk=visit.pk)


def _open(visit: Visit) -> Visit:
    visit = _locked(visit)
    if visit.held_at is not None or visit.called_off_at is not None:
        raise VisitOver(visit.pk)
    return visit


def held(*, visit: Visit) -> Visit:
    """The visit, locked, that was held. Raises NotHeldYet."""
    visit = _locked(visit)
    if visit.held_at is None:
        raise NotHeldYet(visit.pk)
    return visit


def _refuse(doing: Doing, visit: Visit, notes: Notes) -> None:
    if not notes.words.strip():
        raise NoWords
    if notes.held_at > doing.now:
        raise HeldLater(notes.held_at)
    for upload in notes.pictures:
        if upload.picture is None:
            raise NoPicture(files.safe_name(upload.filename))
    if visit.pictures.count() + len(notes.pictures) > MOST_PICTURES:
        raise TooManyFiles(MOST_PICTURES)


def _set_people(visit: Visit, people: Sequence[Contact]) -> None:
    wanted = {person.pk for person in people}
    rows = VisitPerson.objects.filter(visit=visit)
    rows.exclude(contact__in=wanted).delete()
    there = set(rows.values_list("contact_id", flat=True))
    VisitPerson.objects.bulk_create(
        [VisitPerson(visit=visit, contact_id=pk) for pk in sorted(wanted - there)]
    )


def _facts(visit: Visit) -> dict[str, Any]:
    """What the log tells of it; what was said stands at the customer alone, and is masked there."""
    people = sorted(visit.people.values_list("contact_id", flat=True))
    return {
        "kind": visit.kind,
        "due_on": visit.due_on.isoformat(),
        "consultant": visit.consultant.name if visit.consultant else "",
        "held_at": visit.held_at.isoformat() if visit.held_at else "",
        "called_off_at": visit.called_off_at.isoformat() if visit.called_off_at else "",
        "words": visit.words,
        "next_step": visit.next_step,
        "people": people,
    }


def _save(
    doing: Doing,
    visit: Visit,
    before: dict[str, Any],
    action: str,
    more: Changes | None = None,
) -> Visit:
    visit.updated_at = doing.now
    visit.save()
    changes = changes_between(before=before, after=_facts(visit), secret=_MASKED)
    doing.tell(visit=visit, action=action, changes=changes | (more or {}))
    return visit
