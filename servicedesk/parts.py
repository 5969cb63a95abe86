"""The smallest parts of the kit, written in Python: a page has dozens of each.

An avatar costs 0.01 ms so, and 0.15 ms as a component with its own context. Whatever a person wrote
is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from servicedesk import words
from servicedesk.icons import picture


@lru_cache(maxsize=2048)
def avatar(name: str, *, size: str = "", label: str = "") -> SafeString:
    """Initials in the person's colour; decoration unless `label` is set. `tile`: a company's."""
    said = name[:1].upper() if size == "tile" else words.initials(name)
    spoken = (
        f'role="img" aria-label="{escape(label)}" title="{escape(label)}"'
        if label
        else 'aria-hidden="true"'
    )
    return mark_safe(  # noqa: S308  escaped here
        f'<span class="avatar {escape(size)} hue-{words.hue(name)}" {spoken}>{escape(said)}</span>'
    )


def when(at: datetime, *, now: datetime | None, style: str = "stamp") -> SafeString:
    """The time in the reader's words: `stamp` of the clock and calendar, or `since` then."""
    said = words.since(at, now) if style == "since" else words.stamp(at, now)
    whole = escape(words.absolute(at))
    return mark_safe(  # noqa: S308  escaped here
        f'<time datetime="{words.iso(at)}" title="{whole}">{escape(said)}</time>'
    )


def clock(told: words.Clock, *, is_provisional: bool = False) -> SafeString:
    """A clock that runs: ring and words, which js/clock.js moves on, and when it is due.

    That is read out, and shown when the pointer or the keyboard is at it.
    """
    at = (_("by %(time)s: calendar not published") if is_provisional else _("by %(time)s")) % {
        "time": told.absolute
    }
    guessed = " data-provisional" if is_provisional else ""
    return mark_safe(  # noqa: S308  escaped here
        f'<sla-clock data-state="{told.state}" data-due="{told.due_iso}"'
        f' data-start="{told.start_iso}" data-soon="{told.soon_iso}"'
        f' data-opening="{escape(told.opening)}" data-late="{escape(told.late)}"{guessed}>'
        '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6"/>'
        '<circle cx="8" cy="8" r="6" transform="rotate(-90 8 8)" pathLength="100"'
        f' stroke-dasharray="{told.ring}"/></svg><span>{escape(told.text)}</span>'
        f'<small class="at"> {escape(at)}</small></sla-clock>'
    )


def rail(items: Iterable[Mapping[str, object]], *, current: str) -> SafeString:
    """Places to go: {key, label, icon, href, count, is_alarm}; `current` is a key."""
    return mark_safe("".join(_place(item, current) for item in items))  # noqa: S308  escaped below


def _place(item: Mapping[str, object], current: str) -> str:
    key, count = escape(str(item["key"])), item["count"]
    here = ' aria-current="page"' if item["key"] == current else ""
    alarm = " alarm" if item["is_alarm"] and count else ""
    number = "" if count is None else f' <span class="count{alarm}" id="count-{key}">{count}</span>'
    drawn = picture(str(item["icon"]), 18, aria_hidden="true")
    return (
        f'<li><a class="nav" href="{escape(str(item["href"]))}"{here}>{drawn}'
        f'<span class="label clip">{escape(str(item["label"]))}</span>{number}</a></li>\n'
    )


def ended_clock(
    label: object, said: object, *, tone: str, at: datetime, now: datetime, href: str
) -> SafeString:
    """A clock that is over as a list item: how it ended, when, and a link to why, at `href`."""
    icon = {"late": "circle-alert", "ok": "circle-check"}.get(tone, "circle-slash")
    late = " late" if tone == "late" else ""
    drawn = picture(icon, 16, aria_hidden="true")
    asked, why = escape(href), escape(_("Why?"))
    spoken = escape(_("Why? %(clock)s") % {"clock": label})
    return mark_safe(  # noqa: S308  escaped here
        f'<li class="clock-line {tone}">\n<span class="clock{late}">{drawn}'
        f"<span>{escape(str(label))} · {escape(str(said))}</span></span>\n"
        f'<p class="muted">{when(at, now=now)} · <a href="{asked}#why" hx-get="{asked}"'
        ' hx-select="#why" hx-target="#why" hx-swap="outerHTML show:#why:top" hx-push-url="true"'
        f' aria-label="{spoken}">{why}</a></p>\n</li>\n'
    )
