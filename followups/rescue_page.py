"""One low score as its page shows it: who said what, what we know of them, what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import get_language

from accounts.models import User
from customers.models import Customer
from desk import places
from desk.last_scores import Lines, lines_of
from desk.models import QueueItem
from desk.words import SETTLED, RescueState
from followups.low_scores import Low, lows_of
from followups.models import Event, Rescue
from followups.operations.closing_rescues import Again, again, rated
from followups.rescue_words import Line, line
from tickets.html import to_text
from tickets.models import Entry
from tickets.models.trail import AuthorKind
from tickets.surroundings import staff_for

LAST_WORDS, OTHERS = 3, 8
"""Entries of the ticket, and other open tickets of the customer, that a page shows."""


class Said(NamedTuple):
    """A low answer: the question in the reader's language, and how to reach who said it."""

    low: Low
    question: str
    href: str
    ticket: str
    ticket_href: str
    tel: str


class Word(NamedTuple):
    """One of the ticket's last words."""

    name: str
    is_theirs: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class Shown:
    """Everything on the page; times are aware."""

    rescue: Rescue
    lows: list[Said]
    last_words: list[Word]
    lines: Lines
    others: list[tuple[QueueItem, str]]
    trail: list[Line]
    again: list[Again]
    is_rated: bool
    is_mine: bool

    @property
    def is_to_do(self) -> bool:
        """Whether it waits for us."""
        return self.rescue.state not in (RescueState.ASKED, RescueState.CLOSED)

    @property
    def first(self) -> Said | None:
        """The low answer that opened it."""
        return self.lows[0] if self.lows else None


def shown(*, customer: Customer, rescue: Rescue, user: User, now: datetime) -> Shown:
    """Read it all; the customer's schema is open. As many statements for any number of answers."""
    lows = lows_of(rescue)
    events = Event.objects.filter(rescue=rescue).select_related("callback__contact")
    first = lows[0].contact.pk if lows else None
    return Shown(
        rescue=rescue,
        lows=[_said(low, customer) for low in lows],
        last_words=_last_words(rescue),
        lines=lines_of(customer=customer, now=now, contact_id=first),
        others=_others(customer, rescue),
        trail=[line(event) for event in events.order_by("-pk")],
        again=again(rescue=rescue, now=now) if rescue.state != RescueState.CLOSED else [],
        is_rated=user.pk in rated(rescue),
        is_mine=rescue.consultant_id == user.pk,
    )


def colleagues(*, customer: Customer, rescue: Rescue, now: datetime) -> list[User]:
    """Who else may take it: who serves the customer and is here, by name."""
    people = staff_for(customer).exclude(pk=rescue.consultant_id or 0)
    return [person for person in people if not person.is_away(now)]


def _said(low: Low, customer: Customer) -> Said:
    language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    ticket = low.callback.ticket
    phone = "".join(sign for sign in low.contact.phone if sign.isdigit() or sign == "+")
    return Said(
        low=low,
        question=low.question.get("text", {}).get(language, ""),
        href=places.callback(customer.code, low.callback.pk),
        ticket=f"{customer.prefix}-{ticket.number} {ticket.subject}" if ticket else "",
        ticket_href=places.ticket(customer.code, ticket.number) if ticket else "",
        tel=f"tel:{phone}" if phone else "",
    )


def _last_words(rescue: Rescue) -> list[Word]:
    if rescue.ticket_id is None:
        return []
    entries: Any = Entry.objects.filter(ticket=rescue.ticket_id).exclude(body="")
    people = entries.exclude(author_kind=AuthorKind.SYSTEM).exclude(kind=Entry.Kind.RATED)
    last = list(people.order_by("-seq")[:LAST_WORDS])
    return [
        Word(
            one.author_name,
            one.author_kind == AuthorKind.CONTACT,
            to_text(one.body),
            one.written_at,
        )
        for one in reversed(last)
    ]


def _others(customer: Customer, rescue: Rescue) -> list[tuple[QueueItem, str]]:
    rows = QueueItem.objects.filter(customer=customer).exclude(state__in=SETTLED)
    rows = rows.exclude(ticket_id=rescue.ticket_id or 0).order_by("-updated_at")[:OTHERS]
    return [(row, places.ticket(customer.code, row.number)) for row in rows]
