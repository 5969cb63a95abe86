"""The template tags of the component kit: `{% load kit %}`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.template import Context, Engine, Library
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from servicedesk import cards, parts, rows, trail, words

register = Library()
register.filter("initials", words.initials)
register.filter("hue", words.hue)
register.filter("stamp", words.stamp)
register.filter("since", words.since)
register.filter("absolute", words.absolute)
register.filter("span", words.span)


@register.filter
def spread(attrs: Mapping[str, object]) -> SafeString:
    """Write a component's remaining attributes, escaped (cotton's own `{{ attrs }}` is not)."""
    left = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else dict(attrs)
    shown = (
        (key, "" if value is True else value) for key, value in left.items() if value is not False
    )
    return format_html_join("", ' {}="{}"', shown)


@register.simple_tag
def avatar(name: object, size: str = "", label: str = "") -> SafeString:
    """A person's initials in their colour, see cotton/avatar.html."""
    return parts.avatar(str(name or ""), size=size, label=label)


@register.simple_tag
def when(at: datetime, now: datetime | None = None, style: str = "stamp") -> SafeString:
    """A time, short to read and whole on hover, see cotton/when.html."""
    return parts.when(at, now=now, style=style)


@register.simple_tag(name="clock")
def clock_of(
    kind: str, due: datetime, start: datetime | None, now: datetime | None = None, **more: Any
) -> SafeString:
    """A running clock, see cotton/clock.html."""
    is_provisional = bool(more.pop("is_provisional", False))
    told = words.sla(kind, due, start, now, **more)
    return parts.clock(told, is_provisional=is_provisional)


@register.simple_tag(takes_context=True)
def ended_clock(context: Context, one: Any) -> SafeString:
    """A clock of a ticket that is over (`tickets.clock_words.Told`), see servicedesk.parts."""
    return parts.ended_clock(
        one.label,
        one.words,
        tone=one.tone,
        at=one.row.ended_at,
        now=context["now"],
        href=f"{context['here']}{context['back']}&why={one.key}",
    )


@register.simple_tag
def rail(items: Iterable[Mapping[str, object]], current: str) -> SafeString:
    """Places in the rail as list items; a count has an id, so that a fragment may renew it."""
    return parts.rail(items, current=current)


@register.simple_tag
def lines(
    tickets: Iterable[rows.Row], now: datetime | None, current: str, crown: SafeString
) -> SafeString:
    """Queue rows as list items, see servicedesk.rows."""
    return rows.markup(tickets, now=now or timezone.now(), current=current, crown=crown)


@register.simple_tag(name="cards")
def cards_of(found: Iterable[cards.Card], prefix: str, now: datetime) -> SafeString:
    """A customer's tickets as cards, see servicedesk.cards."""
    return cards.markup(found, prefix=prefix, now=now)


@register.simple_tag(takes_context=True)
def line(context: Context, one: Any, files: str) -> SafeString:
    """A line of a ticket's thread, see servicedesk.trail; its files, if any, by that template."""

    def shown(_line: trail.Line) -> str:
        if not one.files:
            return ""
        return Engine.get_default().get_template(files).render(context)

    page = trail.Page(
        now=context["now"],
        here=context["here"],
        back=context["here"] + context["back"],
        token=str(context.get("csrf_token", "")),
        may_route=bool(context.get("may_route")),
        earlier=context["trail"].earlier,
        may_answer=context["may_answer"],
        files=shown,
    )
    return trail.markup(one, page)
