"""The tickets a contact may read, as the portal lists them: found, grouped, put into words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, Q, QuerySet, When
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from desk.words import SETTLED, State
from tickets import portal_promises, portal_search, portal_words
from tickets.models import Contact, Entry, Ticket
from tickets.models.trail import AuthorKind

PAGE = 50
RECENT = timedelta(days=30)
WAITING, WORKING, SOLVED = 0, 1, 2
SHOWN = ("", "waiting", "working", "solved", "month")
_EXCERPT = 180


@dataclass(frozen=True)
class Wish:
    """What of the company's tickets is to be seen: whose, which (one of SHOWN), with what words."""

    is_owner: bool = False
    mine: bool = False
    shown: str = ""
    query: str = ""

    @property
    def reaches_back(self) -> bool:
        """Whether tickets solved long ago are among the rows."""
        return bool(self.query) or self.shown in ("solved", "month")

    @property
    def rest(self) -> str:
        """The address of this list without its page, to go on from."""
        address = self.address(mine=self.mine)
        return f"{address}&" if address else ""

    def address(self, *, mine: bool) -> str:
        """The query string of the same list for everybody or for oneself."""
        parts = {"mine": "1" if mine else "", "show": self.shown, "q": self.query}
        return urlencode({key: value for key, value in parts.items() if value})


class Figures(NamedTuple):
    """How many tickets wait for the customer, are with us, were settled this month.

    `recent`: are not settled, or were of late.
    """

    waiting: int
    working: int
    month: int
    recent: int

    def of(self, wish: Wish) -> int | None:
        """How many a wish lists; None where that must be counted."""
        counted = {
            "": self.recent, "waiting": self.waiting, "working": self.working, "month": self.month
        }  # fmt: skip
        return None if wish.query else counted.get(wish.shown)


class Row(NamedTuple):
    """A ticket on the list. `section` is WAITING, WORKING or SOLVED."""

    ticket: Ticket
    section: int
    standing: str
    steps: list[portal_words.Step]
    speaker: str
    said: SafeString | str
    updated: str
    promised: str

    @property
    def href(self) -> str:
        """The ticket's page."""
        return f"/tickets/{self.ticket.number}/"

    @property
    def number(self) -> int:
        """What the ticket is called by, after the customer's prefix."""
        return self.ticket.number

    @property
    def subject(self) -> str:
        """The question in one sentence."""
        return self.ticket.subject

    @property
    def asker(self) -> str:
        """Who asked."""
        return self.ticket.requester.name

    @property
    def is_resolved(self) -> bool:
        """Whether it is solved and nobody has said yet that it works."""
        return self.ticket.state == State.RESOLVED

    @property
    def updated_at(self) -> datetime:
        """When the last word was."""
        return self.ticket.updated_at


class Section(NamedTuple):
    """Rows of one kind under a heading. `name` is waiting, working or solved."""

    name: str
    title: str
    rows: list[Row]


class Side(NamedTuple):
    """A way to see the list: the whole company's or one's own."""

    label: str
    href: str
    is_current: bool


def wish(asked: QueryDict, *, contact: Contact) -> Wish:
    """What an address asks for; what it can't mean is left out."""
    shown = asked.get("show", "")
    return Wish(
        is_owner=contact.sees_whole_company,
        mine=contact.sees_whole_company and "mine" in asked,
        shown=shown if shown in SHOWN else "",
        query=asked.get("q", "").replace("\0", "").strip()[:200],
    )


def whose(wish: Wish) -> list[Side]:
    """The two ways of an owner to see the list; nobody else has a choice."""
    return [
        Side(_("Whole company"), f"?{wish.address(mine=False)}", not wish.mine),
        Side(_("Mine"), f"?{wish.address(mine=True)}", wish.mine),
    ]


def sections(page: Page[Ticket], wish: Wish, now: datetime) -> list[Section]:
    """The page's tickets under their headings, empty ones left out."""
    all_rows = rows(page.object_list, now, query=wish.query)
    titles = (
        ("waiting", _("Waiting for you")),
        ("working", _("We are working on it")),
        ("solved", _("Solved") if wish.reaches_back else _("Recently solved")),
    )
    found = [
        Section(name, title, [row for row in all_rows if row.section == place])
        for place, (name, title) in enumerate(titles)
    ]
    return [section for section in found if section.rows]


def theirs(contact: Contact, *, mine: bool) -> QuerySet[Ticket]:
    """The tickets this person may read, or of those only the ones they asked."""
    tickets = Ticket.objects.all().visible_to(contact)
    return tickets.filter(requester=contact) if mine else tickets


def figures(tickets: QuerySet[Ticket], now: datetime) -> Figures:
    """Count them all in one query; the month is the reader's."""
    counted = tickets.aggregate(
        waiting=Count("pk", filter=Q(state=State.WAITING)),
        working=Count("pk", filter=~Q(state__in=[State.WAITING, *SETTLED])),
        month=Count("pk", filter=_this_month(now)),
        recent=Count("pk", filter=_recent(now)),
    )
    return Figures(**counted)


def page_of(
    tickets: QuerySet[Ticket], wish: Wish, *, number: str, now: datetime, count: int | None = None
) -> Page[Ticket]:
    """One page of what was wished for: what waits for the reader first, each by its last word.

    `count`: how many there are, where that is known.
    """
    found = (
        portal_search.found(tickets, wish.query) if wish.query else _shown(tickets, wish.shown, now)
    )
    section = Case(
        When(state=State.WAITING, then=WAITING),
        When(state__in=SETTLED, then=SOLVED),
        default=WORKING,
        output_field=IntegerField(),
    )
    ordered = found.annotate(section=section).order_by("section", "-updated_at", "-pk")
    listed: QuerySet[Ticket] = ordered.select_related("requester")
    paginator = Paginator(listed, PAGE)
    if count is not None:
        paginator.count = count
    return paginator.get_page(number)


def rows(tickets: Iterable[Ticket], now: datetime, *, query: str = "") -> list[Row]:
    """Put tickets into words; a few queries whatever their number.

    What was said last stands there, or the last message in which a word that was searched for is.
    """
    shown = list(tickets)
    last = _last_entries(shown, Entry.objects.exclude(kind=Entry.Kind.ASKED))
    ours = _last_entries(shown, Entry.objects.filter(author_kind=AuthorKind.STAFF))
    if query:
        last |= _last_entries(shown, portal_search.entries_with_any(query))
    owed = portal_promises.owed(shown, now=now)
    ways = {state: portal_words.steps(state) for state in {ticket.state for ticket in shown}}
    return [
        _row(
            ticket,
            (last.get(ticket.pk), ours.get(ticket.pk)),
            ways[ticket.state],
            query,
            updated=portal_words.updated(ticket.updated_at, now),
            promised=owed.get(ticket.pk, ""),
        )
        for ticket in shown
    ]


def is_held(ours: Entry | None) -> bool:
    """Whether the last we said was a holding reply: the answer is still to come."""
    return ours is not None and ours.kind == Entry.Kind.HOLDING


def _row(
    ticket: Ticket,
    lasts: tuple[Entry | None, Entry | None],
    steps: list[portal_words.Step],
    query: str,
    *,
    updated: str,
    promised: str,
) -> Row:
    last, ours = lasts
    section = {State.WAITING: WAITING, State.RESOLVED: SOLVED, State.CLOSED: SOLVED}
    said = portal_search.excerpt(last.body, query, _EXCERPT) if last else ""
    return Row(
        ticket=ticket,
        section=section.get(State(ticket.state), WORKING),
        standing=portal_words.standing(ticket.state, is_held=is_held(ours)),
        steps=steps,
        speaker=last.author_name if last and said else "",
        said=said or (portal_words.without_words(last) if last else ""),
        updated=updated,
        promised=promised,
    )


def _last_entries(tickets: list[Ticket], of: QuerySet[Entry]) -> dict[int, Entry]:
    found = of.filter(ticket__in=tickets).order_by("ticket", "-seq").distinct("ticket")
    return {entry.ticket_id: entry for entry in found}


def _shown(tickets: QuerySet[Ticket], shown: str, now: datetime) -> QuerySet[Ticket]:
    wanted = {
        "waiting": Q(state=State.WAITING),
        "working": ~Q(state__in=[State.WAITING, *SETTLED]),
        "solved": Q(state__in=SETTLED),
        "month": _this_month(now),
    }
    return tickets.filter(wanted.get(shown, _recent(now)))


def _recent(now: datetime) -> Q:
    return Q(settled_at=None) | Q(settled_at__gt=now - RECENT)


def _this_month(now: datetime) -> Q:
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Q(state__in=SETTLED, settled_at__gte=first)
