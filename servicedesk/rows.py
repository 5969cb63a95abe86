"""Queue rows put into words and markup in Python: a queue of fifty is asked for all day.

They cost 4 ms; the same markup with variables in a template 9 ms, with components in it 50 ms.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from servicedesk import words

_ROW = """\
<li class="{css}" id="row-{key}" data-key="{key}" data-version="{version}"{current}>
<p>{vip}<span class="clip">{customer}</span><span class="end when">{spoke}\
<time datetime="{updated_iso}" title="{updated}">{age}</time></span></p>
<p class="subject"><a class="clip" href="{href}">{subject}</a></p>{snippet}
<p>{state}<span class="end">{ref}{owner}</span></p>
</li>
"""
_CLOCK = """\
<sla-clock data-state="{state}" data-due="{due_iso}" data-start="{start_iso}" \
data-opening="{opening}" data-late="{late}" title="{absolute}">\
<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6"/>\
<circle cx="8" cy="8" r="6" transform="rotate(-90 8 8)" pathLength="100" \
stroke-dasharray="{ring}"/></svg><span>{text}</span></sla-clock>"""
_OWNER = (
    '<span class="avatar s hue-{hue}" role="img" aria-label="{label}: {name}" title="{name}">'
    "{initials}</span>"
)


class Row(Protocol):
    """What a view gives the kit for one ticket of a queue; times are aware."""

    href: str
    key: str  # unique on the page and stable: "acme-128"
    version: int | str  # changes whenever the row should be shown as changed
    customer: str
    ref: str  # as people say it: "ACME-128"
    subject: str
    snippet: str
    state: str
    state_name: str
    is_vip: bool
    is_unread: bool  # the customer spoke last
    owner: str  # a name, or "" for nobody
    updated_at: datetime
    clock_kind: str
    due: datetime | None  # None: no clock runs
    start: datetime | None
    paused: str  # why no clock runs, instead of the state's name


class Line(NamedTuple):
    """A row in words, ready for its markup."""

    css: str
    href: str
    key: str
    version: str
    customer: str
    ref: str
    subject: str
    snippet: str
    state: str
    words: str
    is_vip: bool
    is_unread: bool
    is_current: bool
    owner: str
    owner_hue: str
    owner_initials: str
    updated_iso: str
    updated: str
    age: str
    clock: words.Clock | None


def lines(rows: Iterable[Row], *, now: datetime, current: str = "") -> list[Line]:
    """Put rows into words as of `now`; the row whose key is `current` is marked."""
    return [_line(row, now=now, current=current) for row in rows]


def _line(row: Row, *, now: datetime, current: str) -> Line:
    clock = words.sla(row.clock_kind, row.due, row.start, now) if row.due else None
    return Line(
        css="row unread" if row.is_unread else "row",
        href=row.href,
        key=row.key,
        version=str(row.version),
        customer=row.customer,
        ref=row.ref,
        subject=row.subject,
        snippet=row.snippet,
        state=row.state,
        words=row.paused or row.state_name,
        is_vip=row.is_vip,
        is_unread=row.is_unread,
        is_current=row.key == current,
        owner=row.owner,
        owner_hue=str(words.hue(row.owner)),
        owner_initials=words.initials(row.owner),
        updated_iso=row.updated_at.isoformat(),
        updated=words.absolute(row.updated_at),
        age=words.since(row.updated_at, now),
        clock=clock,
    )


def markup(rows: Iterable[Row], *, now: datetime, current: str, crown: SafeString) -> SafeString:
    """The rows as list items, escaped. `crown` is the VIP mark's picture."""
    vip = format_html('<span class="pill vip">{}{}</span>', crown, _("VIP"))
    spoke = format_html('<span class="sr">{}</span>', _("The customer spoke last."))
    owner = _("Owner")
    items = (
        format_html(
            _ROW,
            **line._asdict()
            | {
                "current": format_html(' aria-current="{}"', "true") if line.is_current else "",
                "vip": vip if line.is_vip else "",
                "spoke": spoke if line.is_unread else "",
                "snippet": _snippet(line),
                "state": _state(line),
                "owner": _owner(line, owner),
            },
        )
        for line in lines(rows, now=now, current=current)
    )
    return format_html_join("", "{}", ((item,) for item in items))


def _snippet(line: Line) -> str:
    return (
        format_html('\n<p><span class="clip">{}</span></p>', line.snippet) if line.snippet else ""
    )


def _state(line: Line) -> SafeString:
    if line.clock is not None:
        return format_html(_CLOCK, **line.clock._asdict())
    return format_html('<span class="state {}">{}</span>', line.state, line.words)


def _owner(line: Line, label: str) -> str:
    if not line.owner:
        return ""
    return format_html(
        _OWNER,
        hue=line.owner_hue,
        label=label,
        name=line.owner,
        initials=line.owner_initials,
    )
