"""Delivering what stands in the outbox: an item becomes a letter, and the letter a mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage, get_connection

from customers.inside import inside
from desk.models import OutboxItem
from desk.operations.outbox import Sender
from tickets.mail.rendering import render
from tickets.mail.writers import compose, compose_for_staff, kinds


@contextmanager
def senders(*, now: datetime) -> Iterator[Mapping[str, Sender]]:
    """Senders for a drain, which share one way out to the mail server while the block lasts.

    `now` decides whether a sign-in code is still worth sending.
    """
    post = _Post()

    def send(item: OutboxItem) -> None:
        if item.customer_id is None:
            post.send(render(compose_for_staff(item=item), is_ours=True))
            return
        with inside(item.customer_id) as customer:
            letter = compose(item=item, customer=customer, now=now)
        post.send(render(letter))

    try:
        yield dict.fromkeys(kinds(), send)
    finally:
        post.close()


class _Post:
    """The mail backend of the settings, its connection kept between letters until one fails."""

    def __init__(self) -> None:
        self._way: Any = get_connection()

    def send(self, message: EmailMessage) -> None:
        try:
            self._way.open()
            self._way.send_messages([message])
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        self._way.close()
