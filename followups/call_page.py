"""One callback as we see it: who is called, what is said to them, what they said before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Customer
from desk import last_scores, places
from desk.models import CallbackItem
from followups import ratings
from followups.best_hour import WEEKDAYS, Best, best, weeks_of
from followups.call_list import tel
from followups.models import Answer, Callback, Calling
from followups.operations.calling import talker
from tickets.models import Contact, Ticket

TICKETS = 6
"""Open tickets of theirs that stand beside the call."""


@dataclass(frozen=True)
class Typed:
    """What stands in the form: from the draft kept, or from what was sent and refused."""

    scores: dict[str, int] = field(default_factory=dict)
    words: str = ""
    call_at: str = ""


class Asked(NamedTuple):
    """A question to be put: in their language, and in the reader's where that is another."""

    scale: ratings.Scale
    translated: str
    typed: int | None
    problem: str


class Spoken(NamedTuple):
    """What is said to them, in their language (`lang`), and where the reader finds the rest."""

    lang: str
    greeting: str
    asked: list[Asked]
    words: str
    words_translated: str


class Page(NamedTuple):
    """What the page of a callback shows."""

    callback: Callback
    calling: Calling
    item: CallbackItem | None
    role: str | Promise
    tel: str
    hour: Best
    spoken: Spoken
    lines: last_scores.Lines
    last_words: list[last_scores.Score]
    tickets: list[tuple[Ticket, str]]
    talker: tuple[str, datetime] | None
    said: list[ratings.Line]
    flagged: Answer | None
    flagged_said: list[ratings.Line]
    is_over: bool


def page_of(
    *,
    callback: Callback,
    customer: Customer,
    reader: User,
    typed: Typed | None,
    problems: Mapping[str, str],
    now: datetime,
) -> Page:
    """Everything about one callback; the customer's schema is open."""
    calling, contact = callback.calling, callback.contact
    week = weeks_of([customer.pk]).get(customer.pk, WEEKDAYS)
    lines = last_scores.lines_of(
        customer=customer, now=now, contact_id=contact.pk, ticket_id=callback.ticket_id
    )
    talks = talker(calling=calling, now=now)
    flagged = _flagged(callback) if calling.is_machine else None
    return Page(
        callback=callback,
        calling=calling,
        item=CallbackItem.objects.filter(customer=customer, callback_id=callback.pk).first(),
        role=Contact.Role(contact.role).label,
        tel=tel(contact.phone),
        hour=best(zone=contact.time_zone, week=week, now=now),
        spoken=_spoken(callback, customer, reader, typed or kept(calling), problems),
        lines=lines,
        last_words=[one for one in lines.person if one.words][::-1],
        tickets=_tickets(contact, customer),
        talker=talks if talks and calling.draft.get("by") != reader.pk else None,
        said=ratings.lines(callback, callback.scores),
        flagged=flagged,
        flagged_said=ratings.lines(callback, flagged.scores) if flagged else [],
        is_over=callback.is_over(now) or calling.outcome == Calling.Outcome.DECLINED,
    )


def kept(calling: Calling) -> Typed:
    """What was heard so far, by whomever."""
    draft = calling.draft
    return Typed(scores=draft.get("scores", {}), words=draft.get("words", ""))


def typed(sent: Mapping[str, str], callback: Callback) -> Typed:
    """What somebody typed into the form; what is no number is as if it were not there."""
    scores = {
        one["key"]: int(number)
        for one in callback.questions
        if one["kind"] != "text" and (number := sent.get(f"score-{one['key']}", "")).isdecimal()
        and len(number) < 5
    }  # fmt: skip
    return Typed(scores, sent.get("words", "").replace("\0", ""), sent.get("call_at", ""))


def time_typed(text: str) -> datetime | None:
    """A time of the reader's wall, ``2026-11-22T15:30``; None where it is none."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    if at is None or not 2000 <= at.year <= 2100:
        return None
    return timezone.make_aware(at) if timezone.is_naive(at) else at


def _spoken(
    callback: Callback,
    customer: Customer,
    reader: User,
    shown: Typed,
    problems: Mapping[str, str],
) -> Spoken:
    contact = callback.contact
    theirs = "zh-hans" if contact.language.startswith("zh") else "en"
    own = "zh-hans" if (get_language() or "en").startswith("zh") else "en"
    with translation.override(theirs):
        scales = ratings.scales(callback)
        greeting, words = _greeting(callback, customer, reader), _words(callback)
    texts = {one["key"]: str(one["text"][own]) for one in callback.questions}
    return Spoken(
        lang=theirs,
        greeting=greeting,
        asked=[
            Asked(
                scale=scale,
                translated=texts[scale.key] if own != theirs else "",
                typed=shown.scores.get(scale.key),
                problem=problems.get(scale.key, ""),
            )
            for scale in scales
        ],
        words=words,
        words_translated=_words(callback) if own != theirs else "",
    )


def _words(callback: Callback) -> str:
    return ratings.asks_for_words(callback)


def _greeting(callback: Callback, customer: Customer, reader: User) -> str:
    """What one begins with, in the language that is spoken at the moment."""
    said = {"name": callback.contact.name, "me": reader.name, "vendor": settings.VENDOR_NAME}
    if callback.calling.rescue_id is not None:
        return (
            _(
                "Hello %(name)s, this is %(me)s of %(vendor)s. You told us that something went"
                " wrong, and we have worked on it. May I ask how it is now?"
            )
            % said
        )
    if callback.ticket is None:
        return (
            _(
                "Hello %(name)s, this is %(me)s of %(vendor)s. We would like to know how we do for"
                " you. Do you have two minutes?"
            )
            % said
        )
    said |= {
        "subject": callback.ticket.subject,
        "ref": f"{customer.prefix}-{callback.ticket.number}",
    }
    return (
        _(
            "Hello %(name)s, this is %(me)s of %(vendor)s. It is about “%(subject)s” (%(ref)s),"
            " which we solved. May I ask how that went for you?"
        )
        % said
    )


def _tickets(contact: Contact, customer: Customer) -> list[tuple[Ticket, str]]:
    rows = Ticket.objects.live().filter(requester=contact).order_by("-updated_at", "-pk")
    return [(one, places.ticket(customer.code, one.number)) for one in rows[:TICKETS]]


def _flagged(callback: Callback) -> Answer | None:
    return Answer.objects.filter(callback=callback, is_machine=True).order_by("-pk").first()
