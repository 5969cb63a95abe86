"""Writing the trail of problems, releases and meetings."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from product.models import Event, Meeting, Problem, Release

LONGEST_VALUE = 200
"""Letters of an old and a new value; what is longer stands whole in the body."""


def log(
    *,
    field: str,
    by: User | None,
    now: datetime,
    problem: Problem | None = None,
    release: Release | None = None,
    meeting: Meeting | None = None,
    old: str = "",
    new: str = "",
    body: str = "",
) -> Event:
    """Write one event, in the transaction of what it tells."""
    if max(len(old), len(new)) > LONGEST_VALUE and not body:
        body = f"{old}\n→\n{new}"
    return Event.objects.create(
        problem=problem,
        release=release,
        meeting=meeting,
        by=by,
        by_name=by.name if by else "",
        field=field,
        old=old[:LONGEST_VALUE],
        new=new[:LONGEST_VALUE],
        body=body,
        at=now,
    )
