"""The lines of a ticket's thread put into markup in Python: thirty stand on a page.

By a template they were a fifth of it. So, as in `servicedesk.rows`, whatever a person wrote is
escaped here; only a body is put in as it is, which `tickets.html.shown` has made safe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Protocol

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from servicedesk import parts, trail_mail, words
from servicedesk.icons import picture


class Said(Protocol):
    """An entry of the trail that a line points to."""

    pk: int
    seq: int
    written_at: datetime


class Line(Protocol):
    """What a view gives the kit for one line; times are aware."""

    kind: str  # day, message, note or event
    at: datetime
    seq: int
    anchor: str
    name: str
    author_kind: str
    role: Any
    body: SafeString
    mark: Any
    icon: str
    words: str
    is_fresh: bool
    corrects: Said | None
    corrected_by: Said | None
    may_correct: bool
    after: Any
    promised: datetime | None
    instead_of: datetime | None
    mail: trail_mail.Mailed | None
    sent: trail_mail.Delivered | None
    row: Any


@dataclass(frozen=True)
class Page:
    """What is the same for all lines: now, the page's own address, what the reader may do.

    `back` is the page with the queue beside it, `here` without; `token` goes along with forms.
    Lines up to `earlier` are not on it; `files` gives the markup of a line's files.
    """

    now: datetime
    here: str
    back: str
    token: str
    earlier: int
    may_answer: bool
    may_route: bool
    files: Callable[[Line], str]


def markup(line: Line, page: Page) -> SafeString:
    """The line as a list item, escaped."""
    return mark_safe(_KINDS.get(line.kind, _message)(line, page))  # noqa: S308  escaped below


def _day(line: Line, _page: Page) -> str:
    day = escape(date_format(localtime(line.at), "DATE_FORMAT"))
    return f'<li class="day"><span>{day}</span></li>\n'


def _event(line: Line, page: Page) -> str:
    drawn = picture(line.icon, 16, aria_hidden="true")
    said = f"{escape(line.words)} {parts.when(line.at, now=page.now)}"
    if line.mail is not None and page.may_route:
        said += _link("small", line.mail.href, _("See the mail"))
    return f'<li class="event">{drawn}<span>{said}</span></li>\n'


def _note(line: Line, page: Page) -> str:
    lock = picture("lock", 14, aria_hidden="true")
    inside = escape(_("Internal: the customer does not see this"))
    header = (
        f"<b>{lock}{escape(line.name)}</b><strong>{inside}</strong>"
        f"{parts.when(line.at, now=page.now)}{trail_mail.mark(line.mail)}{_menu(line, page)}"
    )
    return _bubble("noted", line, header, page)


def _message(line: Line, page: Page) -> str:
    fresh = " just-in" if line.is_fresh else ""
    header = (
        f"<b>{escape(line.name)}</b>{_span(line.role)}"
        f"{parts.when(line.at, now=page.now)}{trail_mail.mark(line.mail)}"
        f"{_span(line.mark, 'pill ok')}{_promised(line, page)}{_since(line)}{_links(line, page)}"
        f"{_menu(line, page)}"
    )
    return _bubble(f"{escape(line.author_kind)}{fresh}", line, header, page)


def _bubble(kind: str, line: Line, header: str, page: Page) -> str:
    return (
        f'<li class="message {kind}" id="{escape(line.anchor)}">\n{parts.avatar(line.name)}\n'
        f'<article class="bubble">\n<header>{header}</header>\n'
        f'<div class="prose" hx-disable>{line.body}</div>\n{page.files(line)}'
        f"{trail_mail.below(line.mail)}{trail_mail.sent(line.sent, page.now)}</article>\n</li>\n"
    )


def _menu(line: Line, page: Page) -> str:
    """What can be done with the mail it came by; only what was added to a ticket is split off."""
    mail, split = line.mail, ""
    if mail is None:
        return ""
    if page.may_answer and line.kind == "message" and line.seq > 1:
        split = f"{page.here}entries/{line.row.pk}/split/"
    made = f"../{mail.split_into}/" if mail.split_into else ""
    return trail_mail.menu(
        mail, may_open=page.may_route, split=split, split_href=made, token=page.token
    )


def _promised(line: Line, page: Page) -> str:
    """The time that it gives the customer, and the one that it takes the place of."""
    if line.promised is None:
        return ""
    at = {"time": words.stamp(line.promised, page.now)}
    said = _("Promised for %(time)s") % at
    if line.instead_of is not None:
        at["old"] = words.stamp(line.instead_of, page.now)
        said = _("Promised for %(time)s, instead of %(old)s") % at
    drawn = picture("calendar-clock", 14, aria_hidden="true")
    return f'<span class="pill accent">{drawn}{escape(said)}</span>\n'


def _since(line: Line) -> str:
    """Where the ticket went with it, and that the reader has not seen it."""
    after = _("→ %(state)s") % {"state": line.after} if line.after else ""
    fresh = _("You have not seen this") if line.is_fresh else ""
    return f"{_span(after, 'after')}{_span(fresh, 'pill accent')}"


def _links(line: Line, page: Page) -> str:
    """To what it corrects, to what corrects it, or to correcting it."""
    found = ""
    if line.corrects is not None:
        earlier = f"{page.back}&all=1" if line.corrects.seq <= page.earlier else ""
        at = {"time": words.stamp(line.corrects.written_at, page.now)}
        said = _("Corrects the reply of %(time)s") % at
        found += _link("small", f"{earlier}#entry-{line.corrects.pk}", said)
    if line.corrected_by is not None:
        found += _span(_("Corrected"), "pill warn")
        found += _link("small", f"#entry-{line.corrected_by.pk}", _("See the correction"))
    if line.may_correct and page.may_answer:
        href = f"{page.back}&do=correct&entry={line.row.pk}#main"
        found += _link("small correct", href, _("Correct"))
    return found


def _link(kind: str, href: str, said: str) -> str:
    return f'\n<a class="{kind}" href="{escape(href)}">{escape(said)}</a>'


def _span(said: object, kind: str = "") -> str:
    within = f' class="{kind}"' if kind else ""
    return f"<span{within}>{escape(str(said))}</span>\n" if said else ""


_KINDS: dict[str, Callable[[Line, Page], str]] = {"day": _day, "event": _event, "note": _note}
