"""What comes on a triage meeting's list: drawn from public rows, in the same few statements."""

from __future__ import annotations

from django.db import connection
from django.db.models import Case, CharField, Exists, Max, OuterRef, Q, QuerySet, Value, When

from desk.models import QueueItem
from product.models import AgreedReply, Meeting, MeetingItem, Problem, ReportItem
from product.operations.similar import clusters

MOST = 5_000
"""Tickets, and problems, that one drawing takes; the next refresh takes what is left."""

Why = MeetingItem.Why


def draw(*, meeting: Meeting) -> tuple[int, bool]:
    """Put on the list what belongs there and is not on it; how much, and whether more is left.

    Nothing that stands on it is taken away or decided anew. Newest tickets first.
    """
    adopt(meeting=meeting)
    tickets, problems = list(_tickets(meeting)), list(_problems(meeting))
    is_more = len(tickets) > MOST or len(problems) > MOST
    top = meeting.items.aggregate(top=Max("position"))["top"] or 0
    rows = [MeetingItem(meeting=meeting, why=why, problem_id=pk) for pk, why in problems[:MOST]]
    rows += [
        MeetingItem(
            meeting=meeting,
            why=Why.NEW_REQUEST if kind == "request" else Why.UNSORTED,
            customer_id=customer_id,
            ticket_id=ticket_id,
            number=number,
        )
        for customer_id, ticket_id, number, kind in reversed(tickets[:MOST])
    ]
    for place, row in enumerate(rows, top + 1):
        row.position = place
    MeetingItem.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows), is_more


def likenesses(*, meeting: Meeting, dissolved: set[int]) -> dict[int, int]:
    """Which tickets of the list look like one problem: the group by line, 0 for none.

    Lines of `dissolved` groups stay where somebody put them: alone. About 1 ms a line.
    """
    items = list(unsorted(meeting).order_by("pk"))
    found = clusters([item for item in items if item.pk not in dissolved])
    wanted = {item.pk: found.get(item.pk, 0) for item in items}
    return {item.pk: wanted[item.pk] for item in items if item.cluster != wanted[item.pk]}


def put_together(*, meeting: Meeting, numbers: dict[int, int]) -> None:
    """Have similar tickets stand together, as a proposal; what has a problem by now is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE public.{MeetingItem._meta.db_table} i SET cluster = w.cluster"
            " FROM unnest(%s::bigint[], %s::int[]) AS w (id, cluster)"
            " WHERE i.id = w.id AND i.meeting_id = %s AND i.problem_id IS NULL",
            [list(numbers), list(numbers.values()), meeting.pk],
        )


def unsorted(meeting: Meeting) -> QuerySet[MeetingItem]:
    """Tickets of the list that belong to no problem."""
    return meeting.items.filter(problem__isnull=True)


def adopt(*, meeting: Meeting) -> None:
    """Have lines whose ticket was linked elsewhere meanwhile be about that problem."""
    linked = ReportItem.objects.filter(
        customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id")
    )
    rows = unsorted(meeting).filter(Exists(linked))
    rows.update(problem=linked.order_by("-linked_at").values("problem")[:1], cluster=0)


def _tickets(meeting: Meeting) -> QuerySet[QueueItem, tuple[int, int, int, str]]:
    """Live tickets that belong to no problem: customer, ticket's id, number, kind."""
    here = {"customer": OuterRef("customer"), "ticket_id": OuterRef("ticket_id")}
    return (
        QueueItem.objects.live()
        .filter(customer__laid_at__isnull=False, customer__suspended_at__isnull=True)
        .filter(~Exists(ReportItem.objects.filter(**here)))
        .filter(~Exists(MeetingItem.objects.filter(meeting=meeting, **here)))
        .order_by("-opened_at", "-pk")
        .values_list("customer_id", "ticket_id", "number", "kind")[: MOST + 1]
    )


def _problems(meeting: Meeting) -> QuerySet[Problem, tuple[int, str]]:
    """Problems that want something of the meeting, and what; the first reason that holds."""
    before = Meeting.objects.filter(opened_at__lt=meeting.opened_at)
    since = before.aggregate(last=Max("opened_at"))["last"]
    is_new = Q(created_at__gt=since) if since else Q()
    answered = Exists(AgreedReply.objects.filter(problem=OuterRef("pk")))
    wants = Case(
        When(state=Problem.State.BACK, then=Value(Why.BACK)),
        When(due_on__lt=meeting.held_on, then=Value(Why.OVERDUE)),
        When(owner__isnull=True, then=Value(Why.OWNERLESS)),
        When(Q(kind=Problem.Kind.NOT_SOON) & ~answered, then=Value(Why.UNANSWERED)),
        When(Q(kind=Problem.Kind.REQUEST) & is_new, then=Value(Why.NEW_REQUEST)),
        default=Value(""),
        output_field=CharField(),
    )
    listed = Exists(MeetingItem.objects.filter(meeting=meeting, problem=OuterRef("pk")))
    return (
        Problem.objects.unsolved()
        .filter(~listed)
        .annotate(wants=wants)
        .exclude(wants="")
        .order_by("-created_at", "-pk")
        .values_list("pk", "wants")[: MOST + 1]
    )
