"""A customer's tickets put into markup in Python: fifty stand on the first page of their portal.

By a template of their own they were half of that page. So, as in `servicedesk.rows`, whatever a
person wrote is escaped here, at the one place where it is put between tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple, Protocol

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from servicedesk import words
from servicedesk.icons import picture

_PILLS = ("warn", "neutral", "ok")


class Step(Protocol):
    """A station on a ticket's way."""

    label: str
    is_done: bool
    is_current: bool


class Card(Protocol):
    """What a view gives the kit for one ticket of a portal; times are aware."""

    href: str
    number: int
    subject: str
    section: int  # 0: it waits for the reader, 1: we work on it, 2: it is solved
    is_resolved: bool  # solved, and nobody has said yet that it works
    standing: str
    steps: Sequence[Step]
    speaker: str
    said: str | SafeString  # markup where words of a search are marked
    asker: str
    updated_at: datetime
    updated: str  # how long ago, in words; "" where the date is to be shown
    promised: str  # by when we said we would; "" where nothing is promised


class _Page(NamedTuple):
    """What is the same on all cards of a page; markup, ready to be put in."""

    now: datetime
    prefix: str
    colon: str
    progress: str
    reply: str
    works: str
    given: str
    ways: dict[tuple[Step, ...], str]


def markup(cards: Iterable[Card], *, prefix: str, now: datetime) -> SafeString:
    """The cards one below the other, escaped, as of `now`; a ticket is called `prefix` and number.
    Tickets that are equally far share their steps, which are put together once.
    """
    page = _Page(
        now=now,
        prefix=escape(prefix),
        colon=escape(pgettext("between a speaker and what they said", ": ")),
        progress=escape(_("Progress")),
        reply=picture("reply", 16, aria_hidden="true") + escape(_("Reply")),
        works=escape(_("Does it work?")),
        given=picture("calendar-clock", 16, aria_hidden="true"),
        ways={},
    )
    return mark_safe("".join(_card(card, page) for card in cards))  # noqa: S308  escaped below


def _card(card: Card, page: _Page) -> str:
    href, subject = escape(card.href), escape(card.subject)
    yours = " yours" if card.section == 0 else ""
    return (
        f'<article class="card request{yours}">\n<header>\n'
        f'<h3><a href="{href}">{subject}</a></h3>\n'
        f'<span class="pill {_PILLS[card.section]}">{escape(card.standing)}</span>\n</header>\n'
        f"{_promised(card, page)}{_said(card, page)}"
        f'<ol class="steps" aria-label="{page.progress}">\n{_way(card.steps, page)}</ol>\n'
        f'<div class="foot">\n<span>{page.prefix}-{card.number} · '
        f"{escape(_('asked by %(name)s') % {'name': card.asker})} · {_updated(card, page)}</span>\n"
        f"{_next(card, page, href, subject)}</div>\n</article>\n"
    )


def _promised(card: Card, page: _Page) -> str:
    return f'<p class="promised">{page.given}{escape(card.promised)}</p>\n' if card.promised else ""


def _said(card: Card, page: _Page) -> str:
    if not card.said:
        return ""
    speaker = f"<b>{escape(card.speaker)}</b>{page.colon}" if card.speaker else ""
    return f'<p class="said">{speaker}{conditional_escape(card.said)}</p>\n'


def _way(steps: Sequence[Step], page: _Page) -> str:
    known = tuple(steps)
    if known not in page.ways:
        page.ways[known] = "".join(f"<li{_at(step)}>{escape(step.label)}</li>" for step in known)
    return page.ways[known]


def _at(step: Step) -> str:
    if step.is_current:
        return ' aria-current="step"'
    return ' class="done"' if step.is_done else ""


def _updated(card: Card, page: _Page) -> str:
    at = card.updated_at
    said = card.updated or _("updated %(time)s") % {"time": words.stamp(at, page.now)}
    whole = escape(words.absolute(at))
    return f'<time datetime="{words.iso(at)}" title="{whole}">{escape(said)}</time>'


def _next(card: Card, page: _Page, href: str, subject: str) -> str:
    """What the reader can do about it, if anything."""
    if card.section == 0:
        label = escape(_("Reply: %(subject)s") % {"subject": card.subject})
        button = f'<a class="btn primary" href="{href}#reply-body" aria-label="{label}">'
        return f"{button}{page.reply}</a>\n"
    if card.is_resolved:
        name = f'{page.works}<span class="sr"> {subject}</span>'
        return f'<a class="btn" href="{href}#works">{name}</a>\n'
    return ""
