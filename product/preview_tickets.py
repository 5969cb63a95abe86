"""Tickets of who hears of a release: how many, how many move to resolved, and each person's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Exists, OuterRef, QuerySet

from desk.models import QueueItem
from desk.words import State
from product.models import Asker, Problem, Release, ReportItem
from product.operations.audience import hearers
from product.preview_rows import Ticket


def tickets_of(release: Release) -> tuple[int, int]:
    """Tickets of who hears, and how many of them are on hold for this release alone."""
    theirs = _reports(release)
    waits = waiting_else(release, "ticket_id")
    held = QueueItem.objects.filter(
        Exists(theirs.filter(customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id"))),
        ~Exists(waits),
        state=State.ON_HOLD,
    )
    return theirs.order_by().values("customer_id", "ticket_id").distinct().count(), held.count()


def waiting_else(release: Release, ticket: str) -> QuerySet[ReportItem]:
    """Reports of the same ticket that a problem outside of the release is still open for."""
    unsolved = [Problem.State.OPEN, Problem.State.BACK]
    return ReportItem.objects.filter(
        customer=OuterRef("customer"), ticket_id=OuterRef(ticket), problem__state__in=unsolved
    ).exclude(problem__in=release.items.values("problem"))


def tickets_at(
    release: Release, people: Mapping[int, list[Asker]]
) -> dict[tuple[int, int], list[Ticket]]:
    """The tickets these people asked with, by customer and contact; one statement."""
    contacts = {one.contact_id for firm in people.values() for one in firm}
    queue = QueueItem.objects.filter(customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id"))
    rows = (
        ReportItem.objects.filter(
            problem__release_items__release=release,
            customer__in=list(people),
            contact_id__in=contacts,
        )
        .annotate(
            is_held=Exists(queue.filter(state=State.ON_HOLD)),
            waits=Exists(waiting_else(release, "ticket_id")),
        )
        .order_by("number")
        .values_list("customer_id", "contact_id", "number", "is_held", "waits")
        .distinct()
    )
    found: dict[tuple[int, int], list[Ticket]] = defaultdict(list)
    for customer_id, contact_id, number, is_held, waits in rows:
        found[customer_id, contact_id].append(Ticket(number, is_held and not waits))
    return found


def _reports(release: Release) -> QuerySet[ReportItem]:
    """Reports of who hears."""
    people = hearers(release).filter(
        customer=OuterRef("customer"), contact_id=OuterRef("contact_id")
    )
    return ReportItem.objects.filter(Exists(people), problem__release_items__release=release)
