"""What was said at a ticket, as the portal shows it: entries, files and promises, nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tickets import html, portal_promises, portal_words
from tickets.models import Attachment, Entry, Ticket
from tickets.models.trail import AuthorKind

FEW = 30
"""How many entries a page shows at first; each look further back shows four times as many."""

_UNANSWERED = (Entry.Kind.WITHDRAWN, Entry.Kind.DISMISSED)
_SAID_LATER = (
    Entry.Kind.LIVE,
    Entry.Kind.WORKS,
    Entry.Kind.NOT_WORKING,
    Entry.Kind.ASKED,
    Entry.Kind.RATED,
)


class Said(NamedTuple):
    """An entry with its files and what it corrects. `words` say what has no text of its own.

    `body` is the entry's, made safe to show; `mark` is what its words stand for, in short.
    """

    entry: Entry
    body: str
    files: list[Attachment]
    promises: list[portal_promises.Told]
    words: str
    is_holding: bool
    is_corrected: bool
    mark: str


class Trail(NamedTuple):
    """The last entries in their order, how many stand before them, and how to see those.

    `owed` is the promise that is open, or whose time passed with nothing since; `is_dismissed`: it
    ended without an answer.
    """

    said: list[Said]
    earlier: int
    further: int
    is_held: bool
    is_dismissed: bool
    owed: portal_promises.Told | None


def trail(ticket: Ticket, *, last: str, now: datetime, ours: str) -> Trail:
    """Read the last entries (a number as typed in an address; FEW unless told) in four queries.

    `ours` is the time zone of our opening hours; empty where that is not known.
    """
    wanted = max(FEW, int(last)) if last.isdecimal() and len(last) < 7 else FEW
    entries = ticket.entries.select_related("corrects")
    newest = list(entries.order_by("-seq")[:wanted])[::-1]
    count = ticket.entries.count()
    corrected = {entry.corrects_id for entry in newest}
    files = _files(newest)
    given = portal_promises.of(ticket, now=now, ours=ours)
    said = [
        Said(
            entry=entry,
            body=html.shown(entry.body),
            files=files.get(entry.pk, []),
            promises=[one for one in given if one.entry_id == entry.pk],
            words="" if entry.body else portal_words.without_words(entry),
            is_holding=entry.kind == Entry.Kind.HOLDING,
            is_corrected=entry.pk in corrected,
            mark=portal_words.mark(entry),
        )
        for entry in newest
    ]
    owed = None if ticket.is_settled else next((one for one in given if one.is_owed), None)
    return Trail(
        said=said,
        earlier=count - len(said),
        further=wanted * 4,
        is_held=_is_held(newest),
        is_dismissed=ticket.is_settled and _is_unanswered(newest),
        owed=owed,
    )


def _files(entries: list[Entry]) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = {}
    for attachment in Attachment.objects.filter(entry__in=entries).order_by("pk"):
        found.setdefault(attachment.entry_id, []).append(attachment)
    return found


def _is_unanswered(entries: list[Entry]) -> bool:
    """Whether it ended so; what is said of a release later opens nothing."""
    kinds = [entry.kind for entry in entries if entry.kind not in _SAID_LATER]
    return bool(kinds) and kinds[-1] in _UNANSWERED


def _is_held(entries: list[Entry]) -> bool:
    ours = [entry for entry in entries if entry.author_kind == AuthorKind.STAFF]
    return bool(ours) and ours[-1].kind == Entry.Kind.HOLDING
