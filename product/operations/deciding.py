"""Deciding at a triage meeting: what is one problem, its class, who has it and by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.policy import Role
from desk.kick import kick
from desk.models import Due
from desk.operations import due
from product.models import Event, Meeting, MeetingItem, Problem
from product.operations import listing
from product.operations.events import log
from product.operations.problems import CHANGEABLE, change_problem, held_standing, make_problem
from product.operations.triage import touch

AT_ONCE = 500
"""Lines that are grouped at once."""


class Moved(Exception):
    """Somebody changed it meanwhile: see what, then say it again. Holds the events."""

    def __init__(self, events: Sequence[Event]) -> None:
        super().__init__(f"{len(events)} changes meanwhile")
        self.events = list(events)


class Taken(Exception):
    """Somebody grouped some of these lines meanwhile; holds the problems they are in."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(one.key for one in problems))
        self.problems = list(problems)


class TooMany(ValueError):
    """More lines than can be grouped at once; group them in parts."""


class NothingChosen(ValueError):
    """None of these lines is on the list; choose some."""


class Incomplete(ValueError):
    """It cannot leave the list: `missing` names what it lacks."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = list(missing)


def missing(problem: Problem) -> list[str]:
    """What a problem lacks to leave the list: kind, owner, engineer, due_on, material."""
    lacks = [name for name in ("kind", "owner", "due_on") if not getattr(problem, name)]
    if problem.kind == Problem.Kind.TECHNICAL and problem.owner is not None:
        lacks += [] if problem.owner.role == Role.ENGINEER else ["engineer"]
    if problem.kind == Problem.Kind.USAGE and not problem.material:
        lacks.append("material")
    return lacks


@transaction.atomic
def group(
    *,
    meeting: Meeting,
    items: Sequence[int],
    by: User,
    now: datetime,
    problem: Problem | None = None,
    title: str = "",
    kind: str = "",
) -> Problem:
    """Say that these lines are one problem: a new one by its title, or one that there is.

    Their tickets are linked by the workers, each inside its customer. Raises Closed, Taken,
    TooMany and NothingChosen.
    """
    meeting = touch(meeting=meeting)
    listing.adopt(meeting=meeting)
    rows = _lines(meeting, items)
    if problem is None:
        problem = make_problem(title=title, kind=kind, by=by, now=now, meeting=meeting)
    else:
        problem = held_standing(problem)
        if kind and kind != problem.kind:
            change_problem(problem=problem, by=by, now=now, meeting=meeting, kind=kind)
    MeetingItem.objects.filter(pk__in=[row.pk for row in rows]).update(problem=problem, cluster=0)
    log(field="grouped", by=by, now=now, problem=problem, meeting=meeting, new=str(len(rows)))
    lines = [(row.customer_id, row.pk) for row in rows if row.customer_id]
    due.ask_at_each(rows=lines, kind=Due.Kind.TRIAGE)
    kick("tickets.tasks.sweep_due")
    return problem


def _lines(meeting: Meeting, items: Sequence[int]) -> list[MeetingItem]:
    if len(items) > AT_ONCE:
        raise TooMany(len(items))
    found = MeetingItem.objects.filter(meeting=meeting, pk__in=items, ticket_id__isnull=False)
    rows = list(found.select_for_update(of=("self",)).select_related("problem").order_by("pk"))
    if not rows:
        raise NothingChosen
    if taken := {row.problem_id: row.problem for row in rows if row.problem}:
        raise Taken(list(taken.values()))
    return rows


@transaction.atomic
def dissolve(*, meeting: Meeting, cluster: int, by: User, now: datetime) -> int:
    """Say that a proposed group is not one problem: its lines stand alone, and stay so."""
    meeting = touch(meeting=meeting)
    rows = listing.unsorted(meeting).filter(cluster=cluster, cluster__gt=0)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    MeetingItem.objects.filter(pk__in=ids).update(cluster=0)
    if ids:
        log(
            field="dissolved", by=by, now=now, meeting=meeting, new=str(len(ids)),
            body=" ".join(map(str, ids)),
        )  # fmt: skip
    return len(ids)


@transaction.atomic
def classify(
    *, meeting: Meeting, problems: Sequence[Problem], kind: str, by: User, now: datetime
) -> None:
    """Give these problems of the list a class. Raises Closed, Merged."""
    meeting = touch(meeting=meeting)
    for problem in problems:
        changed = change_problem(problem=problem, by=by, now=now, meeting=meeting, kind=kind)
        _keep_on_list(meeting, changed)


@transaction.atomic
def decide(
    *,
    meeting: Meeting,
    problem: Problem,
    seen: int,
    by: User,
    now: datetime,
    leaves: bool = False,
    **wanted: Any,
) -> Problem:
    """Change what a problem is, as `change_problem` does; with `leaves` it leaves the list.

    `seen` is the newest event of the problem its reader knew. Raises Moved when somebody changed it
    since, Incomplete, Closed, Merged.
    """
    meeting = touch(meeting=meeting)
    if since := changes_since(problem=problem, seen=seen):
        raise Moved(since)
    changed = change_problem(problem=problem, by=by, now=now, meeting=meeting, **wanted)
    _keep_on_list(meeting, changed)
    if leaves:
        if lacks := missing(changed):
            raise Incomplete(lacks)
        _settle(meeting, changed, by=by, now=now)
    return changed


def changes_since(*, problem: Problem, seen: int) -> list[Event]:
    """What was changed at a problem after that event; links of tickets are no change of it."""
    rows = Event.objects.filter(problem=problem, pk__gt=seen, field__in=[*CHANGEABLE, "merged"])
    return list(rows.select_related("release").order_by("pk"))


def _settle(meeting: Meeting, problem: Problem, *, by: User, now: datetime) -> None:
    lines = meeting.items.filter(problem=problem, settled_at__isnull=True)
    if lines.update(settled_at=now, settled_by_name=by.name):
        log(field="settled", by=by, now=now, problem=problem, meeting=meeting)


def _keep_on_list(meeting: Meeting, problem: Problem) -> None:
    """What lacks something again comes back."""
    if missing(problem):
        meeting.items.filter(problem=problem).update(settled_at=None, settled_by_name="")
