"""The minutes of a triage meeting: its events in words, problem by problem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from product.board import LACKS
from product.event_words import sentence
from product.models import Event, Meeting, Problem
from product.operations.deciding import missing
from product.weights import Weight, weights

_SILENT = ("linked", "unlinked", "joined", "drawn", "dissolved", "opened", "closed")
"""Events that the minutes count, or leave out: what people decided is told by the others."""


class About(NamedTuple):
    """What was decided about one problem."""

    problem: Problem
    weight: Weight
    lines: list[tuple[str, datetime]]
    is_settled: bool
    lacks: list[str]


@dataclass(frozen=True)
class Minutes:
    """A meeting in words: who was there, what was decided, what is left."""

    meeting: Meeting
    people: list[str]
    about: list[About]
    left: int
    """Lines that did not leave the list: they come on the next one by themselves."""

    @property
    def minutes(self) -> int | None:
        """How long it took, in whole minutes; None while it is open."""
        ended = self.meeting.closed_at
        return int((ended - self.meeting.opened_at).total_seconds() // 60) if ended else None

    @property
    def place(self) -> str:
        """Its page's address at the desk, after the first slash."""
        return f"triage/{self.meeting.pk}/minutes/"


def minutes_of(*, meeting: Meeting, user: User) -> Minutes:
    """The minutes in the current language, for a reader: no ticket is named, so no customer."""
    events = list(_events(meeting))
    ids = {event.problem_id: None for event in events if event.problem_id}
    items = meeting.items.filter(problem__isnull=False)
    settled = set(items.filter(settled_at__isnull=False).values_list("problem", flat=True))
    found = Problem.objects.filter(pk__in=ids).select_related("owner").in_bulk()
    heavy = weights(list(found))
    people = meeting.people.order_by("name", "pk").values_list("name", flat=True)
    return Minutes(
        meeting,
        list(people),
        [
            About(
                found[pk],
                heavy[pk],
                [(_said(one), one.at) for one in events if one.problem_id == pk],
                is_settled=pk in settled,
                lacks=[str(LACKS[name]) for name in missing(found[pk])],
            )
            for pk in ids
            if pk in found
        ],
        left=meeting.items.filter(settled_at__isnull=True, problem__isnull=True).count()
        + items.filter(settled_at__isnull=True).values("problem").distinct().count(),
    )


def _events(meeting: Meeting) -> QuerySet[Event]:
    """Of the meeting; and agreed replies that were sent meanwhile about what is on its list."""
    listed = meeting.items.filter(problem__isnull=False).values("problem")
    sent = Q(field="agreed", problem__in=listed, at__gte=meeting.opened_at)
    if meeting.closed_at:
        sent &= Q(at__lte=meeting.closed_at)
    rows = Event.objects.filter(Q(meeting=meeting) | sent, problem__isnull=False)
    return rows.exclude(field__in=_SILENT).select_related("release").order_by("pk")


def _said(event: Event) -> str:
    if event.field == "grouped":
        count = int(event.new)
        words = ngettext(
            "%(who)s put %(n)s ticket into it", "%(who)s put %(n)s tickets into it", count
        )
        return words % {"who": event.by_name, "n": count}
    if event.field == "settled":
        return _("%(who)s let it leave the list: it has class, owner and date") % {
            "who": event.by_name
        }
    return sentence(event, hidden=lambda _code: True)
