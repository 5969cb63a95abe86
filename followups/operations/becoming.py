"""What a visit becomes in one click: a request of the product, a story of the service report."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from followups.models import Story, Visit
from followups.operations.visiting import Doing, held
from product.models import Problem
from product.operations.events import log
from product.operations.problems import make_problem, standing

LONGEST_TITLE = 120
"""Letters of a title that is drawn from the first line of what was found."""


@transaction.atomic
def become_request(*, doing: Doing, visit: Visit) -> Problem:
    """Make a request of what a visit found, or give the one it became before. Raises NotHeldYet.

    Its title is the first line of what follows, else of what was found; the request tells at which
    customer it was heard, and what was said stays there.
    """
    visit = held(visit=visit)
    if visit.problem is not None:
        return standing(visit.problem)
    title = first_line(text=visit.next_step) or first_line(text=visit.words)
    problem = make_problem(
        title=title, by=doing.by, now=doing.now, kind=Problem.Kind.REQUEST, track=Problem.Track.NEW
    )
    place = f"{doing.customer.prefix}-V{visit.pk}"
    log(field="visited", by=doing.by, now=doing.now, problem=problem, new=place)
    visit.problem, visit.updated_at = problem, doing.now
    visit.save(update_fields=["problem", "updated_at"])
    doing.tell(visit=visit, action="became_request", changes={"problem": ["", problem.key]})
    return problem


@transaction.atomic
def become_story(*, doing: Doing, visit: Visit) -> Story:
    """Make a story of a visit for this month's report, or give the one there. Raises NotHeldYet.

    Who and what are drawn from the visit; what it brought is the consultant's to say. The month is
    that of where the customer is.
    """
    visit = held(visit=visit)
    month = month_of(doing=doing)
    there = Story.objects.filter(visit=visit, month=month).order_by("pk").first()
    if there is not None:
        return there
    names = visit.people.order_by("pk").values_list("contact__name", flat=True)
    last = Story.objects.filter(month=month).aggregate(last=Max("position"))["last"]
    story = Story.objects.create(
        month=month,
        visit=visit,
        who=(", ".join(names) or doing.customer.name)[:160],
        what=visit.words,
        position=0 if last is None else last + 1,
        written_by=doing.by,
        updated_at=doing.now,
    )
    doing.tell(visit=visit, action="became_story", changes={"month": ["", month.isoformat()]})
    return story


def month_of(*, doing: Doing) -> date:
    """The first of the month it is at the customer."""
    return doing.now.astimezone(ZoneInfo(doing.customer.time_zone)).date().replace(day=1)


def first_line(*, text: str) -> str:
    """The first line that says something, shortened to a title."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
