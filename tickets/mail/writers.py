"""Who writes which kind of letter: apps say so at start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from customers.models import Customer
from desk.models import OutboxItem
from tickets.mail.letters import Letter

Writer = Callable[[OutboxItem, Customer, datetime], Letter]
"""Writes the letter an item stands for, inside its customer. Raises NotNeeded."""

StaffWriter = Callable[[OutboxItem], Letter]
"""Writes the letter to one of ours that an item stands for, in public. Raises NotNeeded."""

_writers: dict[str, Writer] = {}
_staff_writers: dict[str, StaffWriter] = {}


def serve(kind: str, writer: Writer) -> None:
    """Have `writer` write letters of this kind; told once, when the app is ready."""
    _writers[kind] = writer


def serve_staff(kind: str, writer: StaffWriter) -> None:
    """Have `writer` write letters of this kind to our own people."""
    _staff_writers[kind] = writer


def kinds() -> list[str]:
    """The kinds of letters somebody writes."""
    return [*_writers, *_staff_writers]


def compose(*, item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Write the letter an outbox item stands for, inside its customer. Raises NotNeeded."""
    return _writers[item.kind](item, customer, now)


def compose_for_staff(*, item: OutboxItem) -> Letter:
    """Write the letter to one of ours that an outbox item stands for. Raises NotNeeded."""
    return _staff_writers[item.kind](item)
