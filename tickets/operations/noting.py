from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from tickets.models import Note, Ticket
from tickets.operations.storing import Upload, attach_internally
from tickets.operations.writing import ask_judge, cleaned


@transaction.atomic
def note(
    *, ticket: Ticket, by: User, body: str, now: datetime, uploads: Sequence[Upload] = ()
) -> Note:
    """Write a note for colleagues; the customer never sees it. Raises EmptyBody."""
    written = Note.objects.create(
        ticket=ticket,
        kind=Note.Kind.NOTE,
        author_name=by.name,
        staff=by,
        body=cleaned(body, has_files=bool(uploads)),
        written_at=now,
    )
    attach_internally(note=written, uploads=uploads, now=now)
    ask_judge(ticket)
    return written
