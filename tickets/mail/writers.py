"""Who writes which kind of letter: apps say so at start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from customers.models import Customer
from desk.models import OutboxItem
from tickets.mail.letters import Letter

Writer = Callable[[OutboxItem, Customer, datetime], Letter]
"""Writes the letter an item stands for, inside its customer. Raises NotNeeded."""

_writers: dict[str, Writer] = {}


def serve(kind: str, writer: Writer) -> None:
    """Have `writer` write letters of this kind; told once, when the app is ready."""
    _writers[kind] = writer


def kinds() -> list[str]:
    """The kinds of letters somebody writes."""
    return list(_writers)


def compose(*, item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Write the letter an outbox item stands for, inside its customer. Raises NotNeeded."""
    return _writers[item.kind](item, customer, now)
