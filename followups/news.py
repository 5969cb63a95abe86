"""What went live for a customer, and what its people are asked about it, put into words.

Rows of this customer and the releases that reach it (`PortalRelease`): nothing else is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from desk.words import State
from followups.models import Notice, NoticeTicket
from product.models import PortalRelease
from tickets import html
from tickets.models import Contact, Entry, Ticket
from tickets.portal_questions import Question

PAGE = 50
_ENDED = (Entry.Kind.WITHDRAWN, Entry.Kind.DISMISSED)
_TAKEN_UP = (Entry.Kind.REOPENED, Entry.Kind.RESOLVED)


class Told(NamedTuple):
    """A notice as its reader sees it. `title` names the release; notes are safe to show.

    `ended`: how many of its tickets were withdrawn or closed without an answer; they stay closed.
    """

    notice: Notice
    title: str
    version: str
    notes: SafeString
    tickets: list[Ticket]
    is_over: bool
    ended: int

    @property
    def is_all_ended(self) -> bool:
        """Whether there is no ticket that an answer could open again."""
        return self.ended == len(self.tickets)

    @property
    def is_waiting(self) -> bool:
        """Whether the reader's answer is still asked for."""
        return not self.notice.answer and not self.is_over


class Item(NamedTuple):
    """A release on the list; `told` where the reader asked for it, `is_ours` where a colleague."""

    release: PortalRelease
    notes: SafeString
    told: Told | None
    is_ours: bool


def told(notices: Iterable[Notice], *, now: datetime) -> list[Told]:
    """Put notices into words; a few queries whatever their number.

    A release that reaches the customer no more has no name and no notes; its answer is still taken.
    """
    rows = list(notices)
    releases = PortalRelease.objects.in_bulk({row.release_id for row in rows})
    asked: dict[int, list[Ticket]] = {row.pk: [] for row in rows}
    about = NoticeTicket.objects.filter(notice__in=rows).select_related("ticket")
    for one in about.order_by("ticket__number"):
        asked[one.notice_id].append(one.ticket)
    ended = _ended([ticket for tickets in asked.values() for ticket in tickets])
    return [
        _told(row, releases.get(row.release_id or 0), asked[row.pk], ended, now) for row in rows
    ]


def questions(contact: Contact, *, now: datetime) -> list[Told]:
    """What this person is asked and has not answered, newest first."""
    return told(Notice.objects.of(contact).waiting(now).order_by("-told_at", "-pk"), now=now)


def waiting_count(contact: Contact, *, now: datetime) -> int:
    """How many notices wait for this person's answer."""
    return Notice.objects.of(contact).waiting(now).count()


def page_of(contact: Contact, *, query: str, number: str, now: datetime) -> Page[PortalRelease]:
    """What went live, what this person asked for first; without what is asked on top of it."""
    own = Notice.objects.of(contact).filter(release_id=OuterRef("pk"))
    ours = Notice.objects.filter(release_id=OuterRef("pk"))
    releases = PortalRelease.objects.annotate(asked=Exists(own), ours=Exists(ours))
    found = releases.filter(_says(query) if query else ~Exists(own.waiting(now)))
    listed: QuerySet[PortalRelease] = found.order_by("-asked", "-live_at", "-pk")
    return Paginator(listed, PAGE).get_page(number)


def items(page: Page[PortalRelease], contact: Contact, *, now: datetime) -> list[Item]:
    """The page's releases with what the reader was told of them; whose else only for an owner."""
    releases = list(page.object_list)
    notices = Notice.objects.of(contact).filter(release_id__in=[one.pk for one in releases])
    known = {one.notice.release_id: one for one in told(notices, now=now)}
    return [
        Item(
            release=release,
            notes=_notes(release),
            told=known.get(release.pk),
            is_ours=contact.sees_whole_company and bool(getattr(release, "ours", False)),
        )
        for release in releases
    ]


def question_at(ticket: Ticket, contact: Contact, now: datetime) -> Question | None:
    """What this person is asked at a ticket of theirs: one answer for all that a notice is about.

    A notice of a colleague is never asked of anybody else, an owner neither.
    """
    own = Notice.objects.of(contact).waiting(now).filter(tickets__ticket=ticket)
    notice = own.order_by("-told_at", "-pk").first()
    if notice is None:
        return None
    (one,) = told([notice], now=now)
    return Question(
        href=reverse("followups:notice", args=[notice.pk]),
        about=one.title,
        numbers=[each.number for each in one.tickets],
    )


def _says(query: str) -> Q:
    named = Q(name__icontains=query) | Q(version__icontains=query)
    return named | Q(notes_en__icontains=query) | Q(notes_zh__icontains=query)


def _told(
    notice: Notice,
    release: PortalRelease | None,
    tickets: list[Ticket],
    ended: Collection[int],
    now: datetime,
) -> Told:
    return Told(
        notice=notice,
        title=release.name if release else _("What you asked for"),
        version=release.version if release else "",
        notes=_notes(release) if release else SafeString(""),
        tickets=tickets,
        is_over=notice.is_over(now),
        ended=sum(one.pk in ended for one in tickets),
    )


def _ended(tickets: Iterable[Ticket]) -> set[int]:
    """Those of these tickets that were withdrawn or dismissed, and not taken up since."""
    closed = [one.pk for one in tickets if one.state == State.CLOSED]
    if not closed:
        return set()
    said = Entry.objects.filter(ticket__in=closed, kind__in=[*_ENDED, *_TAKEN_UP]).order_by("seq")
    last = dict(said.values_list("ticket_id", "kind"))
    return {pk for pk, kind in last.items() if kind in _ENDED}


def _notes(release: PortalRelease) -> SafeString:
    notes = html.from_text(release.notes(get_language() or "en"))
    return mark_safe(html.shown(notes))  # noqa: S308  made safe by `html`
