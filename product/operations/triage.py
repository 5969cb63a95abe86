"""Opening, refreshing and closing a triage meeting, and being there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Q

from accounts.models import User
from desk.kick import kick
from desk.models import Due
from desk.operations import due
from desk.operations.staff_mail import put_for_staff
from product.models import Attendance, Event, Meeting, MeetingItem, ReportItem
from product.operations import listing
from product.operations.events import log

BEAT = timedelta(seconds=3)
"""How often a screen is noted as being there."""

AT_A_SCREEN = 300
"""So many tickets are compared while somebody waits for it; more of them by a worker."""

HERE = 4 * BEAT
"""How long somebody is there after their screen was seen."""


class Closed(Exception):
    """The meeting is closed: its list and minutes stand. Open another."""


@transaction.atomic
def open_meeting(
    *, held_on: date, title: str, people: Iterable[User], by: User, now: datetime
) -> Meeting:
    """Open a meeting with these people and whoever opens it; its list draws itself up."""
    meeting = Meeting.objects.create(
        held_on=held_on, title=title.strip()[:120], opened_by=by, opened_at=now
    )
    invited = {one.pk: one for one in (by, *people)}
    Attendance.objects.bulk_create(
        [
            Attendance(meeting=meeting, user=one, joined_at=now, seen_at=now - HERE)
            for one in invited.values()
        ]
    )
    log(field="opened", by=by, now=now, meeting=meeting, new=str(meeting.held_on))
    _draw(meeting, by=by, now=now)
    return meeting


@transaction.atomic
def refresh_list(*, meeting: Meeting, by: User, now: datetime) -> int:
    """Add what came since the list was drawn; what was decided stays. Raises Closed."""
    return _draw(touch(meeting=meeting), by=by, now=now)


def _draw(meeting: Meeting, *, by: User, now: datetime) -> int:
    """`old` of the event says whether more was left than a drawing takes."""
    added, is_more = listing.draw(meeting=meeting)
    left = "more" if is_more else ""
    log(field="drawn", by=by, now=now, meeting=meeting, old=left, new=str(added))
    if listing.unsorted(meeting).count() <= AT_A_SCREEN:
        _propose(meeting, now=now)
    else:
        kick("product.tasks.sweep_triage")
    return added


def propose_groups(*, now: datetime) -> int:
    """Propose groups of lists that were drawn since anybody did; how many lists that were.

    What is alike is found before the meeting is held, so that nobody waits for it.
    """
    drawn = Q(events__field="drawn")
    told = Q(events__field="proposed")
    open_ones = Meeting.objects.filter(closed_at__isnull=True).annotate(
        drawn=Max("events__pk", filter=drawn), told=Max("events__pk", filter=told)
    )
    waiting = list(open_ones.filter(Q(told__isnull=True) | Q(told__lt=F("drawn"))).order_by("pk"))
    for meeting in waiting:
        try:
            _propose(meeting, now=now)
        except Closed:
            continue
    return len(waiting)


def _propose(meeting: Meeting, *, now: datetime) -> None:
    numbers = listing.likenesses(meeting=meeting, dissolved=_dissolved(meeting))
    with transaction.atomic():
        meeting = touch(meeting=meeting)
        listing.put_together(meeting=meeting, numbers=numbers)
        groups = {number for number in numbers.values() if number}
        log(field="proposed", by=None, now=now, meeting=meeting, new=str(len(groups)))


def _dissolved(meeting: Meeting) -> set[int]:
    """Lines of proposed groups that somebody said are not the same."""
    told = Event.objects.filter(meeting=meeting, field="dissolved").values_list("body", flat=True)
    return {int(pk) for body in told for pk in body.split()}


def touch(*, meeting: Meeting) -> Meeting:
    """Hold the meeting for a change and raise its version, so that other screens look again.

    Raises Closed.
    """
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    if meeting.closed_at:
        raise Closed(meeting)
    Meeting.objects.filter(pk=meeting.pk).update(version=F("version") + 1)
    meeting.version += 1
    return meeting


def attend(*, meeting: Meeting, user: User, now: datetime) -> None:
    """Note that somebody's screen is there; who was not asked to come joins by that."""
    if meeting.closed_at:
        return
    there = Attendance.objects.filter(meeting=meeting, user=user)
    if there.filter(seen_at__lt=now - BEAT).update(seen_at=now) or there.exists():
        return
    Attendance.objects.bulk_create(
        [Attendance(meeting=meeting, user=user, joined_at=now, seen_at=now)],
        ignore_conflicts=True,
    )


@transaction.atomic
def close_meeting(*, meeting: Meeting, by: User, now: datetime) -> Meeting:
    """Close it: its minutes go to its people by mail, and into the trails of its tickets.

    What has not left the list comes on the next one by itself. Raises Closed.
    """
    meeting = touch(meeting=meeting)
    meeting.closed_at = now
    meeting.save(update_fields=["closed_at"])
    left = meeting.items.filter(settled_at__isnull=True).count()
    log(field="closed", by=by, now=now, meeting=meeting, new=str(left))
    put_for_staff(
        people=meeting.people.order_by("pk"),
        kind="minutes",
        row=str(meeting.pk),
        fact=f"meeting:{meeting.pk}",
        now=now,
    )
    if ids := _customers(meeting):
        due.ask_all(customer_ids=ids, kind=Due.Kind.MINUTES, row_id=meeting.pk)
        kick("tickets.tasks.sweep_due")
    return meeting


def _customers(meeting: Meeting) -> list[int]:
    """Where tickets were spoken about."""
    lines = MeetingItem.objects.filter(meeting=meeting, problem__isnull=False, ticket_id__gt=0)
    at_problems = ReportItem.objects.filter(problem__in=spoken_of(meeting))
    found = set(lines.values_list("customer_id", flat=True))
    return sorted(found | set(at_problems.order_by().values_list("customer_id", flat=True)))


def spoken_of(meeting: Meeting) -> set[int]:
    """Ids of the problems about which something was decided at the meeting, that still stand."""
    about = Q(problem__isnull=False) & ~Q(field__in=["linked", "unlinked"])
    rows = Event.objects.filter(about, meeting=meeting)
    found = rows.values_list("problem", "problem__merged_into").distinct()
    return {into or pk for pk, into in found}
