"""Who gets an agreed reply, ticket by ticket, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Case, CharField, Count, Exists, OuterRef, QuerySet, Value, When
from django.utils.translation import get_language_info

from accounts.models import User
from desk.models import QueueItem
from desk.words import State
from product.models import Problem, ReportItem
from product.operations.agreed import sent_already
from product.problem_page import Reported, reported

if TYPE_CHECKING:
    _Paginator = Paginator[ReportItem]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 100
GETS, TOLD, CLOSED = "gets", "told", "closed"


class Counted(NamedTuple):
    """So many tickets, at so many customers."""

    tickets: int = 0
    customers: int = 0


class Line(NamedTuple):
    """One ticket of the preview. `fate`: gets, told (these words already) or closed.

    `language` is the asker's, as its speakers call it.
    """

    ticket: Reported
    fate: str
    language: str
    words: str


@dataclass(frozen=True)
class Preview:
    """A page of lines of customers the reader serves; the counts are of all customers."""

    page: Page[ReportItem]
    lines: list[Line]
    gets: Counted
    told: Counted
    closed: Counted

    @property
    def hidden(self) -> int:
        """Tickets of customers that the reader does not serve, whatever becomes of them."""
        tickets = self.gets.tickets + self.told.tickets + self.closed.tickets
        return tickets - self.page.paginator.count


def preview(*, problem: Problem, user: User, page: str | None) -> Preview:
    """What sending it now would do; the same few statements for any number of tickets."""
    rows = _with_fates(problem)
    counts = (
        rows.order_by()
        .values("fate")
        .annotate(tickets=Count("pk"), customers=Count("customer", distinct=True))
    )
    by_fate = {one["fate"]: Counted(one["tickets"], one["customers"]) for one in counts}
    served = rows.served_by(user).select_related("customer")  # type: ignore[attr-defined]  # its own queryset
    ordered = served.order_by("customer__name", "customer", "number")
    shown = _Paginator(ordered, PAGE_SIZE).get_page(page)
    return Preview(
        shown,
        [_line(one, problem) for one in reported(list(shown))],
        *(by_fate.get(fate, Counted()) for fate in (GETS, TOLD, CLOSED)),
    )


def _with_fates(problem: Problem) -> QuerySet[Any]:
    """Its reports, each with what becomes of it: as `tickets.operations.agreeing` will judge."""
    closed = QueueItem.objects.filter(
        customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id"), state=State.CLOSED
    )
    cases = [When(Exists(closed), then=Value(CLOSED))]
    if last := sent_already(problem):
        cases.insert(0, When(told__gte=last.pk, then=Value(TOLD)))
    fate = Case(*cases, default=Value(GETS), output_field=CharField())
    return ReportItem.objects.filter(problem=problem).annotate(fate=fate)


def _line(one: Reported, problem: Problem) -> Line:
    language = one.asker.language if one.asker else one.row.customer.language
    fate: str = one.row.fate  # type: ignore[attr-defined]  # annotated
    return Line(one, fate, _named(language), problem.agreed(language))


def _named(language: str) -> str:
    try:
        return str(get_language_info(language)["name_local"])
    except KeyError:
        return language
