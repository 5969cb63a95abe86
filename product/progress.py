"""How far telling of a release has come, and the people behind each of its figures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least, Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from customers.models import Customer
from desk.models import OutboxItem, QueueItem
from product.models import Asker, NoticeItem, Release, ReportItem
from product.operations.audience import hearers
from product.operations.counting import counts
from product.operations.publishing import mails
from product.release_words import language_name, role_name

PAGE_SIZE = 50

_ANSWER = NoticeItem.Answer
SHOWN: dict[str, tuple[str | Promise, Q, str]] = {
    "sent": (gettext_lazy("Sent"), Q(), ""),
    "delivered": (gettext_lazy("Delivered"), Q(delivered_at__isnull=False), ""),
    "read": (
        pgettext_lazy("notices", "Read"), Q(read_at__isnull=False) | ~Q(answer=""), "",
    ),
    "confirmed": (gettext_lazy("Confirmed"), Q(answer=_ANSWER.WORKS), "ok"),
    "not_working": (gettext_lazy("Does not work"), Q(answer=_ANSWER.NOT_WORKING), "bad"),
    "bounced": (gettext_lazy("Bounced"), Q(is_bounced=True), "bad"),
    "dead": (gettext_lazy("Given up"), Q(dead_at__isnull=False), "bad"),
    "left_out": (gettext_lazy("Not needed any more"), ~Q(left_out=""), ""),
    "unanswered": (gettext_lazy("Told, no answer"), Q(answer=""), ""),
}  # fmt: skip
"""Figures of told people: what each is called, whose rows it counts, and its tone."""

WAITING, PEOPLE = "waiting", "people"


class Figure(NamedTuple):
    """A count that opens its rows."""

    key: str
    label: str | Promise
    many: int
    tone: str


@dataclass(frozen=True)
class Progress:
    """Where telling stands; what is at suspended customers waits for them, and is not awaited.

    `is_telling`: some people have their turn yet; `is_moving`: they or mails that are due, so the
    page looks again.
    """

    counts: dict[str, int]
    customers_done: int
    customers: int
    figures: list[Figure]
    is_telling: bool
    is_moving: bool
    quiet: int
    """Mails that wait for the end of somebody's quiet hours."""

    @property
    def waiting(self) -> int:
        """People who are still to be told."""
        return self.counts["people"] - self.counts["sent"]

    @property
    def seen(self) -> str:
        """Changes when a reader would see something new."""
        facts = repr((sorted(self.counts.items()), self.customers_done, self.is_moving, self.quiet))
        return hashlib.blake2b(facts.encode(), digest_size=9).hexdigest()


class Row(NamedTuple):
    """One person behind a figure."""

    name: str
    role: str
    language: str
    customer: Customer
    notice: NoticeItem | None
    asked_at: datetime | None


@dataclass(frozen=True)
class People:
    """A page of people behind a figure; `others` are at customers the reader does not serve."""

    rows: list[Row]
    page: Page[Any]
    others: int


def progress(release: Release) -> Progress:
    """Count it from public rows; five statements."""
    found = counts(release)
    rows = release.reaches.order_by().values_list("done_at", "customer__suspended_at")
    reaches = list(rows)
    is_telling = any(done is None and suspended is None for done, suspended in reaches)
    new = [OutboxItem.State.NEW, OutboxItem.State.SENDING]
    waiting = mails(release).filter(state__in=new, is_held=False)
    due = waiting.filter(not_before__lte=Now(), customer__suspended_at__isnull=True)
    is_moving = release.paused_at is None and (is_telling or due.exists())
    figures = [
        Figure(key, label, found[key], tone if found[key] else "")
        for key, (label, _rows, tone) in SHOWN.items()
        if key in found and (key != "left_out" or found[key])
    ]
    quiet = waiting.filter(not_before__gt=Now()).count()
    done = sum(at is not None for at, _suspended in reaches)
    return Progress(found, done, len(reaches), figures, is_telling, is_moving, quiet)


def people(*, release: Release, user: User, asked: Mapping[str, str]) -> People:
    """Who is behind a figure, those of one customer if asked; five statements."""
    rows = _behind(release, asked.get("show", ""))
    served = Customer.objects.live().served_by(user)
    ours = rows.filter(customer__in=served)
    hidden = rows.exclude(customer__in=served).count()
    if code := asked.get("customer", ""):
        ours, hidden = ours.filter(customer__code=code.lower()), 0
    ordered = ours.select_related("customer").order_by("customer__name", "name", "pk")
    page = Paginator(ordered, PAGE_SIZE).get_page(asked.get("page"))
    return People(_rows(release, list(page)), page, hidden)


def shows(show: str) -> str:
    """The figure that an address asks for; all people for what nobody knows."""
    return show if show in SHOWN or show == WAITING else PEOPLE


def _behind(release: Release, show: str) -> QuerySet[Asker]:
    if show == WAITING:
        return hearers(release)
    notices = NoticeItem.objects.filter(
        release=release, customer=OuterRef("customer"), contact_id=OuterRef("contact_id")
    )
    if show in SHOWN:
        return Asker.objects.filter(Exists(notices.filter(SHOWN[show][1])))
    is_to_hear = Q(pk__in=hearers(release).values("pk"))
    return Asker.objects.filter(is_to_hear | Q(Exists(notices)))


def _rows(release: Release, askers: list[Asker]) -> list[Row]:
    notices = NoticeItem.objects.filter(
        release=release,
        customer__in={one.customer_id for one in askers},
        contact_id__in={one.contact_id for one in askers},
    )
    told = {(one.customer_id, one.contact_id): one for one in notices}
    asked = _asked(release, askers)
    return [
        Row(
            one.name,
            role_name(one.role),
            language_name(one.language),
            one.customer,
            told.get((one.customer_id, one.contact_id)),
            asked.get((one.customer_id, one.contact_id)),
        )
        for one in askers
    ]


def _asked(release: Release, askers: list[Asker]) -> dict[tuple[int, int], datetime]:
    """When each asked first: their ticket was opened, or linked where it is settled for long."""
    queue = QueueItem.objects.filter(customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id"))
    opened = Coalesce(Subquery(queue.values("opened_at")[:1]), F("linked_at"))
    rows = (
        ReportItem.objects.filter(
            problem__release_items__release=release,
            customer__in={one.customer_id for one in askers},
            contact_id__in={one.contact_id for one in askers},
        )
        .annotate(asked_at=Least(opened, F("linked_at")))
        .values_list("customer_id", "contact_id", "asked_at")
    )
    found: dict[tuple[int, int], datetime] = {}
    for customer, contact, at in rows:
        found[customer, contact] = min(at, found.get((customer, contact), at))
    return found
