"""What a reader is asked at a ticket by apps above: they say so at start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from tickets.models import Contact, Ticket


class Question(NamedTuple):
    """Whether something works for the reader: what, at which tickets, and where that is answered.

    `href` takes a POST of `say` (works, not_working) and `ticket`, and shows a form to a GET.
    """

    href: str
    about: str
    numbers: list[int]


Source = Callable[[Ticket, Contact, datetime], Question | None]
"""What this person is asked at this ticket now, if anything."""

_sources: list[Source] = []


def serve(source: Source) -> None:
    """Have `source` asked for questions; told once, when the app is ready."""
    _sources.append(source)


def asked(ticket: Ticket, contact: Contact, *, now: datetime) -> Question | None:
    """The first question there is for this person."""
    found = (source(ticket, contact, now) for source in _sources)
    return next((question for question in found if question is not None), None)
