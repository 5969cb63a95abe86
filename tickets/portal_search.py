"""Finding tickets by words, within the customer's own schema: letters, so that Chinese works."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from django.db.models import CharField, F, Func, Q, QuerySet, Subquery, Value
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tickets import plain_text
from tickets.models import Entry, Ticket

_MAX_WORDS = 8
_BEFORE = 60
"""How many letters of a message are shown before the first word that was found."""


def found(tickets: QuerySet[Ticket], query: str) -> QuerySet[Ticket]:
    """The tickets in which each word stands: in the subject, in a message, or as the number."""
    for word in _words(query):
        said = _written().filter(written__icontains=_as_html(word))
        matches = Q(subject__icontains=word) | Q(pk__in=Subquery(said.values("ticket")))
        number = word.rpartition("-")[2].lstrip("#")
        if number.isdecimal() and len(number) < 9:
            matches |= Q(number=int(number))
        tickets = tickets.filter(matches)
    return tickets


def entries_with_any(query: str) -> QuerySet[Entry]:
    """The entries in which at least one of the words stands."""
    wanted = Q()
    for word in _words(query):
        wanted |= Q(written__icontains=_as_html(word))
    return _written().filter(wanted)


def excerpt(html: str, query: str, length: int) -> SafeString | str:
    """The beginning of a message, or the part of it around the first word found, words marked."""
    if not query:
        return plain_text.excerpt(html, length)
    line = " ".join(plain_text.to_text(html, has_links=False).split())
    pattern = re.compile(f"({'|'.join(re.escape(word) for word in _words(query))})", re.IGNORECASE)
    first = pattern.search(line)
    start = max(0, first.start() - _BEFORE) if first else 0
    shown = line[start : start + length]
    return format_html(
        "{}{}{}",
        "…" if start else "",
        _marked(shown, pattern),
        "…" if start + length < len(line) else "",
    )


def _marked(text: str, pattern: re.Pattern[str]) -> SafeString:
    pieces = pattern.split(text)
    return format_html_join(
        "",
        "{}{}{}",
        (
            (SafeString("<mark>"), piece, SafeString("</mark>")) if place % 2 else ("", piece, "")
            for place, piece in enumerate(pieces)
        ),
    )


def _words(query: str) -> list[str]:
    return query.split()[:_MAX_WORDS]


def _as_html(word: str) -> str:
    return escape(word, quote=False)


def _written() -> QuerySet[Any]:
    """Entries with their text without markup, as `written`."""
    written = Func(
        F("body"),
        Value("<[^>]*>"),
        Value(" "),
        Value("g"),
        function="regexp_replace",
        output_field=CharField(),
    )
    entries: QuerySet[Any] = Entry.objects.annotate(written=written)
    return entries
