"""What a search found, with the words around it: ids from public, texts from at most 20 schemas."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk import places
from desk.models import SearchDocument
from desk.operations.search import search
from desk.segmenting import lexemes
from desk.words import State
from tickets import html
from tickets.models import Ticket

SHOWN = 20
"""Hits with their texts: each customer among them costs a look into its schema."""

_AROUND = 90
_CODE = re.compile(r"\s*#?([a-z0-9][a-z0-9-]{0,23})-([0-9]{1,9})\s*", re.I)


@dataclass(frozen=True)
class Hit:
    """A ticket that holds all the words. Subject and snippet are HTML with the words marked."""

    href: str
    document: SearchDocument
    subject: SafeString
    snippet: SafeString
    state: str
    is_internal: bool
    """The snippet is of a note: the customer does not see it."""


def ticket_by_code(*, user: User, text: str) -> str:
    """The address of the ticket somebody typed the code of (``ACME-12``), or ""."""
    typed = _CODE.fullmatch(text)
    if typed is None:
        return ""
    customers = Customer.objects.live().served_by(user)
    customer = customers.filter(code=typed[1].lower()).first()
    if customer is None:
        return ""
    with schema_of(customer):
        is_there = Ticket.objects.filter(number=int(typed[2])).exists()
    return places.ticket(customer.code, int(typed[2])) if is_there else ""


def hits(*, user: User, text: str) -> tuple[list[Hit], int]:
    """The newest tickets that hold all the words, at most `SHOWN`, and how many more there are.

    Only of customers this person may serve; a suspended customer's are left out.
    """
    found = [
        document
        for document in search(user=user, text=text)
        if document.customer.suspended_at is None and document.customer.laid_at is not None
    ]
    shown, words = found[:SHOWN], _words(text)
    texts = _texts(shown, words)
    marked = [_hit(document, texts.get(document.pk, ("", False)), words) for document in shown]
    return marked, len(found) - len(shown)


def _words(text: str) -> list[str]:
    """What to mark: the words as typed and as they are searched, the longest first."""
    words = {*text.split(), *lexemes(text, query=True).split()}
    return sorted((word for word in words if len(word) > 1 or not word.isascii()), key=len)[::-1]


def _texts(
    documents: Sequence[SearchDocument], words: Sequence[str]
) -> dict[int, tuple[str, bool]]:
    """For each document the last text that holds a word, and whether it is a note's.

    Entries go before notes, which are looked through for what no entry holds.
    """
    if not words:
        return {}
    said = {pk: (text, False) for pk, text in _held(documents, "tickets_entry", words).items()}
    silent = [document for document in documents if document.pk not in said]
    noted = {pk: (text, True) for pk, text in _held(silent, "tickets_note", words).items()}
    return said | noted


def _held(documents: Sequence[SearchDocument], table: str, words: Sequence[str]) -> dict[int, str]:
    """The last text of each document that holds a word, in one statement.

    Schemas are named in full: searched one after the other each would cost two statements.
    """
    by_customer: dict[Customer, dict[int, int]] = defaultdict(dict)
    for document in documents:
        by_customer[document.customer][document.ticket_id] = document.pk
    if not by_customer:
        return {}
    legs = [
        _LEG.format(schema=customer.schema_name, table=table, customer=customer.pk)
        for customer in by_customer
    ]
    asked = [f"%{_as_it_is(word)}%" for word in words]
    given = [part for its in by_customer.values() for part in (list(its), asked)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(legs), given)
        rows = sorted(cursor.fetchall(), key=lambda row: row[2])  # the last one stays
    places = {customer.pk: its for customer, its in by_customer.items()}
    return {places[customer][ticket]: html.to_text(body) for customer, ticket, _seq, body in rows}


_LEG = """
SELECT {customer}::bigint, ticket_id, seq, body FROM "{schema}"."{table}"
WHERE ticket_id = ANY (%s) AND body <> '' AND body ILIKE ANY (%s)
"""


def _as_it_is(word: str) -> str:
    """A word whose own signs ask for nothing in LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", word)


def _hit(document: SearchDocument, text: tuple[str, bool], words: Sequence[str]) -> Hit:
    words_found = re.compile("|".join(re.escape(word) for word in words) or r"(?!)", re.I)
    return Hit(
        href=places.ticket(document.customer.code, document.number),
        document=document,
        subject=_marked(document.subject, words_found),
        snippet=_marked(_around(text[0], words_found), words_found),
        state=str(State(document.state).label),
        is_internal=text[1],
    )


def _around(text: str, words: re.Pattern[str]) -> str:
    """So much of the text that the first word found stands in it."""
    text = " ".join(text.split())
    found = words.search(text)
    start = max(0, (found.start() if found else 0) - _AROUND)
    end = min(len(text), (found.end() if found else 0) + _AROUND)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _marked(text: str, words: re.Pattern[str]) -> SafeString:
    pieces, at = [], 0
    for match in words.finditer(text):
        pieces.append(format_html("{}<mark>{}</mark>", text[at : match.start()], match[0]))
        at = match.end()
    return format_html_join("", "{}", [(piece,) for piece in [*pieces, text[at:]]])
