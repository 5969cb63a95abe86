from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from tickets.models import Entry
from tickets.models.trail import AuthorKind
from tickets.operations.writing import cleaned, entry_by_staff


class NotOurs(Exception):
    """Only what we wrote can be corrected, and a correction not again; correct the first entry."""


@transaction.atomic
def correct(*, entry: Entry, by: User, body: str, now: datetime, quiet: bool = False) -> Entry:
    """Follow a wrong reply by a correction; the wrong one stays in the trail. Raises NotOurs."""
    if entry.author_kind != AuthorKind.STAFF or entry.kind == Entry.Kind.CORRECTION:
        raise NotOurs
    return entry_by_staff(
        ticket=entry.ticket,
        kind=Entry.Kind.CORRECTION,
        by=by,
        body=cleaned(body),
        now=now,
        quiet=quiet,
        corrects=entry,
    )
