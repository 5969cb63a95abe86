"""Making, changing and merging problems. What concerns a ticket's link is `tickets`' to do."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from accounts.models import User
from product.models import Meeting, MeetingItem, Problem, ReleaseItem, ReportItem
from product.operations.events import log

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""What a key may be: it stands in addresses and in trails."""

CHANGEABLE = (
    "title", "kind", "owner", "due_on", "cause", "reference", "link", "agreed_en", "agreed_zh",
    "workaround", "may_harm", "target", "material", "material_url",
)  # fmt: skip


class BadKey(ValueError):
    """A key is letters, digits, dot, dash and underscore, 40 at most; choose another."""


class KeyTaken(Exception):
    """Another problem, or release, has this key; choose another or open that one."""


class Merged(Exception):
    """The problem was merged into another: go on there."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.key} was merged")
        self.problem = problem


class IntoItself(ValueError):
    """A problem is not merged into itself or into one that was merged; name another."""


@transaction.atomic
def make_problem(
    *,
    title: str,
    by: User,
    now: datetime,
    key: str = "",
    kind: str = "",
    meeting: Meeting | None = None,
    **facts: Any,
) -> Problem:
    """Make a problem; without a key it gets the next ``P-<number>``. Raises BadKey, KeyTaken.

    `facts` are further columns, of those that `change_problem` takes.
    """
    wanted = key.strip() or _next_key()
    if not KEY.fullmatch(wanted):
        raise BadKey(wanted)
    try:
        with transaction.atomic():
            problem = Problem.objects.create(
                key=wanted,
                title=title.strip()[:200],
                kind=kind,
                created_at=now,
                created_by_name=by.name,
                state_at=now,
                **facts,
            )
    except IntegrityError as refused:
        if not Problem.objects.filter(key=wanted).exists():
            raise
        raise KeyTaken(wanted) from refused
    log(field="created", by=by, now=now, problem=problem, meeting=meeting, new=problem.title)
    return problem


@transaction.atomic
def change_problem(
    *, problem: Problem, by: User, now: datetime, meeting: Meeting | None = None, **wanted: Any
) -> Problem:
    """Change what a problem is, of CHANGEABLE; each change is an event old → new. Raises Merged."""
    problem = Problem.objects.select_for_update(no_key=True).get(pk=problem.pk)
    if problem.state == Problem.State.MERGED:
        raise Merged(problem)
    changed = [name for name in CHANGEABLE if name in wanted]
    for name in changed:
        old, new = getattr(problem, name), wanted[name]
        if old != new:
            setattr(problem, name, new)
            log(
                field=name,
                by=by,
                now=now,
                problem=problem,
                meeting=meeting,
                old=_words(old),
                new=_words(new),
            )
    problem.save(update_fields=changed)
    return problem


@transaction.atomic
def merge_problems(
    *, problem: Problem, into: Problem, by: User, now: datetime, meeting: Meeting | None = None
) -> Problem:
    """Let one problem be part of another: its reports and releases count there from now on.

    The customers' rows keep the first key; what is counted over all follows, and so do the lists of
    open meetings. Raises IntoItself.
    """
    meetings = _hold_meetings()
    rows = Problem.objects.select_for_update().filter(pk__in=[problem.pk, into.pk]).order_by("pk")
    locked = {row.pk: row for row in rows}
    problem, into = locked[problem.pk], locked[into.pk]
    if problem.pk == into.pk or Problem.State.MERGED in (problem.state, into.state):
        raise IntoItself(into.key)
    problem.state, problem.merged_into, problem.state_at = Problem.State.MERGED, into, now
    problem.save(update_fields=["state", "merged_into", "state_at"])
    Problem.objects.filter(merged_into=problem).update(merged_into=into)
    _hand_over_told(problem, into)
    _repoint(ReportItem._meta.db_table, ("customer_id", "ticket_id"), problem, into)
    _repoint(ReleaseItem._meta.db_table, ("release_id",), problem, into)
    _follow(meetings, problem, into)
    log(field="merged", by=by, now=now, problem=problem, meeting=meeting, new=into.key)
    log(field="joined", by=by, now=now, problem=into, meeting=meeting, new=problem.key)
    return into


def standing(problem: Problem) -> Problem:
    """The problem itself, or the one it was merged into."""
    return problem.merged_into or problem


def held_standing(problem: Problem) -> Problem:
    """The same, asked anew; it is merged into no other until the transaction ends.

    Many may hold it at once, and others may change it: only merging waits.
    """
    table = connection.ops.quote_name(Problem._meta.db_table)
    sql = f"SELECT * FROM public.{table} WHERE id = %s FOR KEY SHARE"
    found: Problem = Problem.objects.raw(sql, [problem.pk])[0]
    return found if found.merged_into is None else held_standing(found.merged_into)


def solves(problem_ids: list[int]) -> list[int]:
    """Ids of these problems and of all that were merged into them."""
    merged = Problem.objects.filter(merged_into__in=problem_ids).values_list("pk", flat=True)
    return [*problem_ids, *merged]


def _hold_meetings() -> list[int]:
    """Ids of the open meetings, held: who decides at one holds it before a problem, as we do."""
    rows = Meeting.objects.select_for_update(no_key=True).filter(closed_at__isnull=True)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _follow(meetings: list[int], problem: Problem, into: Problem) -> None:
    """Lines about the one are about the other, and stand on the list as that one does there."""
    for meeting_id in meetings:
        lines = MeetingItem.objects.filter(meeting=meeting_id, problem=problem)
        there = MeetingItem.objects.filter(meeting=meeting_id, problem=into)
        if not lines.exists():
            continue
        if there.filter(ticket_id__isnull=True).exists():
            lines.filter(ticket_id__isnull=True).delete()
        of_it = there.order_by(F("settled_at").desc(nulls_first=True)).first()
        lines.update(
            problem=into,
            settled_at=of_it.settled_at if of_it else None,
            settled_by_name=of_it.settled_by_name if of_it else "",
        )
        Meeting.objects.filter(pk=meeting_id).update(version=F("version") + 1)


def _hand_over_told(problem: Problem, into: Problem) -> None:
    """A ticket of both was told the later of their agreed replies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.product_reportitem o SET told_id = greatest(o.told_id, t.told_id)"
            " FROM public.product_reportitem t WHERE t.problem_id = %s AND o.problem_id = %s"
            " AND o.customer_id = t.customer_id AND o.ticket_id = t.ticket_id",
            [problem.pk, into.pk],
        )


def _repoint(table: str, others: tuple[str, ...], problem: Problem, into: Problem) -> None:
    """Have rows name the other problem; where it is named beside already, one of the two goes."""
    same = " AND ".join(f"o.{column} = t.{column}" for column in others)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM public.{table} t USING public.{table} o"
            f" WHERE t.problem_id = %s AND o.problem_id = %s AND {same}",
            [problem.pk, into.pk],
        )
        cursor.execute(
            f"UPDATE public.{table} SET problem_id = %s WHERE problem_id = %s",
            [into.pk, problem.pk],
        )


def _next_key() -> str:
    """``P-<n>``, one more than the highest there is; two at once: the later is refused by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7301121)")
        cursor.execute(
            "SELECT coalesce(max(substring(key FROM '^P-([0-9]{1,9})$')::int), 0) + 1"
            " FROM public.product_problem"
        )
        return f"P-{cursor.fetchone()[0]}"


def _words(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "yes" if value is True else str(getattr(value, "key", None) or value)
