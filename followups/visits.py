"""Visits of one customer as pages show them; its schema is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Prefetch
from django.db.models.functions import Coalesce, TruncDate

from accounts.audited import told
from accounts.models import AuditEvent
from customers.models import Customer
from desk import places
from followups.models import Story, Visit, VisitPerson, VisitPicture

if TYPE_CHECKING:
    _Paginator = Paginator[Visit]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 20
THUMBS = 4
"""Pictures that a list shows of a visit."""


@dataclass(frozen=True)
class Picture:
    """A picture of a visit; `thumb` is the small one."""

    href: str
    thumb: str
    name: str
    size: int


@dataclass(frozen=True)
class Shown:
    """One visit, as lists and its page show it."""

    visit: Visit
    href: str
    is_open: bool
    is_late: bool
    people: list[str]
    pictures: list[Picture]

    @property
    def more(self) -> int:
        """Pictures beyond those a list shows."""
        return max(0, len(self.pictures) - THUMBS)


def visits(*, customer: Customer, page: str | None, today: date) -> tuple[Page[Any], list[Shown]]:
    """A page of them: open ones first, by day; then the last ones. As many statements for any."""
    rows = _rows().annotate(
        done=Coalesce("held_at", "called_off_at"),
        day=Coalesce(TruncDate("held_at"), F("due_on")),
    )
    ordered = rows.order_by(F("done").desc(nulls_first=True), "day", "-pk")
    found = _Paginator(ordered, PAGE_SIZE).get_page(page)
    return found, [shown(customer=customer, visit=visit, today=today) for visit in found]


def last_visits(*, customer: Customer, most: int, today: date) -> list[Shown]:
    """The first of the same list."""
    return visits(customer=customer, page=None, today=today)[1][:most]


def known(visit_id: int) -> Any:
    """The rows among which that one is, with what its page needs."""
    return _rows().filter(pk=visit_id)


def shown(*, customer: Customer, visit: Visit, today: date) -> Shown:
    """A visit whose people and pictures were fetched."""
    href = places.visit(customer.code, visit.pk)
    is_open = visit.held_at is None and visit.called_off_at is None
    return Shown(
        visit=visit,
        href=href,
        is_open=is_open,
        is_late=is_open and visit.due_on < today,
        people=[one.contact.name for one in visit.people.all()],
        pictures=[_picture(href, one) for one in visit.pictures.all()],
    )


def trail(*, customer: Customer, visit: Visit) -> list[dict[str, Any]]:
    """What was done about it, the newest first."""
    rows = AuditEvent.objects.filter(
        model="followups.visit", row=str(visit.pk), customer_code=customer.code
    )
    return [told(event) for event in rows.order_by("-seq")[:50]]


def stories(visit: Visit) -> list[Story]:
    """What it became for reports."""
    return list(Story.objects.filter(visit=visit).order_by("-month"))


def starts_at(visit: Visit, now: datetime) -> datetime:
    """What the form of notes offers as its time: when it was, or just now."""
    return visit.held_at or now.replace(second=0, microsecond=0)


def _rows() -> Any:
    people = VisitPerson.objects.select_related("contact").order_by("pk")
    return Visit.objects.select_related(
        "consultant", "rhythm", "problem", "written_by"
    ).prefetch_related(
        Prefetch("people", people),
        Prefetch("pictures", VisitPicture.objects.order_by("pk")),
    )


def _picture(href: str, stored: VisitPicture) -> Picture:
    address = f"{href}pictures/{stored.name}/"
    return Picture(address, f"{address}?thumb", stored.filename, stored.size)
