"""Going live, and telling who asked: what is done at once; the rest is the workers'."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import User
from desk.kick import DRAIN_OUTBOX, kick
from desk.models import Due, OutboxItem
from desk.operations import due
from product.models import Reach, Release
from product.operations.audience import hearers
from product.operations.events import log
from product.operations.releases import GATE, SHAPING, NotLive, locked, make_live, refuse_moved

_LEAVING = (OutboxItem.State.NEW, OutboxItem.State.SENDING)
"""A mail that is being sent is held as well: should it fail, it does not leave by itself."""


@transaction.atomic
def go_live(*, release: Release, by: User, now: datetime, seen: int | None = None) -> Release:
    """Publish it: everybody who asked and has not heard is told. Safe to repeat, by two at once.

    `seen` is the last event that was seen of it: Raises Moved when what is told changed after it.
    Writes one row of reach and one due row for each customer with somebody to tell; telling is the
    workers' (`followups.operations.telling`).
    """
    release = locked(release)
    refuse_moved(release=release, seen=seen, fields=SHAPING)
    if release.state != Release.State.LIVE:
        release.state, release.live_at, release.published_by = Release.State.LIVE, now, by
        release.save(update_fields=["state", "live_at", "published_by"])
        log(field="live", by=by, now=now, release=release, new=str(release))
    make_live(release=release, by=by, now=now)
    reached = _reach(release, now)
    if reached:
        log(field="told", by=by, now=now, release=release, new=str(len(reached)))
    return release


def go_live_due(*, now: datetime) -> list[Release]:
    """Publish what was scheduled for now or before, in the name of who scheduled it.

    Each in a transaction of its own; what was put off or published meanwhile is left alone.
    """
    scheduled = Release.objects.filter(state=Release.State.SCHEDULED, publish_at__lte=now)
    gone = []
    for release in list(scheduled.order_by("publish_at", "pk")):
        with transaction.atomic():
            row = scheduled.select_for_update(no_key=True).filter(pk=release.pk).first()
            if row is not None and row.published_by is not None:
                gone.append(go_live(release=row, by=row.published_by, now=now))
    return gone


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
        mails(release).filter(state__in=_LEAVING).update(is_held=True)
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
        mails(release).filter(is_held=True).update(is_held=False)
        kick(DRAIN_OUTBOX)
        log(field="resumed", by=by, now=now, release=release)
    return release


@transaction.atomic
def retry_dead(*, release: Release, by: User, now: datetime) -> int:
    """Give mails of it that were given up all their tries again; how many. Paused, they wait."""
    release = locked(release)
    revived = (
        mails(release)
        .filter(state=OutboxItem.State.DEAD)
        .update(
            state=OutboxItem.State.NEW,
            attempts=0,
            not_before=Now(),
            is_held=release.paused_at is not None,
        )
    )
    if revived:
        log(field="retried", by=by, now=now, release=release, new=str(revived))
        kick(DRAIN_OUTBOX)
    return revived


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
