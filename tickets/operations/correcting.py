from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from tickets.models import Entry, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.writing import cleaned, entry_by_staff


class NotOurs(Exception):
    """Only what we wrote can be corrected, and a correction not again; correct the first entry."""


@transaction.atomic
def correct(*, entry: Entry, by: User, body: str, now: datetime, quiet: bool = False) -> Entry:
    """Follow a wrong reply by a correction; the wrong one stays in the trail. Raises NotOurs.

    The same words again are the same correction: a form sent twice corrects once.
    """
    if entry.author_kind != AuthorKind.STAFF or entry.kind == Entry.Kind.CORRECTION:
        raise NotOurs
    Ticket.objects.select_for_update(no_key=True).get(pk=entry.ticket_id)
    body = cleaned(body)
    twin = Entry.objects.filter(corrects=entry, body=body).first()
    return twin or entry_by_staff(
        ticket=entry.ticket,
        kind=Entry.Kind.CORRECTION,
        by=by,
        body=body,
        now=now,
        quiet=quiet,
        corrects=entry,
    )
