"""Mailboxes: what lies in their folders is stored here, and only then marked there.

1. A lease, renewed while we read, keeps two workers from one mailbox; one that dies lets go.
2. Mails are read by UID beyond the last one, a few at a time: each is stored and committed, then
   they are marked (moved, deleted) together, then it is kept how far we are. Whoever dies between
   has stored them; the next reads them again, and the same mail is one row.
3. A folder whose UIDs are others (UIDVALIDITY) is read again from its beginning.
4. Each mailbox is asked in a thread beside the worker's tasks: a slow server holds nobody up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock, Thread
from typing import Any

from django.db import connections
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.sealing import seal
from desk.models import IncomingMail, Mailbox
from tickets.inbound import imap
from tickets.inbound.imap_folder import Folder, Trouble
from tickets.inbound.reading import MAX_BYTES
from tickets.operations import receiving

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)
"""How long a mailbox is its reader's, and anew with each few mails."""

SECONDS = 60.0
"""How long a mailbox is read in one go; a server that is slower is left then."""

MOST_AT_ONCE = 8
"""Mailboxes that one process reads at the same time, each by a database connection of its own."""

_FEW = 20
_MOST_OF_HEADERS = 256 * 1024  # bytes
_RENEWED_AFTER = 10.0  # seconds


def due(*, limit: int = 100) -> list[int]:
    """The mailboxes to be asked that nobody asks now, the one that waits longest first."""
    free = Mailbox.objects.filter(_is_free(), is_active=True)
    longest = free.order_by(F("checked_at").asc(nulls_first=True), "pk")
    return list(longest.values_list("pk", flat=True)[:limit])


def begin_aside(*, mailbox_id: int, clock: Callable[[], datetime]) -> bool:
    """Poll the mailbox in a thread of its own. False when this process is at it already."""
    with _turn:
        if mailbox_id in _asked:
            return False
        _asked.add(mailbox_id)
    Thread(target=_aside, args=(mailbox_id, clock), daemon=True, name="mailbox").start()
    return True


def poll(*, mailbox_id: int, clock: Callable[[], datetime]) -> int:
    """Read what is new in the mailbox, if it is ours to read now. How many mails were stored.

    What goes wrong there is kept with the mailbox, in words. Raises where the database is away.
    """
    if not _lease(mailbox_id):
        return 0
    mailbox, problem = Mailbox.objects.get(pk=mailbox_id), ""
    reading = _Reading(mailbox, clock)
    try:
        with imap.opened(mailbox, seconds=SECONDS, keep=_keeper(mailbox)) as folder:
            reading.all_of(folder)
    except Trouble as trouble:
        problem = str(trouble)
        log.warning("mailbox %d: %s", mailbox.pk, type(trouble.__cause__ or trouble).__name__)
    _let_go(mailbox, problem=problem, stored=reading.stored, now=clock())
    return reading.stored


class _Reading:
    """One go at an open folder."""

    def __init__(self, mailbox: Mailbox, clock: Callable[[], datetime]) -> None:
        self._mailbox, self._clock = mailbox, clock
        self._ends = time.monotonic() + SECONDS
        self._renewed = time.monotonic()
        self.stored = 0

    def all_of(self, folder: Folder) -> None:
        """Everything new, while there is time; what is left is the next go's."""
        self._folder, mailbox = folder, self._mailbox
        if mailbox.uid_validity != folder.uid_validity:
            self._keep(uid_validity=folder.uid_validity, last_uid=0)
        for uids in (self._unmarked(), self._new()):
            for start in range(0, len(uids), _FEW):
                if time.monotonic() > self._ends or not self._some(uids[start : start + _FEW]):
                    return

    def _is_ours(self) -> bool:
        """Whether the lease still is ours; it is renewed now and then."""
        if time.monotonic() < self._renewed + _RENEWED_AFTER:
            return True
        self._renewed = time.monotonic()
        return _lease(self._mailbox.pk, is_renewed=True)

    def _new(self) -> list[int]:
        last = self._mailbox.last_uid
        return [uid for uid in self._folder.uids(f"UID {last + 1}:*") if uid > last]

    def _unmarked(self) -> list[int]:
        """What we have read and could not mark: it lies where it lay."""
        last, after = self._mailbox.last_uid, self._mailbox.afterwards
        if not last or (after == Mailbox.Afterwards.SEEN and not self._mailbox.failed_since):
            return []
        which = {"seen": "UNSEEN", "delete": "UNDELETED"}.get(after, "ALL")
        return self._folder.uids(f"UID 1:{last} {which}")

    def _some(self, uids: list[int]) -> bool:
        """Store each, then mark them, then keep how far we are. False when another has taken over:
        then nothing is marked, and nothing is said to be read.
        """
        sizes, kept = self._folder.sizes(uids), []
        for uid in uids:
            if not self._is_ours():
                return False
            if self._store(uid, sizes.get(uid, 0)):
                kept.append(uid)
        if kept:
            self._mark(kept)
        if uids[-1] > self._mailbox.last_uid:
            self._keep(last_uid=uids[-1])
        return True

    def _store(self, uid: int, size: int) -> bool:
        """Whether the mail is stored, committed, and may be marked; False: gone, or too large."""
        if size > MAX_BYTES:
            if uid > self._mailbox.last_uid:
                self._leave(uid, size)
            return False
        raw = self._folder.raw(uid)
        if raw is None:
            return False
        received = receiving.store_all(
            raw=raw,
            recipients=receiving.recipients_of(raw=raw, address=self._mailbox.address),
            way=IncomingMail.Way.IMAP,
            now=self._clock(),
            mailbox=self._mailbox,
            authserv_id=self._mailbox.authserv_id,
        )
        if any(one.is_new for one in received):
            self.stored += 1
        return True

    def _leave(self, uid: int, size: int) -> None:
        """A mail that is too large stays there; its headers are kept for a person to see."""
        head = (self._folder.raw(uid, part="HEADER") or b"")[:_MOST_OF_HEADERS]
        receiving.leave(head=head, size=size, mailbox=self._mailbox, now=self._clock())

    def _mark(self, uids: list[int]) -> None:
        mailbox = self._mailbox
        if mailbox.afterwards == Mailbox.Afterwards.MOVE:
            self._folder.move(uids, mailbox.done_folder)
        elif mailbox.afterwards == Mailbox.Afterwards.DELETE:
            self._folder.delete(uids)
        else:
            self._folder.mark_seen(uids)

    def _keep(self, **how_far: int) -> None:
        for name, value in how_far.items():
            setattr(self._mailbox, name, value)
        Mailbox.objects.filter(pk=self._mailbox.pk).update(**how_far)


def _is_free() -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=Now())


def _lease(mailbox_id: int, *, is_renewed: bool = False) -> bool:
    """Take the mailbox for LEASE, or go on having it. False when another has it, or it is gone."""
    rows = Mailbox.objects.filter(pk=mailbox_id, is_active=True)
    mine = Q(lease_until__gt=Now()) if is_renewed else _is_free()
    return rows.filter(mine).update(lease_until=Now() + LEASE) == 1


def _let_go(mailbox: Mailbox, *, problem: str, stored: int, now: datetime) -> None:
    """Say how it went: what is wrong and since when, or that nothing is."""
    told: dict[str, Any] = {"lease_until": None, "checked_at": now, "last_error": problem[:300]}
    told["failed_since"] = (mailbox.failed_since or now) if problem else None
    if stored:
        told["last_mail_at"] = now
    Mailbox.objects.filter(pk=mailbox.pk).update(**told)


def _keeper(mailbox: Mailbox) -> Callable[[str], None]:
    """Keeps the secret that the provider has replaced, unless somebody typed another meanwhile."""

    def keep(secret: str) -> None:
        Mailbox.objects.filter(pk=mailbox.pk, secret=mailbox.secret).update(secret=seal(secret))

    return keep


_turn = Lock()
_asked: set[int] = set()
_places = BoundedSemaphore(MOST_AT_ONCE)


def _aside(mailbox_id: int, clock: Callable[[], datetime]) -> None:
    try:
        with _places:
            poll(mailbox_id=mailbox_id, clock=clock)
    except Exception:
        log.exception("mailbox %d was not read, the next sweep tries again", mailbox_id)
    finally:
        with _turn:
            _asked.discard(mailbox_id)
        connections.close_all()
