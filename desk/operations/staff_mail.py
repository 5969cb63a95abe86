"""Mail to our own people: a row of the outbox like any other, which names a person of ours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models.functions import Now

from accounts.models import User
from desk.kick import DRAIN_OUTBOX, kick
from desk.models import OutboxItem


def put_for_staff(*, people: Iterable[User], kind: str, row: str, fact: str, now: datetime) -> None:
    """Put a mail out for each of these people, unless its fact was told to them before.

    `fact` names what is told (``meeting:7``); with the person's id it is the item's key.
    """
    OutboxItem.objects.bulk_create(
        [
            OutboxItem(
                user=person,
                key=f"{fact}:user:{person.pk}",
                kind=kind,
                row=row,
                not_before=Now(),
                created_at=now,
            )
            for person in people
        ],
        ignore_conflicts=True,
    )
    kick(DRAIN_OUTBOX)
