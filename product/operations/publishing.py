"""Going live, and telling who asked: what is done at once; the rest is the workers'."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from accounts.models import User
from desk.kick import DRAIN_OUTBOX, kick
from desk.models import Due, OutboxItem
from desk.operations import due
from product.models import Asker, Reach, Release
from product.operations.audience import hearers
from product.operations.events import log
from product.operations.releases import (
    GATE,
    SHAPING,
    AlreadyLive,
    NotLive,
    locked,
    make_live,
    refuse_moved,
)
from product.quiet import quiet_until

logger = logging.getLogger(__name__)

_LEAVING = (OutboxItem.State.NEW, OutboxItem.State.SENDING)
"""A mail that is being sent is held as well: should it fail, it does not leave by itself."""


class InThePast(ValueError):
    """The time to publish lies in the past; publish now, or name a later one."""


class NoNotes(ValueError):
    """It says nothing in any language: write its notes first, in one language at least."""


@transaction.atomic
def go_live(*, release: Release, by: User, now: datetime, seen: int | None = None) -> Release:
    """Publish it: everybody who asked and has not heard is told. Safe to repeat, by two at once.

    `seen` is the last event that was seen of it: Raises Moved when what is told changed after it,
    and NoNotes when it says nothing in any language. Writes one row of reach and one due row for
    each customer with somebody to tell; telling is the workers' (`followups.operations.telling`).
    """
    release = locked(release)
    refuse_moved(release=release, seen=seen, fields=SHAPING)
    if release.is_mute:
        raise NoNotes(release.key)
    if release.state != Release.State.LIVE:
        release.state, release.live_at, release.published_by = Release.State.LIVE, now, by
        release.save(update_fields=["state", "live_at", "published_by"])
        log(field="live", by=by, now=now, release=release, new=str(release))
    make_live(release=release, by=by, now=now)
    reached = _reach(release, now)
    if reached:
        log(field="told", by=by, now=now, release=release, new=str(len(reached)))
    return release


@transaction.atomic
def schedule(
    *, release: Release, at: datetime | None, by: User, now: datetime, seen: int | None = None
) -> Release:
    """Have it go live at that time, or (None) not by itself.

    `seen` as in `go_live`. Raises AlreadyLive, InThePast, NoNotes, Moved.
    """
    release = locked(release)
    refuse_moved(release=release, seen=seen, fields=SHAPING)
    if release.state == Release.State.LIVE:
        raise AlreadyLive(release)
    if at is not None and at <= now:
        raise InThePast(at.isoformat())
    if at is not None and release.is_mute:
        raise NoNotes(release.key)
    old = release.publish_at.isoformat() if release.publish_at else ""
    release.publish_at = at
    release.state = Release.State.SCHEDULED if at else Release.State.PLANNED
    release.published_by = by if at else None
    release.save(update_fields=["publish_at", "state", "published_by"])
    log(
        field="scheduled",
        by=by,
        now=now,
        release=release,
        old=old,
        new=at.isoformat() if at else "",
    )
    return release


def go_live_due(*, now: datetime) -> list[Release]:
    """Publish what was scheduled for now or before, in the name of who scheduled it.

    Each in a transaction of its own: one that fails stays scheduled and is logged, and the others
    go on. What was put off or published meanwhile is left alone.
    """
    scheduled = Release.objects.filter(state=Release.State.SCHEDULED, publish_at__lte=now)
    gone = []
    for release in list(scheduled.order_by("publish_at", "pk")):
        try:
            gone += _go_live_as_scheduled(scheduled.filter(pk=release.pk), now)
        except Exception:
            logger.exception("%s was to go live by itself and did not", release.key)
    return gone


@transaction.atomic
def _go_live_as_scheduled(scheduled: QuerySet[Release], now: datetime) -> list[Release]:
    row = scheduled.select_for_update(no_key=True).first()
    if row is None or row.published_by is None:
        return []
    return [go_live(release=row, by=row.published_by, now=now)]


@transaction.atomic
def pause(*, release: Release, by: User, now: datetime) -> Release:
    """Tell nobody more for now: due rows go, mails that have not left are held. Raises NotLive."""
    release = locked(release)
    if release.state != Release.State.LIVE:
        raise NotLive(release.key)
    if release.paused_at is None:
        release.paused_at = now
        release.save(update_fields=["paused_at"])
        Due.objects.filter(kind=Due.Kind.RELEASE, row_id=release.pk).delete()
        _letters(release).filter(state__in=_LEAVING).update(is_held=True)
        log(field="paused", by=by, now=now, release=release)
    return release


@transaction.atomic
def resume(*, release: Release, by: User, now: datetime) -> Release:
    """Go on telling. Raises NotLive."""
    release = locked(release)
    if release.state != Release.State.LIVE:
        raise NotLive(release.key)
    if release.paused_at is not None:
        release.paused_at = None
        release.save(update_fields=["paused_at"])
        left = release.reaches.filter(done_at__isnull=True).values_list("customer_id", flat=True)
        _ask(release, list(left))
        _letters(release).filter(is_held=True).update(is_held=False)
        kick(DRAIN_OUTBOX)
        log(field="resumed", by=by, now=now, release=release)
    return release


@transaction.atomic
def retry_dead(*, release: Release, by: User, now: datetime) -> int:
    """Give mails of it that were given up all their tries again; how many. Paused, they wait, and
    whose quiet hours it is gets theirs when these end.
    """
    release = locked(release)
    dead = mails(release).filter(state=OutboxItem.State.DEAD)
    later = _quiet(dead, now)
    revived = dead.update(
        state=OutboxItem.State.NEW,
        attempts=0,
        not_before=Now(),
        is_held=release.paused_at is not None,
    )
    for until, ids in later.items():
        OutboxItem.objects.filter(pk__in=ids).update(not_before=until)
    if revived:
        log(field="retried", by=by, now=now, release=release, new=str(revived))
        kick(DRAIN_OUTBOX)
    return revived


def _quiet(items: QuerySet[OutboxItem], now: datetime) -> dict[datetime, list[int]]:
    """Mails to people whose quiet hours hold now, by when these end; two statements."""
    whose = {
        (one.customer_id, one.contact_id): one.pk for one in items.only("customer", "contact_id")
    }
    here = items.filter(customer=OuterRef("customer"), contact_id=OuterRef("contact_id"))
    later: dict[datetime, list[int]] = {}
    for person in Asker.objects.filter(Exists(here), quiet_from__isnull=False):
        if until := quiet_until(person, now):
            later.setdefault(until, []).append(whose[person.customer_id, person.contact_id])
    return later


def held_still(release_id: int) -> Release | None:
    """A release that nobody publishes, changes, pauses or resumes until the transaction ends.

    Many may hold it still at once. None: there is none. Who waits to change it (`locked`) has the
    next turn: many who share a row's lock would let one another in before it, without end.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [GATE, release_id])
    return Release.objects.filter(pk=release_id).first()


def mail_key(release_id: int, *, customer_id: int, contact_id: int) -> str:
    """The business fact of one notice's mail; its Message-ID is made of it."""
    return f"release:{release_id}:c{customer_id}:contact:{contact_id}"


def mails(release: Release) -> QuerySet[OutboxItem]:
    """The mails of its notices in the outbox."""
    return OutboxItem.objects.filter(kind="notice", key__startswith=f"release:{release.pk}:")


def _letters(release: Release) -> QuerySet[OutboxItem]:
    """The same, and those that recall a notice."""
    kinds = ("notice", "reminder")
    return OutboxItem.objects.filter(kind__in=kinds, key__startswith=f"release:{release.pk}:")


def _reach(release: Release, now: datetime) -> list[int]:
    ids = sorted(hearers(release).order_by().values_list("customer_id", flat=True).distinct())
    Reach.objects.bulk_create(
        [Reach(release=release, customer_id=pk, asked_at=now) for pk in ids],
        update_conflicts=True,
        unique_fields=["release", "customer"],
        update_fields=["asked_at", "done_at"],
    )
    if release.paused_at is None:
        _ask(release, ids)
    return ids


def _ask(release: Release, customer_ids: list[int]) -> None:
    if customer_ids:
        due.ask_all(customer_ids=customer_ids, kind=Due.Kind.RELEASE, row_id=release.pk)
        kick("tickets.tasks.sweep_due")
